package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The settings of a client, named as the variables of the environment are: how the library names them, and how they
 * are read from there.
 */
enum Setting {
    BASE_URL(Setting::text),
    HOST(Setting::text),
    PORT(Setting::wholeNumber),
    PROJECT_NAME(Setting::text),
    USERNAME(Setting::text),
    PASSWORD(Setting::text),
    TIMEOUT_MS(Setting::wholeNumber),
    CONNECT_TIMEOUT_MS(Setting::wholeNumber),
    DEADLINE_MS(Setting::wholeNumber),
    RETRIES(Setting::wholeNumber),
    LOGIN_COOLDOWN_MS(Setting::wholeNumber),
    TICKET_PARAM(Setting::text),
    TIME_ZONE(Setting::text),
    TOKEN_STORE(Setting::text),
    PROXY(Setting::text),
    CA_FILE(Setting::text),
    CLIENT_CERT_FILE(Setting::text),
    CLIENT_KEY_FILE(Setting::text),
    USER_AGENT(Setting::text),
    HEADERS(Setting::headers),
    MAX_RESPONSE_BYTES(Setting::wholeNumber);

    /** Variables that begin like settings and belong to the loader. */
    private static final String[] OF_THE_LOADER = {"LIBRARY", "DIR"};

    /**
     * What Kubernetes tells every container of a service whose name begins like the settings, such as
     * {@code panda-water}, whoever the container belongs to.
     */
    private static final Pattern SERVICE_LINK = Pattern.compile("([A-Z0-9_]+_)?"
            + "(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    private static final Pattern SERVICE_ADDRESS_NAME = Pattern.compile("([A-Z0-9_]+_)?PORT");
    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://");

    /** The library's name for it. */
    final String key;

    private final Reader reader;

    Setting(Reader reader) {
        key = camelCase(name());
        this.reader = reader;
    }

    private static String camelCase(String name) {
        StringBuilder camelCase = new StringBuilder();
        for (String word : name.split("_")) {
            camelCase.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        camelCase.setCharAt(0, Character.toLowerCase(camelCase.charAt(0)));
        return camelCase.toString();
    }

    /** Reads the text of a variable. */
    private interface Reader {
        Object read(String variable, String text);
    }

    /**
     * The settings that an environment holds. An empty variable counts as not set.
     *
     * @throws PandaConfigException a variable cannot be read, or its name begins like a setting and is none
     */
    static Map<Setting, Object> read(String prefix, Map<String, String> environment) {
        TreeSet<String> unknown = environment.entrySet().stream()
                .filter(variable -> variable.getKey().startsWith(prefix))
                .filter(variable -> !isServiceLink(variable.getKey().substring(prefix.length()), variable.getValue()))
                .map(variable -> variable.getKey().substring(prefix.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        unknown.removeAll(Arrays.asList(OF_THE_LOADER));
        Map<Setting, Object> settings = new EnumMap<>(Setting.class);
        for (Setting setting : values()) {
            unknown.remove(setting.name());
            String text = environment.get(prefix + setting.name());
            if (text != null && !text.isEmpty() && !isServiceLink(setting.name(), text)) {
                settings.put(setting, setting.reader.read(prefix + setting.name(), text));
            }
        }
        if (!unknown.isEmpty()) {
            throw new PandaConfigException("no such setting: " + prefix + String.join(", " + prefix, unknown)
                    + "; there are " + prefix
                    + Arrays.stream(values()).map(Setting::name).collect(Collectors.joining(", " + prefix)));
        }
        return settings;
    }

    private static boolean isServiceLink(String name, String text) {
        return SERVICE_LINK.matcher(name).matches()
                || SERVICE_ADDRESS_NAME.matcher(name).matches() && SERVICE_ADDRESS.matcher(text).lookingAt();
    }

    private static Object text(String variable, String text) {
        return text;
    }

    private static Object wholeNumber(String variable, String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new PandaConfigException(variable + " is not a whole number written in digits");
        }
    }

    // Without the text or the cause, which quotes it: headers may hold secrets.
    private static Object headers(String variable, String text) {
        try (JsonParser parser = Json.parser(text.getBytes(StandardCharsets.UTF_8))) {
            parser.nextToken();
            Object headers = Json.value(parser);
            boolean readable = headers instanceof Map
                    && ((Map<?, ?>) headers).values().stream().allMatch(value -> value instanceof String)
                    && parser.nextToken() == null;
            if (readable) {
                return headers;
            }
        } catch (IOException | RuntimeException e) {
            // Said below.
        }
        throw new PandaConfigException(
                String.format(Locale.ROOT, "%s is not a JSON object of strings such as {\"X-Name\": \"value\"}", variable));
    }
}
