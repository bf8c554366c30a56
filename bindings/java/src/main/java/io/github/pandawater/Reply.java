package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The library's replies: copied, given back, and read. */
final class Reply {
    private Reply() {}

    /**
     * Takes over a reply.
     *
     * @param library what gave it
     * @return what it holds
     * @throws PandaException the reply is a failure
     */
    static <T> T take(NativeFunctions library, Pointer reply, DataReader<T> reader) {
        byte[] envelope;
        try {
            // The bytes up to NUL, by way of a string of one letter each: JNA finds the NUL much faster so than in
            // indexOf, byte by byte.
            envelope = reply.getString(0, "ISO-8859-1").getBytes(StandardCharsets.ISO_8859_1);
        } finally {
            library.panda_string_free(reply);
        }
        return read(envelope, reader);
    }

    /**
     * Takes over the handle that a function gave, or the failure that it gave instead.
     *
     * @throws PandaException it gave none
     */
    static int takeHandle(NativeFunctions library, int handle, long[] error) {
        if (handle == 0) {
            take(library, new Pointer(error[0]), Json::value);
        }
        return handle;
    }

    /** Reads an envelope. */
    static <T> T read(byte[] envelope, DataReader<T> reader) {
        int code = 0;
        String message = null;
        T data = null;
        Map<String, Object> error = null;
        try (JsonParser parser = Json.parser(envelope)) {
            parser.nextToken();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                boolean isNull = parser.nextToken() == JsonToken.VALUE_NULL;
                switch (name) {
                    case "code":
                        code = parser.getIntValue();
                        break;
                    case "msg":
                        message = parser.getText();
                        break;
                    case "data":
                        data = isNull ? null : reader.read(parser);
                        break;
                    case "error":
                        error = Json.object(parser);
                        break;
                    default:
                        parser.skipChildren();
                }
            }
        } catch (IOException e) {
            // Without the cause: its message may quote the reply, and with it a token.
            throw new PandaInternalException("the library gave a reply that cannot be read");
        }
        if (error != null) {
            throw ErrorKind.exception(Failure.of(code, message, error));
        }
        return data;
    }
}
