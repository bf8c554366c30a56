package io.github.pandawater;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The configuration of a client. A setting that is null, or not set, has its default. Ranges are checked by
 * {@link #build()}. A builder serves one thread; it may build several clients.
 *
 * <pre>{@code
 * PandaClient client = PandaClient.builder()
 *         .baseUrl("http://10.0.0.8:8080/water")
 *         .username("xiaomi")
 *         .password(password)
 *         .build();
 * }</pre>
 *
 * <p>Access document 2024, section 一 "名词说明" and section 二 "身份验证说明".
 */
public final class PandaClientBuilder {
    /** What the names of the environment's variables begin with by default. */
    private static final String PREFIX = "PANDA_WATER_";

    private static final byte[] NO_SETTINGS = Utf8.argument("configuration", "{}");

    private final Map<Setting, Object> settings = new EnumMap<>(Setting.class);
    private Path library;

    PandaClientBuilder() {}

    /**
     * Takes the settings that the environment holds; see {@link #fromEnv(String, Map)}. Their names begin with
     * {@code PANDA_WATER_}.
     *
     * @return this builder
     * @throws PandaConfigException a variable cannot be read, or is none of the settings; the message names it
     */
    public PandaClientBuilder fromEnv() {
        return fromEnv(PREFIX, System.getenv());
    }

    /**
     * Takes the settings that an environment holds. Every setting has a variable: {@code PANDA_WATER_BASE_URL},
     * {@code PANDA_WATER_USERNAME}, {@code PANDA_WATER_PASSWORD}, {@code PANDA_WATER_TIMEOUT_MS} and so on.
     * {@code PANDA_WATER_HEADERS} is a JSON object. An empty variable counts as not set. Settings that were made
     * before and have a variable are replaced.
     *
     * <pre>{@code
     * PandaClient client = PandaClient.builder().fromEnv().timeoutMs(5000).build();
     * }</pre>
     *
     * @param prefix what the variables' names begin with; every variable that begins so has to be a setting
     * @param environment the variables
     * @return this builder
     * @throws PandaConfigException a variable cannot be read, or is none of the settings; the message names it
     */
    public PandaClientBuilder fromEnv(String prefix, Map<String, String> environment) {
        settings.putAll(Setting.read(prefix, environment));
        return this;
    }

    /**
     * Sets the platform's address; or set {@code host}, {@code port} and {@code projectName}.
     *
     * @param baseUrl {@code http://ip:port/projectName} (2024) or {@code http://ip} (2022), {@code https} too
     * @return this builder
     */
    public PandaClientBuilder baseUrl(String baseUrl) {
        return set(Setting.BASE_URL, baseUrl);
    }

    /**
     * Sets the platform's host, instead of {@code baseUrl}.
     *
     * @param host a name or an address
     * @return this builder
     */
    public PandaClientBuilder host(String host) {
        return set(Setting.HOST, host);
    }

    /**
     * Sets the platform's port, beside {@code host}.
     *
     * @param port 1 to 65535
     * @return this builder
     */
    public PandaClientBuilder port(int port) {
        return set(Setting.PORT, port);
    }

    /**
     * Sets the platform's project name ({@code projectName}), beside {@code host}.
     *
     * @param projectName the name
     * @return this builder
     */
    public PandaClientBuilder projectName(String projectName) {
        return set(Setting.PROJECT_NAME, projectName);
    }

    /**
     * Sets the user name for {@code GenerateToken}. Without it no token is fetched or sent (2022).
     *
     * <p>Access document 2024, section 二 "身份验证说明".
     *
     * @param username the user name; set the password as well
     * @return this builder
     */
    public PandaClientBuilder username(String username) {
        return set(Setting.USERNAME, username);
    }

    /**
     * Sets the password for {@code GenerateToken}.
     *
     * @param password the password; set the user name as well
     * @return this builder
     */
    public PandaClientBuilder password(String password) {
        return set(Setting.PASSWORD, password);
    }

    /**
     * Sets the time limit of one attempt as a whole. No attempt takes more than half of what is left of the call while
     * others may follow.
     *
     * @param timeoutMs milliseconds, 1 to 600000; default 10000
     * @return this builder
     */
    public PandaClientBuilder timeoutMs(int timeoutMs) {
        return set(Setting.TIMEOUT_MS, timeoutMs);
    }

    /**
     * Sets the time limit for connecting. A kept connection on which no answer begins for as long is replaced.
     *
     * @param connectTimeoutMs milliseconds, 1 to 600000; default 3000
     * @return this builder
     */
    public PandaClientBuilder connectTimeoutMs(int connectTimeoutMs) {
        return set(Setting.CONNECT_TIMEOUT_MS, connectTimeoutMs);
    }

    /**
     * Sets the time limit of a call with all its attempts and a token fetch. In a listing it holds for each page.
     *
     * @param deadlineMs milliseconds, 1 to 3600000; default 30000
     * @return this builder
     */
    public PandaClientBuilder deadlineMs(int deadlineMs) {
        return set(Setting.DEADLINE_MS, deadlineMs);
    }

    /**
     * Sets how many further attempts are made, for as long as the call's time lasts.
     *
     * @param retries 0 to 100; default 10
     * @return this builder
     */
    public PandaClientBuilder retries(int retries) {
        return set(Setting.RETRIES, retries);
    }

    /**
     * Sets for how long a refused login is not tried again, so that a wrong password does not lock the account.
     *
     * @param loginCooldownMs milliseconds, 0 to 600000; default 30000
     * @return this builder
     */
    public PandaClientBuilder loginCooldownMs(int loginCooldownMs) {
        return set(Setting.LOGIN_COOLDOWN_MS, loginCooldownMs);
    }

    /**
     * Sets the name of the ticket's parameter in sign-in URLs.
     *
     * @param ticketParam the name; default {@code ticket}
     * @return this builder
     */
    public PandaClientBuilder ticketParam(String ticketParam) {
        return set(Setting.TICKET_PARAM, ticketParam);
    }

    /**
     * Sets the offset of times that name none.
     *
     * @param timeZone an offset; default {@code +08:00}
     * @return this builder
     */
    public PandaClientBuilder timeZone(String timeZone) {
        return set(Setting.TIME_ZONE, timeZone);
    }

    /**
     * Sets where the token is shared.
     *
     * @param tokenStore {@code memory} (the default), {@code file:<path>}, or Redis: {@code redis://…},
     *     {@code rediss://…}, {@code redis+unix:///path} or {@code redis+sentinel://host1,host2/master}, in the forms
     *     that the C header lists
     * @return this builder
     */
    public PandaClientBuilder tokenStore(String tokenStore) {
        return set(Setting.TOKEN_STORE, tokenStore);
    }

    /**
     * Sets a proxy. The environment's proxy variables are not read.
     *
     * @param proxy the proxy's URL
     * @return this builder
     */
    public PandaClientBuilder proxy(String proxy) {
        return set(Setting.PROXY, proxy);
    }

    /**
     * Sets certificates to trust besides the system's and the built-in ones.
     *
     * @param caFile the path of a PEM, DER or PKCS#7 file
     * @return this builder
     */
    public PandaClientBuilder caFile(String caFile) {
        return set(Setting.CA_FILE, caFile);
    }

    /**
     * Sets the client's own certificate, for servers that ask for it; both or none of this and
     * {@link #clientKeyFile}.
     *
     * @param clientCertFile the path of a PEM file
     * @return this builder
     */
    public PandaClientBuilder clientCertFile(String clientCertFile) {
        return set(Setting.CLIENT_CERT_FILE, clientCertFile);
    }

    /**
     * Sets the key of {@link #clientCertFile}, which is never shown.
     *
     * @param clientKeyFile the path of a PEM file, not encrypted
     * @return this builder
     */
    public PandaClientBuilder clientKeyFile(String clientKeyFile) {
        return set(Setting.CLIENT_KEY_FILE, clientKeyFile);
    }

    /**
     * Sets the {@code User-Agent} header.
     *
     * @param userAgent the header's value; default {@code panda-water/<version>}
     * @return this builder
     */
    public PandaClientBuilder userAgent(String userAgent) {
        return set(Setting.USER_AGENT, userAgent);
    }

    /**
     * Sets further headers of every request. {@code panda-token}, {@code host} and framing headers are refused.
     *
     * @param headers values by name; copied
     * @return this builder
     */
    public PandaClientBuilder headers(Map<String, String> headers) {
        return set(Setting.HEADERS, headers == null ? null : new LinkedHashMap<>(headers));
    }

    /**
     * Sets how long an answer may be.
     *
     * @param maxResponseBytes bytes, 1 KiB to 1 GiB; default 16 MiB
     * @return this builder
     */
    public PandaClientBuilder maxResponseBytes(long maxResponseBytes) {
        return set(Setting.MAX_RESPONSE_BYTES, maxResponseBytes);
    }

    /**
     * Sets the native library's file. Default: the library that was loaded first; where there is none yet, the file
     * that the environment's {@code PANDA_WATER_LIBRARY} names, the copy inside this package, or the one on the
     * system's search path.
     *
     * @param library the path
     * @return this builder
     */
    public PandaClientBuilder library(Path library) {
        this.library = library;
        return this;
    }

    /**
     * Opens a client with these settings. It makes no connection.
     *
     * @return the client, to be closed by the caller
     * @throws PandaConfigException a setting is missing or out of range, or a file cannot be read; the message names it
     * @throws PandaArgumentException a setting holds what is no text (a NUL character or a lone surrogate)
     * @throws PandaLibraryException the native library cannot be loaded
     */
    public PandaClient build() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        settings.forEach((setting, value) -> configuration.put(setting.key, value));
        byte[] argument = Json.argument(configuration);
        return new PandaClient(
                LibraryLoader.load(library),
                argument == null ? NO_SETTINGS : argument,
                (String) settings.get(Setting.TICKET_PARAM));
    }

    private PandaClientBuilder set(Setting setting, Object value) {
        settings.put(setting, value);
        return this;
    }
}
