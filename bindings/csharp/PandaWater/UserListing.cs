using System.Collections;
using System.Collections.Generic;
using System.Threading;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>All users of the platform, every one once, in pages that are fetched when they are needed. Made by
    /// <see cref="PandaClient.Users"/>.</summary>
    /// <remarks>Nothing is asked before the listing is enumerated; each enumeration is a listing of its own. Any thread
    /// may enumerate it, several at once too. What an enumeration holds in the library is given back when its last page
    /// has come or the <c>foreach</c> is left. It outlives its client.
    /// <para>With C# 8 and later, <c>await foreach</c> works as well.</para>
    /// <para>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.</para></remarks>
    /// <example><code>
    /// foreach (User user in client.Users())
    /// {
    ///     ownUsers.Link(user.Id, user.JobNumber);
    /// }
    /// </code></example>
    public sealed class UserListing : IEnumerable<User>
    {
        private readonly PandaLibrary library;
        private readonly NativeHandle client;
        private readonly string query;

        internal UserListing(PandaLibrary library, NativeHandle client, string query)
        {
            this.library = library;
            this.client = client;
            this.query = query;
        }

        /// <summary>Starts a listing.</summary>
        /// <returns>An enumerator, to be disposed; <c>foreach</c> does so.</returns>
        /// <exception cref="PandaArgumentException">A setting of the listing is out of range.</exception>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        public UserEnumerator GetEnumerator()
        {
            return GetAsyncEnumerator(CancellationToken.None);
        }

        /// <summary>Starts a listing for <c>await foreach</c>.</summary>
        /// <param name="cancellationToken">Ends the call for a page; see
        /// <see cref="UserEnumerator.MoveNextAsync"/>.</param>
        /// <returns>An enumerator, to be disposed; <c>await foreach</c> does so.</returns>
        /// <exception cref="PandaArgumentException">A setting of the listing is out of range.</exception>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        public UserEnumerator GetAsyncEnumerator(CancellationToken cancellationToken = default(CancellationToken))
        {
            library.LetCancel(client, cancellationToken);
            return new UserEnumerator(library, library.OpenUsers(client, query), cancellationToken);
        }

        IEnumerator<User> IEnumerable<User>.GetEnumerator()
        {
            return GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }
}
