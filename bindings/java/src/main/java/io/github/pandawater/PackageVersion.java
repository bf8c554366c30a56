package io.github.pandawater;

/** The version of this package. */
final class PackageVersion {
    /** The workspace's, as tests/parity checks: Maven puts it into no constant without a further plugin. */
    static final String TEXT = "0.1.0";

    private PackageVersion() {}
}
