using System;
using Newtonsoft.Json.Linq;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>A client of one Panda Smart Water platform (熊猫智慧水务).</summary>
    /// <remarks>Making it opens no connection. The token is fetched when it is first needed, shared by all calls, and
    /// renewed in time; failures that may pass are tried again. An application makes one and keeps it; it is thread
    /// safe, for any number of calls at once. A call works on the thread that makes it and ends by
    /// <see cref="PandaOptions.DeadlineMs"/>.</remarks>
    /// <example><code>
    /// using (var client = new PandaClient("http://10.0.0.8:8080/water", "xiaomi", password))
    /// {
    ///     foreach (User user in client.Users())
    ///     {
    ///         Console.WriteLine("{0} {1}", user.Id, user.UserName);
    ///     }
    /// }
    /// </code></example>
    public sealed partial class PandaClient : IDisposable
    {
        private readonly PandaLibrary library;
        private readonly NativeHandle handle;
        private readonly string ticketParam;

        /// <summary>Makes a client with default settings.</summary>
        /// <remarks>Access document 2024, section 一 名词说明 (address) and section 二 身份验证说明 (account).</remarks>
        /// <param name="baseUrl">The platform's address: <c>http://ip:port/projectName</c> (2024) or <c>http://ip</c>
        /// (2022).</param>
        /// <param name="username">The user name for <c>GenerateToken</c>; null for an installation without
        /// (2022).</param>
        /// <param name="password">The password; both or none.</param>
        /// <exception cref="PandaConfigException">An argument is missing or cannot be used; the message names
        /// it.</exception>
        /// <exception cref="PandaArgumentException">An argument is no valid text.</exception>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        public PandaClient(string baseUrl, string username = null, string password = null)
            : this(new PandaOptions { BaseUrl = baseUrl, Username = username, Password = password })
        {
        }

        /// <summary>Makes a client.</summary>
        /// <remarks>Access document 2024, section 一 名词说明 (address) and section 二 身份验证说明 (account).</remarks>
        /// <param name="options">The settings; they are copied.</param>
        /// <exception cref="PandaConfigException">A setting is missing or out of range; the message names
        /// it.</exception>
        /// <exception cref="PandaArgumentException">The options are null, or a setting is no valid text.</exception>
        /// <exception cref="PandaLibraryException">The native library cannot be loaded.</exception>
        /// <example><code>
        /// var client = new PandaClient(PandaOptions.FromEnvironment());
        /// </code></example>
        public PandaClient(PandaOptions options)
        {
            if (options == null)
            {
                throw new PandaArgumentException("options is null");
            }
            library = LibraryLoader.Load(options.Library);
            ticketParam = options.TicketParam;
            handle = library.OpenClient(Request.Configuration(options));
        }

        /// <summary>Whether the client has been disposed.</summary>
        public bool IsDisposed
        {
            get { return handle.IsClosed; }
        }

        /// <summary>Gives back what the client holds. Disposing twice, and from any thread, is harmless.</summary>
        /// <remarks>Calls that are under way end normally, and listings go on; later calls throw
        /// <see cref="PandaHandleException"/>.</remarks>
        public void Dispose()
        {
            handle.Close();
        }

        /// <summary>The token, from the cache while it is good.</summary>
        /// <remarks>No other method needs it: they send it by themselves. It is for calls to other interfaces of the
        /// platform. From any thread; many at once cause one login.
        /// <para>Access document 2024, section 二, 获取授权 token.</para></remarks>
        /// <returns>The token and when it expires.</returns>
        /// <exception cref="PandaConfigException">The client has no user name and password.</exception>
        /// <exception cref="PandaAuthException">The platform refused them.</exception>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        /// <exception cref="PandaException">The platform cannot be reached (<c>connect</c>, <c>timeout</c>, <c>tls</c>,
        /// <c>http</c>), or its answer not be read (<c>response</c>).</exception>
        /// <example><code>
        /// request.Headers.Add("panda-token", client.GetToken().Value);
        /// </code></example>
        public Token GetToken()
        {
            return library.GetToken(handle);
        }

        /// <summary>One page of the platform's users. <see cref="Users"/> gives all of them.</summary>
        /// <remarks>What is null is not sent, and left to the platform. From any thread.
        /// <para>Access document 2024, interface ①; 2022, 获取熊猫智慧水务用户.</para></remarks>
        /// <param name="pageIndex">The page's number, 1 and up.</param>
        /// <param name="pageSize">Users in a page, 1 to 10000. The platform may give fewer.</param>
        /// <param name="keyword">What to search for.</param>
        /// <returns>The users and how many there are in all.</returns>
        /// <exception cref="PandaArgumentException">An argument is out of range.</exception>
        /// <exception cref="PandaAuthException">The platform refused the account.</exception>
        /// <exception cref="PandaRejectedException">The platform refused for another reason.</exception>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        /// <exception cref="PandaException">The platform cannot be reached (<c>connect</c>, <c>timeout</c>, <c>tls</c>,
        /// <c>http</c>), or its answer not be read (<c>response</c>).</exception>
        /// <example><code>
        /// UserPage page = client.GetUsers(pageIndex: 1, pageSize: 100);
        /// Console.WriteLine("{0} of {1}", page.Users.Count, page.Count);
        /// </code></example>
        public UserPage GetUsers(int? pageIndex = null, int? pageSize = null, string keyword = null)
        {
            return library.GetUsers(handle, Request.Page(pageIndex, pageSize, keyword));
        }

        /// <summary>All users, every one once, in pages that are fetched when they are needed.</summary>
        /// <remarks>Nothing is asked, and no argument but the keyword's text is checked, before the listing is
        /// enumerated. From any thread.
        /// <para>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.</para></remarks>
        /// <param name="pageSize">Users to ask for at once, 1 to 10000; default 500.</param>
        /// <param name="keyword">What to search for.</param>
        /// <param name="prefetch">How many pages are fetched at once, 1 to 16; default 4.</param>
        /// <returns>The listing, for <c>foreach</c> and LINQ; each enumeration asks anew.</returns>
        /// <exception cref="PandaArgumentException">The keyword is no valid text.</exception>
        /// <example><code>
        /// foreach (User user in client.Users())
        /// {
        ///     ownUsers.Link(user.Id, user.JobNumber);
        /// }
        /// </code></example>
        public UserListing Users(int? pageSize = null, string keyword = null, int? prefetch = null)
        {
            return new UserListing(library, handle, Request.Listing(pageSize, keyword, prefetch));
        }

        /// <summary>Compares all users with an earlier state: who came, changed or left.</summary>
        /// <remarks>Store <see cref="Changes.State"/> in one transaction with the changes that you apply: the library
        /// keeps nothing, so a crash in between loses nothing. A user counts as removed only if two complete listings
        /// in a row lack them. The deadline holds for each page. From any thread.
        /// <para>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.</para></remarks>
        /// <param name="previousState">The state of the last sync; null for the first: then everybody is added.</param>
        /// <param name="pageSize">Users to ask for at once, 1 to 10000; default 500.</param>
        /// <param name="prefetch">How many pages are fetched at once, 1 to 16; default 4.</param>
        /// <param name="maxRemovedPercent">How many of the state's users may be removed, 0 to 100 percent; default 20.
        /// Up to 5 users always may.</param>
        /// <returns>The changes, and the state for the next time.</returns>
        /// <exception cref="PandaGuardException">More users would be removed than allowed, or the platform lists
        /// nobody: a half answer must not lock people out. Nothing has changed.</exception>
        /// <exception cref="PandaArgumentException">The state is damaged or of another platform, or an argument is out
        /// of range.</exception>
        /// <exception cref="PandaInconsistentException">The list kept changing while it was read.</exception>
        /// <exception cref="PandaException">As <see cref="GetUsers"/>.</exception>
        /// <example><code>
        /// Changes changes = client.Sync(LoadState());
        /// ApplyAndStoreState(changes, changes.State);   // in one transaction
        /// </code></example>
        public Changes Sync(
            string previousState, int? pageSize = null, int? prefetch = null, int? maxRemovedPercent = null)
        {
            return library.SyncUsers(handle, Request.Sync(previousState, pageSize, prefetch, maxRemovedPercent));
        }

        /// <summary>The user who holds a ticket. The platform prolongs the ticket's life by this.</summary>
        /// <remarks>From any thread.
        /// <para>Access document 2024, interface ②; 2022, 通过票据获取对应的用户.</para></remarks>
        /// <param name="ticket">The ticket, decoded, as <see cref="TicketFromUrl"/> gives it.</param>
        /// <returns>Who is signing in.</returns>
        /// <exception cref="PandaTicketException">The platform does not accept the ticket: nobody is signed
        /// in.</exception>
        /// <exception cref="PandaArgumentException">The ticket is null, empty, or no valid text.</exception>
        /// <exception cref="PandaAuthException">The platform refused the account.</exception>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        /// <exception cref="PandaException">The platform cannot be reached (<c>connect</c>, <c>timeout</c>, <c>tls</c>,
        /// <c>http</c>), or its answer not be read (<c>response</c>).</exception>
        /// <example><code>
        /// User user = client.GetUserByTicket(ticket);
        /// </code></example>
        public User GetUserByTicket(string ticket)
        {
            return library.GetUserByTicket(handle, ticket);
        }

        /// <summary>Takes the ticket from a sign-in URL, as <see cref="Panda.TicketFromUrl"/> does, without asking the
        /// platform.</summary>
        /// <remarks>From any thread.
        /// <para>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.</para></remarks>
        /// <param name="url">A whole URL, a path with its query, or a query.</param>
        /// <param name="param">The name of the ticket's parameter; default
        /// <see cref="PandaOptions.TicketParam"/>.</param>
        /// <returns>The ticket, the URL without it, and the place on your own site to redirect the browser
        /// to.</returns>
        /// <exception cref="PandaTicketException">The URL holds no ticket, several, or an unusable one.</exception>
        /// <exception cref="PandaArgumentException">An argument is null, empty, or no valid text.</exception>
        /// <example><code>
        /// TicketUrl parts = client.TicketFromUrl(Request.RawUrl);
        /// User user = client.GetUserByTicket(parts.Ticket);
        /// </code></example>
        public TicketUrl TicketFromUrl(string url, string param = null)
        {
            return library.TicketFromUrl(url, param ?? ticketParam);
        }

        /// <summary>Who is signing in by this URL: the ticket is taken from it and looked up.</summary>
        /// <remarks>From any thread.
        /// <para>Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.</para></remarks>
        /// <param name="url">A whole URL, a path with its query, or a query.</param>
        /// <param name="param">The name of the ticket's parameter; default
        /// <see cref="PandaOptions.TicketParam"/>.</param>
        /// <returns>Who is signing in.</returns>
        /// <exception cref="PandaTicketException">The URL holds no usable ticket, or the platform does not accept
        /// it.</exception>
        /// <exception cref="PandaException">As <see cref="GetUserByTicket"/>.</exception>
        /// <example><code>
        /// User user = client.UserFromUrl("http://oa.example/oa?user=3F2C", "user");
        /// </code></example>
        public User UserFromUrl(string url, string param = null)
        {
            return GetUserByTicket(TicketFromUrl(url, param).Ticket);
        }

        /// <summary>Closes the connections that no call is using, such as before a long pause.</summary>
        /// <remarks>From any thread. By themselves, those that rested for 60 seconds are closed by the client's next
        /// call: between calls, nothing runs.</remarks>
        /// <returns>How many connections were closed; 0 for a disposed client.</returns>
        /// <example><code>
        /// client.Trim();
        /// </code></example>
        public int Trim()
        {
            return library.TrimClient(handle);
        }

        /// <summary>What the client has done so far: <c>tokenFetches</c>, and for each of the <c>endpoints</c>
        /// <c>calls</c>, <c>failures</c> by kind, <c>httpRequests</c>, <c>retries</c> and
        /// <c>bytesReceived</c>.</summary>
        /// <remarks>From any thread; it asks nobody.</remarks>
        /// <returns>The counters, by the names that the library gives them.</returns>
        /// <exception cref="PandaHandleException">The client has been disposed.</exception>
        /// <example><code>
        /// long logins = (long)client.Stats()["tokenFetches"];
        /// </code></example>
        public JObject Stats()
        {
            return (JObject)library.ClientStats(handle);
        }
    }
}
