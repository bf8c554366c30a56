package io.github.pandawater;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The copy of the native library inside this package, which has to be a file of its own to be loaded.
 *
 * <p>The file's name holds the SHA-256 of its content: versions and applications do not get into each other's way,
 * and a file that is there already is checked before it is used.
 */
final class BundledLibrary {
    private static final int BUFFER = 1 << 16;

    /** Where it is inside the package. */
    final String resource;

    private final byte[] content;
    private final String fileName;

    private BundledLibrary(String resource, byte[] content) {
        this.resource = resource;
        this.content = content;
        String name = Platform.CURRENT.fileName;
        int dot = name.lastIndexOf('.');
        this.fileName = name.substring(0, dot) + "-" + hexadecimal(sha256(content)) + name.substring(dot);
    }

    /** The name of the resource for this platform. */
    static String resource() {
        return "native/" + Platform.CURRENT.folder() + "/" + Platform.CURRENT.fileName;
    }

    /**
     * Reads the copy for this platform.
     *
     * @throws IOException the package has none
     */
    static BundledLibrary read() throws IOException {
        String resource = resource();
        URL url = BundledLibrary.class.getResource(resource);
        if (url == null) {
            throw new IOException("this package holds no native library for " + Platform.CURRENT.folder());
        }
        URLConnection connection = url.openConnection();
        // A cached connection would keep the application's archive open after it was undeployed.
        connection.setUseCaches(false);
        try (InputStream stream = connection.getInputStream()) {
            return new BundledLibrary(resource, readAll(stream));
        }
    }

    /** Where the file is put within a folder. */
    Path in(Path folder) {
        return ownFolder(folder).resolve(fileName);
    }

    /**
     * Puts the file into a folder, unless it is there already.
     *
     * @throws IOException it cannot be put there
     */
    void writeTo(Path folder) throws IOException {
        Path version = ownFolder(folder);
        PrivateFolder.open(version.getParent());
        PrivateFolder own = PrivateFolder.open(version);
        if (!isIn(own)) {
            own.write(fileName, content);
            if (!isIn(own)) {
                throw new IOException("the file is not what was written");
            }
        }
    }

    private boolean isIn(PrivateFolder folder) throws IOException {
        Path file = folder.resolve(fileName);
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == content.length
                && Arrays.equals(sha256(Files.readAllBytes(file)), sha256(content));
    }

    // Per account, since folders for temporary files are shared; per version, so that old ones can be removed.
    private static Path ownFolder(Path folder) {
        String account = System.getProperty("user.name").replaceAll("[^A-Za-z0-9._-]", "_");
        return folder.resolve("panda-water-" + account).resolve(PackageVersion.TEXT);
    }

    private static byte[] readAll(InputStream stream) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int length = stream.read(buffer); length >= 0; length = stream.read(buffer)) {
            content.write(buffer, 0, length);
        }
        return content.toByteArray();
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static String hexadecimal(byte[] bytes) {
        return String.format("%0" + 2 * bytes.length + "x", new BigInteger(1, bytes));
    }
}
