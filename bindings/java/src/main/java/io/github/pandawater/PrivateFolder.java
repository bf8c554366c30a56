package io.github.pandawater;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A folder that only this account can write to. On Windows the accounts' own folders are so by themselves.
 *
 * <p>Elsewhere it is made so, and refused where it is not: in a folder for temporary files, somebody else may have
 * put one of this name there, and could exchange a library after it was checked.
 */
final class PrivateFolder {
    private final Path path;

    private PrivateFolder(Path path) {
        this.path = path;
    }

    /**
     * Finds or makes the folder.
     *
     * @throws IOException it cannot be made or written to, or is not this account's alone
     */
    static PrivateFolder open(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(path.getParent());
            Files.createDirectory(path, ownerOnly(path.getParent()));
        }
        PrivateFolder folder = new PrivateFolder(path);
        folder.check();
        return folder;
    }

    private static FileAttribute<?>[] ownerOnly(Path parent) {
        return isPosix(parent)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private void check() throws IOException {
        // A file of our own tells whether we can write here, and who we are.
        Path probe = Files.createTempFile(path, "probe", null);
        try {
            if (!isPosix(path)) {
                return;
            }
            if (!Files.getOwner(path).equals(Files.getOwner(probe))) {
                throw new IOException("the folder " + path + " belongs to another account");
            }
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException("the folder " + path + " can be written to by other accounts");
            }
        } finally {
            Files.delete(probe);
        }
    }

    Path resolve(String fileName) {
        return path.resolve(fileName);
    }

    /** Writes a file at once: others see it whole or not at all. */
    void write(String fileName, byte[] content) throws IOException {
        Path written = Files.createTempFile(path, "new", null);
        try {
            Files.write(written, content);
            Files.move(written, resolve(fileName), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
    }
}
