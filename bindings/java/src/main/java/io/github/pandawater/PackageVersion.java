package io.github.pandawater;

/** The version of this package. */
final class PackageVersion {
    /** The same as in the project's file; a test compares them. */
    static final String TEXT = "0.1.0";

    private PackageVersion() {}
}
