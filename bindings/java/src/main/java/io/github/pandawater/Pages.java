package io.github.pandawater;

/** Where a pass over all users has them from. */
interface Pages {
    /**
     * The next page.
     *
     * @throws PandaException it could not be fetched
     */
    UserJson.Page next();

    /** Gives back what this holds. From any thread; closing twice is harmless. */
    void close();
}
