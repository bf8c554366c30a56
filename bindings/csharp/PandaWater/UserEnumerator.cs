using System;
using System.Collections;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>Goes through a <see cref="UserListing"/>, one user after the other.</summary>
    /// <remarks>After a failure, a further step goes on at the same place, save after
    /// <see cref="PandaInconsistentException"/>, which needs a new listing. One thread at a time may use it;
    /// <see cref="Dispose"/> may be called from any thread, and ends the enumeration.</remarks>
    /// <example><code>
    /// using (UserEnumerator users = client.Users().GetEnumerator())
    /// {
    ///     while (users.MoveNext())
    ///     {
    ///         ShowProgress(users.Current, users.Count);
    ///     }
    /// }
    /// </code></example>
    public sealed class UserEnumerator : IEnumerator<User>
    {
        private readonly PandaLibrary library;
        private readonly NativeHandle cursor;
        private readonly CancellationToken cancellation;
        private List<User> inHand = new List<User>();
        private int taken;
        private Task<UserStep> underWay;
        private volatile bool disposed;

        internal UserEnumerator(PandaLibrary library, NativeHandle cursor, CancellationToken cancellation)
        {
            this.library = library;
            this.cursor = cursor;
            this.cancellation = cancellation;
        }

        /// <summary>The user that the last step came to; null before the first and after the last.</summary>
        public User Current { get; private set; }

        /// <summary>How many users there are in all; null before the first step, and if the platform does not
        /// say.</summary>
        public long? Count { get; private set; }

        object IEnumerator.Current
        {
            get { return Current; }
        }

        /// <summary>Goes to the next user, and asks the platform when the users in hand are used up.</summary>
        /// <returns>False after the last user.</returns>
        /// <exception cref="PandaInconsistentException">The list kept changing: start a new listing.</exception>
        /// <exception cref="PandaException">The next page could not be fetched; the kinds are those of
        /// <see cref="PandaClient.GetUsers"/>.</exception>
        public bool MoveNext()
        {
            while (!Step())
            {
                if (cursor.IsClosed)
                {
                    return false;
                }
                Receive(underWay == null ? Fetch() : EndOfFetch());
            }
            return true;
        }

        /// <summary>As <see cref="MoveNext"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling the token of <see cref="UserListing.GetAsyncEnumerator"/> ends the call. No user is
        /// lost: <see cref="MoveNext"/> goes on there.</remarks>
        /// <returns>False after the last user.</returns>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="MoveNext"/>.</exception>
        public async Task<bool> MoveNextAsync()
        {
            while (!Step())
            {
                if (cursor.IsClosed)
                {
                    return false;
                }
                // A page that an earlier step was cancelled over comes first: no user may be lost.
                underWay = underWay ?? Blocking.Start<UserStep>(FetchUntilCancelled, cancellation);
                // A step that is cancelled here leaves it, also if its page came that very moment.
                await Blocking.Wait(underWay, cancellation).ConfigureAwait(false);
                Receive(EndOfFetch());
            }
            return true;
        }

        /// <summary>Ends the listing, also while a page is being fetched. Disposing twice is harmless.</summary>
        public void Dispose()
        {
            disposed = true;
            cursor.Close();
        }

        /// <summary>As <see cref="Dispose"/>, for <c>await foreach</c>.</summary>
        /// <returns>A task that has ended.</returns>
        public Task DisposeAsync()
        {
            Dispose();
            return Task.FromResult(true);
        }

        /// <summary>Not supported: enumerate the listing again.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public void Reset()
        {
            throw new NotSupportedException("enumerate the listing again instead");
        }

        private bool Step()
        {
            Current = disposed || taken == inHand.Count ? null : inHand[taken++];
            return Current != null;
        }

        // Null where the listing was disposed meanwhile.
        private UserStep Fetch()
        {
            try
            {
                return library.NextUsers(cursor);
            }
            catch (PandaHandleException) when (cursor.IsClosed)
            {
                return null;
            }
        }

        // Null where it was cancelled: the next step asks again.
        private UserStep FetchUntilCancelled()
        {
            try
            {
                return Fetch();
            }
            catch (PandaCancelledException) when (cancellation.IsCancellationRequested)
            {
                return null;
            }
        }

        // Of a page that a cancelled step has left behind.
        private UserStep EndOfFetch()
        {
            try
            {
                return underWay.GetAwaiter().GetResult();
            }
            finally
            {
                underWay = null;
            }
        }

        private void Receive(UserStep page)
        {
            if (page == null)
            {
                return;
            }
            Count = page.Count;
            inHand = page.Users;
            taken = 0;
            if (page.IsLast)
            {
                cursor.Close();
            }
        }
    }
}
