package io.github.pandawater;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts on their way into the library: UTF-8 that ends with NUL. */
final class Utf8 {
    private Utf8() {}

    /**
     * The text as the library takes it.
     *
     * @param name what the argument is called, for the error message
     * @throws PandaArgumentException the text is null, or holds what the library cannot be given
     */
    static byte[] argument(String name, String text) {
        byte[] encoded = check(name, text).getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(encoded, encoded.length + 1);
    }

    /**
     * The text itself, if the library can be given it. The message of the error never shows it: it may be a secret.
     *
     * @throws PandaArgumentException it cannot
     */
    static String check(String name, String text) {
        if (text == null) {
            throw new PandaArgumentException(name + " is null");
        }
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == '\0') {
                throw new PandaArgumentException(name + " contains a NUL character");
            }
            if (Character.isSurrogate(unit)) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(unit, text.charAt(i + 1));
                if (!pair) {
                    throw new PandaArgumentException(
                            name + " contains a lone surrogate, which is not a character and has no UTF-8 form");
                }
                i++;
            }
        }
        return text;
    }
}
