/**
 * Client of the Panda Smart Water platform (熊猫智慧水务): users, sign-in tickets and tokens.
 *
 * <p>{@link io.github.pandawater.PandaClient} asks the platform, and {@link io.github.pandawater.PandaException} is
 * what goes wrong.
 *
 * <p>The work is done by a native library, which this package carries. It is the first that loads of:
 *
 * <ol>
 *   <li>the path given in code, {@link io.github.pandawater.PandaClientBuilder#library};
 *   <li>the file that the environment's {@code PANDA_WATER_LIBRARY} names;
 *   <li>the copy in this package, which is put into a folder of this account: the one that the system property
 *       {@code panda.water.dir} or the environment's {@code PANDA_WATER_DIR} names; else the first that can be written
 *       to and loaded from of the user's cache ({@code XDG_CACHE_HOME}, {@code ~/.cache}; {@code LOCALAPPDATA} on
 *       Windows, {@code ~/Library/Caches} on macOS), {@code java.io.tmpdir}, and {@code /var/tmp};
 *   <li>the one on the system's search path.
 * </ol>
 *
 * <p>A text that is no path on this system, as where its charset lacks the letters, is one that does not load.
 *
 * <p>The folder of the setting is JNA's too, unless {@code jna.tmpdir} names another.
 */
package io.github.pandawater;
