package io.github.pandawater;

/** What every method does with null where it needs a value. */
final class Arguments {
    private Arguments() {}

    /**
     * The argument itself.
     *
     * @throws PandaArgumentException it is null
     */
    static <T> T given(String name, T argument) {
        if (argument == null) {
            throw new PandaArgumentException(name + " is null");
        }
        return argument;
    }

    /** An element of the argument, in the same way. */
    static <T> T element(String name, T element) {
        if (element == null) {
            throw new PandaArgumentException(name + " holds null");
        }
        return element;
    }
}
