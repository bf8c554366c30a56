/** Client of the Panda Smart Water platform (熊猫智慧水务): users, sign-in tickets and tokens. */
module io.github.pandawater {
    requires com.sun.jna;
    requires transitive java.logging;
    requires static org.slf4j;

    exports io.github.pandawater;

    // It calls the log's callback, whose class is not public.
    opens io.github.pandawater to com.sun.jna;
}
