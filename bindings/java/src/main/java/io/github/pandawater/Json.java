package io.github.pandawater;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as this package needs it: objects to be passed to the library, and values out of its replies. */
final class Json {
    // A number with more digits is handed on as text, since converting it takes quadratic time.
    private static final int MOST_DIGITS = 1000;

    // The library has bounded its replies already (maxResponseBytes), and has taken them apart once.
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Buffers kept by threads would outlive an undeployed application, in a container's threads.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    private Json() {}

    static JsonParser parser(byte[] text) throws IOException {
        return FACTORY.createParser(text);
    }

    /**
     * An object of the values that are not null, as the library takes it: UTF-8 that ends with NUL.
     *
     * @param values texts, numbers, truth values, and maps and iterables of such
     * @return the object, or null where there are no values
     * @throws PandaArgumentException a text holds what the library cannot be given; the message names its key
     */
    static byte[] argument(Map<String, ?> values) {
        if (values.values().stream().allMatch(value -> value == null)) {
            return null;
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(generator, values);
        } catch (IOException e) {
            throw new AssertionError("writing to memory cannot fail", e);
        }
        text.write(0);
        return text.toByteArray();
    }

    private static void write(JsonGenerator generator, Map<?, ?> values) throws IOException {
        generator.writeStartObject();
        for (Map.Entry<?, ?> entry : values.entrySet()) {
            if (entry.getValue() != null) {
                String name = Utf8.check("a name", (String) entry.getKey());
                generator.writeFieldName(name);
                write(generator, name, entry.getValue());
            }
        }
        generator.writeEndObject();
    }

    private static void write(JsonGenerator generator, String name, Object value) throws IOException {
        if (value instanceof Map) {
            write(generator, (Map<?, ?>) value);
        } else if (value instanceof Iterable) {
            generator.writeStartArray();
            for (Object element : (Iterable<?>) value) {
                write(generator, name, element);
            }
            generator.writeEndArray();
        } else if (value instanceof Boolean) {
            generator.writeBoolean((Boolean) value);
        } else if (value instanceof Number) {
            generator.writeNumber(((Number) value).longValue());
        } else {
            generator.writeString(Utf8.check(name, (String) value));
        }
    }

    /**
     * The value that the parser stands on, as values that cannot be changed: {@code Map}, {@code List},
     * {@code String}, {@code Boolean}, {@code Long}, {@code BigInteger}, {@code BigDecimal} and null.
     */
    static Object value(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT:
                return object(parser);
            case START_ARRAY:
                return array(parser);
            case VALUE_NUMBER_INT:
                return parser.getTextLength() > MOST_DIGITS ? parser.getText() : integer(parser);
            case VALUE_NUMBER_FLOAT:
                return parser.getTextLength() > MOST_DIGITS ? parser.getText() : parser.getDecimalValue();
            case VALUE_TRUE:
                return true;
            case VALUE_FALSE:
                return false;
            case VALUE_NULL:
                return null;
            default:
                return parser.getText();
        }
    }

    /** The object that the parser stands on, its fields in their order. */
    static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            object.put(name, value(parser));
        }
        return Collections.unmodifiableMap(object);
    }

    private static List<Object> array(JsonParser parser) throws IOException {
        List<Object> array = new ArrayList<>();
        while (!parser.nextToken().isStructEnd()) {
            array.add(value(parser));
        }
        return Collections.unmodifiableList(array);
    }

    private static Number integer(JsonParser parser) throws IOException {
        // Long throughout, so that a field does not change its type with its value.
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? parser.getBigIntegerValue()
                : (Number) parser.getLongValue();
    }
}
