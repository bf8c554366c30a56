using System;
using System.Collections.Generic;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>What needs no client. Every method may be called from any thread.</summary>
    public static class Panda
    {
        /// <summary>Takes the ticket from a sign-in URL, without asking the platform.</summary>
        /// <remarks>The ticket may be in the query, or in a query inside the fragment (<c>/#/oa?user=…</c>). It is
        /// <c>%XX</c>-decoded; <c>+</c> stays <c>+</c>.
        /// <para>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.</para></remarks>
        /// <param name="url">A whole URL, a path with its query, or a query with or without <c>?</c>.</param>
        /// <param name="param">The name of the ticket's parameter; null means <c>ticket</c>.</param>
        /// <param name="library">The path of the native library, or null; see
        /// <see cref="PandaOptions.Library"/>.</param>
        /// <returns>The ticket, the URL without it, and the place on your own site to redirect the browser
        /// to.</returns>
        /// <exception cref="PandaTicketException">The URL holds no ticket, several, or an unusable one.</exception>
        /// <exception cref="PandaArgumentException">An argument is null, empty, or no valid text.</exception>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// TicketUrl parts = Panda.TicketFromUrl("http://oa.example/oa?a=1&amp;user=3F2C", "user");
        /// // parts.LocalTarget is "/oa?a=1"
        /// </code></example>
        public static TicketUrl TicketFromUrl(string url, string param = null, string library = null)
        {
            return LibraryLoader.Load(library).TicketFromUrl(url, param);
        }

        /// <summary>Matches the platform's users with the application's own, without asking the platform.</summary>
        /// <remarks>A rule links two users only where each is the only one of all users on its side with that value:
        /// nobody is linked by elimination. A pair whose job numbers (or, those lacking, phones) contradict each other
        /// is a conflict. Nobody is linked against their name: where both have one and they differ, the pair is a
        /// suggestion with <see cref="Link.NamesDiffer"/>. A name alone gives a suggestion too. Pairs in
        /// <paramref name="existing"/> stay, unless a side is gone or their job numbers contradict each other. What
        /// identifies nobody, such as <c>无</c>, <c>N/A</c> or zeros, matches nobody. The outcome does not depend on the
        /// order of the users.
        /// <para>Access document 2024, section 三 step 2; 2022, step 2.</para></remarks>
        /// <param name="pandaUsers">All users of the platform.</param>
        /// <param name="ownUsers">All users of the application's own.</param>
        /// <param name="rules">What to match by, the strongest first; default <c>jobNumber</c>, <c>phone</c>,
        /// <c>userName</c>.</param>
        /// <param name="existing">Who is linked already: stored links and confirmed suggestions.</param>
        /// <param name="names"><c>compare</c>, or <c>ignore</c> to link by job number and phone whatever the names
        /// are; null for <c>compare</c>.</param>
        /// <param name="library">The path of the native library, or null; see
        /// <see cref="PandaOptions.Library"/>.</param>
        /// <returns>Who is who, and what an administrator has to decide.</returns>
        /// <exception cref="PandaArgumentException">The users are null, an id comes twice, or a rule or
        /// <paramref name="names"/> is none.</exception>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// LinkOutcome outcome = Panda.LinkUsers(client.Users(), ownUsers, existing: storedLinks);
        /// </code></example>
        public static LinkOutcome LinkUsers(
            IEnumerable<User> pandaUsers,
            IEnumerable<OwnUser> ownUsers,
            IEnumerable<string> rules = null,
            IEnumerable<Link> existing = null,
            string names = null,
            string library = null)
        {
            if (pandaUsers == null || ownUsers == null)
            {
                throw new PandaArgumentException((pandaUsers == null ? "pandaUsers" : "ownUsers") + " is null");
            }
            return LinkOutcome.FromJson(
                LibraryLoader.Load(library).LinkUsers(
                    Request.Linking(pandaUsers, ownUsers, rules, existing, names)));
        }

        /// <summary>The native library's version.</summary>
        /// <param name="library">The path of the native library, or null; see
        /// <see cref="PandaOptions.Library"/>.</param>
        /// <returns>For example <c>0.1.0</c>.</returns>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// Console.WriteLine(Panda.Version());
        /// </code></example>
        public static string Version(string library = null)
        {
            return LibraryLoader.Load(library).Version();
        }

        /// <summary>What this process holds in the native library, for leak tests.</summary>
        /// <param name="library">The path of the native library, or null; see
        /// <see cref="PandaOptions.Library"/>.</param>
        /// <returns>How many clients, listings and texts there are.</returns>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// Debug.Assert(Panda.ProcessStats().Cursors == 0);
        /// </code></example>
        public static ProcessStats ProcessStats(string library = null)
        {
            return LibraryLoader.Load(library).ProcessStats();
        }

        /// <summary>Has the library's log lines given to a function, or to none any more.</summary>
        /// <remarks>There is one such function for the process. It may be called on any thread that has a call under
        /// way, must not call this package, and must not wait for a thread that does; exceptions that it throws are
        /// dropped. When this method returns, the function set before is not running and will not run. Log lines never
        /// hold a password, a token or a ticket. When the application domain that set it is unloaded, the library is
        /// silent again.</remarks>
        /// <param name="log">Is called with a level and a line; null for silence.</param>
        /// <param name="level">Up to which level.</param>
        /// <param name="library">The path of the native library, or null; see
        /// <see cref="PandaOptions.Library"/>.</param>
        /// <exception cref="PandaArgumentException">The level is none.</exception>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// Panda.SetLog((level, line) => Trace.WriteLine(level + " " + line), PandaLogLevel.Debug);
        /// </code></example>
        public static void SetLog(
            Action<PandaLogLevel, string> log, PandaLogLevel level = PandaLogLevel.Info, string library = null)
        {
            if (level < PandaLogLevel.Error || level > PandaLogLevel.Debug)
            {
                throw new PandaArgumentException("level must be from 1 (error) to 4 (debug)");
            }
            Log.Set(LibraryLoader.Load(library), log, level);
        }
    }
}
