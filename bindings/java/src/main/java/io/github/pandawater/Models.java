package io.github.pandawater;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** Lists inside models: copied, and not to be changed. */
final class Models {
    private Models() {}

    /**
     * A copy of a list that an application gave.
     *
     * @throws PandaArgumentException it is null, or holds null
     */
    static <T> List<T> copy(String name, Collection<? extends T> elements) {
        List<T> copy = new ArrayList<>(Arguments.given(name, elements));
        copy.forEach(element -> Arguments.element(name, element));
        return Collections.unmodifiableList(copy);
    }
}
