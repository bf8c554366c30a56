using System;
using System.Threading;
using System.Threading.Tasks;

namespace PandaWater
{
    // The same calls as tasks. Each runs on a thread of its own, which waits for the platform in the caller's place.
    public sealed partial class PandaClient
    {
        /// <summary>As <see cref="GetToken"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling ends the call. From any thread.
        /// <para>Access document 2024, section 二, 获取授权 token.</para></remarks>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <returns>The token and when it expires.</returns>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="GetToken"/>.</exception>
        /// <example><code>
        /// Token token = await client.GetTokenAsync();
        /// </code></example>
        public Task<Token> GetTokenAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(GetToken, cancellationToken);
        }

        /// <summary>As <see cref="GetUsers"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling ends the call. From any thread.
        /// <para>Access document 2024, interface ①; 2022, 获取熊猫智慧水务用户.</para></remarks>
        /// <param name="pageIndex">The page's number, 1 and up.</param>
        /// <param name="pageSize">Users in a page, 1 to 10000. The platform may give fewer.</param>
        /// <param name="keyword">What to search for.</param>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <returns>The users and how many there are in all.</returns>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="GetUsers"/>.</exception>
        /// <example><code>
        /// UserPage page = await client.GetUsersAsync(pageIndex: 1, pageSize: 100);
        /// </code></example>
        public Task<UserPage> GetUsersAsync(
            int? pageIndex = null,
            int? pageSize = null,
            string keyword = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(() => GetUsers(pageIndex, pageSize, keyword), cancellationToken);
        }

        /// <summary>As <see cref="Sync"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling ends the call. From any thread.
        /// <para>Access document 2024, section 三 step 1 and interface ①; 2022, step 1.</para></remarks>
        /// <param name="previousState">The state of the last sync; null for the first.</param>
        /// <param name="pageSize">Users to ask for at once, 1 to 10000; default 500.</param>
        /// <param name="prefetch">How many pages are fetched at once, 1 to 16; default 4.</param>
        /// <param name="maxRemovedPercent">How many of the state's users may be removed, 0 to 100 percent; default
        /// 20.</param>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <returns>The changes, and the state for the next time.</returns>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="Sync"/>.</exception>
        /// <example><code>
        /// Changes changes = await client.SyncAsync(previousState);
        /// </code></example>
        public Task<Changes> SyncAsync(
            string previousState,
            int? pageSize = null,
            int? prefetch = null,
            int? maxRemovedPercent = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(() => Sync(previousState, pageSize, prefetch, maxRemovedPercent), cancellationToken);
        }

        /// <summary>As <see cref="GetUserByTicket"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling ends the call. From any thread.
        /// <para>Access document 2024, interface ②; 2022, 通过票据获取对应的用户.</para></remarks>
        /// <param name="ticket">The ticket, decoded, as <see cref="TicketFromUrl"/> gives it.</param>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <returns>Who is signing in.</returns>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="GetUserByTicket"/>.</exception>
        /// <example><code>
        /// User user = await client.GetUserByTicketAsync(ticket, HttpContext.RequestAborted);
        /// </code></example>
        public Task<User> GetUserByTicketAsync(
            string ticket, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(() => GetUserByTicket(ticket), cancellationToken);
        }

        /// <summary>As <see cref="UserFromUrl"/>, without blocking the thread.</summary>
        /// <remarks>Cancelling ends the call. From any thread.
        /// <para>Access document 2024, section 三 steps 3 to 5 and interface ②; 2022, steps 3 to 6.</para></remarks>
        /// <param name="url">A whole URL, a path with its query, or a query.</param>
        /// <param name="param">The name of the ticket's parameter; default
        /// <see cref="PandaOptions.TicketParam"/>.</param>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <returns>Who is signing in.</returns>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        /// <exception cref="PandaException">As <see cref="UserFromUrl"/>.</exception>
        /// <example><code>
        /// User user = await client.UserFromUrlAsync("http://oa.example/oa?user=3F2C", "user");
        /// </code></example>
        public Task<User> UserFromUrlAsync(
            string url, string param = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(() => UserFromUrl(url, param), cancellationToken);
        }

        private Task<TResult> Run<TResult>(Func<TResult> call, CancellationToken cancellationToken)
        {
            library.LetCancel(handle, cancellationToken);
            return Blocking.Run(call, cancellationToken);
        }
    }
}
