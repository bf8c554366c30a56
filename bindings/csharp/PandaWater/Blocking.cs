using System;
using System.Threading;
using System.Threading.Tasks;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>Calls that block, as tasks.</summary>
    internal static class Blocking
    {
        /// <summary>Runs a call on a thread of its own, and waits for it without blocking.</summary>
        internal static Task<TResult> Run<TResult>(Func<TResult> call, CancellationToken cancellation)
        {
            // A task that was cancelled before it started is never run.
            return cancellation.IsCancellationRequested
                ? new Task<TResult>(call, cancellation)
                : Wait(Start(call, cancellation), cancellation);
        }

        /// <summary>Starts a call on a thread of its own: the pool's few would be held up by a slow platform, and with
        /// them all other work of a web application.</summary>
        internal static Task<TResult> Start<TResult>(Func<TResult> call, CancellationToken cancellation)
        {
            return Task.Factory.StartNew(
                () => Cancellation.During(cancellation, call),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default);
        }

        /// <summary>Waits for a call until cancelled. The call itself ends a moment later.</summary>
        internal static async Task<TResult> Wait<TResult>(Task<TResult> call, CancellationToken cancellation)
        {
            var cancelled = new TaskCompletionSource<bool>();
            using (cancellation.Register(() => cancelled.TrySetResult(true)))
            {
                if (await Task.WhenAny(call, cancelled.Task).ConfigureAwait(false) != call)
                {
                    ForgetFailureOf(call);
                    throw new OperationCanceledException(cancellation);
                }
            }
            try
            {
                return await call.ConfigureAwait(false);
            }
            catch (PandaCancelledException) when (cancellation.IsCancellationRequested)
            {
                // It was quicker than the token's own word.
                throw new OperationCanceledException(cancellation);
            }
        }

        // Where the host is configured so, a failure that nobody looks at ends the process.
        private static void ForgetFailureOf(Task call)
        {
            call.ContinueWith(
                ended => ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
