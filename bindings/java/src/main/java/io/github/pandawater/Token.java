package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.Map;

/**
 * What the platform knows the third party by. Cannot be changed; {@code toString} leaves the token out.
 *
 * <p>Access document 2024, section 二 "身份验证说明".
 */
public final class Token {
    private final String token;
    private final Object expirationTime;
    private final OffsetDateTime expiresAt;

    /**
     * Makes one, as tests of applications do.
     *
     * @param token the value of the {@code panda-token} header
     * @param expirationTime when it expires, as the platform sends it, or null
     * @param expiresAt when it expires, or null
     */
    public Token(String token, Object expirationTime, OffsetDateTime expiresAt) {
        this.token = token;
        this.expirationTime = expirationTime;
        this.expiresAt = expiresAt;
    }

    static Token read(JsonParser parser) throws IOException {
        Map<String, Object> data = Json.object(parser);
        String expiresAt = (String) data.get("expiresAt");
        return new Token(
                (String) data.get("token"),
                data.get("expirationTime"),
                expiresAt == null ? null : OffsetDateTime.parse(expiresAt));
    }

    /**
     * Gives the value of the {@code panda-token} header. It is a secret.
     *
     * @return the token
     */
    public String token() {
        return token;
    }

    /**
     * Gives the time when it expires exactly as the platform sent it.
     *
     * @return a {@code String}, a {@code Long}, a {@code BigDecimal}, or null
     */
    public Object expirationTime() {
        return expirationTime;
    }

    /**
     * Gives the time when it expires.
     *
     * @return the time, or null where what the platform sent cannot be read
     */
    public OffsetDateTime expiresAt() {
        return expiresAt;
    }

    @Override
    public String toString() {
        return "Token{expiresAt=" + expiresAt + "}";
    }
}
