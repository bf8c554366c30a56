package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** Reads the data of a reply. */
@FunctionalInterface
interface DataReader<T> {
    /** The value that the parser stands on; leaves the parser on its last token. */
    T read(JsonParser parser) throws IOException;
}
