using System;
using System.Threading;

namespace PandaWater.Native
{
    /// <summary>Ends calls whose token was cancelled: the library asks from time to time, on the thread of the
    /// call.</summary>
    internal static class Cancellation
    {
        /// <summary>What the library asks, for as long as the domain lives.</summary>
        internal static readonly CheckCallback Check = IsRequested;

        private static volatile bool isEnding;

        // Of the call that this thread is in.
        [ThreadStatic]
        private static CancellationToken current;

        static Cancellation()
        {
            AppDomain.CurrentDomain.DomainUnload += EndAll;
            AppDomain.CurrentDomain.ProcessExit += EndAll;
        }

        /// <summary>Makes a call that the token ends.</summary>
        internal static TResult During<TResult>(CancellationToken token, Func<TResult> call)
        {
            var before = current;
            current = token;
            try
            {
                return call();
            }
            finally
            {
                current = before;
            }
        }

        private static void EndAll(object sender, EventArgs arguments)
        {
            isEnding = true;
        }

        private static int IsRequested(IntPtr user)
        {
            var answer = 0;
            try
            {
            }
            finally
            {
                // Here no Thread.Abort strikes, which could not cross the library's frames.
                answer = isEnding || current.IsCancellationRequested ? 1 : 0;
            }
            return answer;
        }
    }
}
