using System.Runtime.ConstrainedExecution;
using System.Threading;

namespace PandaWater.Native
{
    /// <summary>What the library holds for a client or a cursor; given back once, by whoever comes first.</summary>
    /// <remarks>No call has to wait for another: handles are numbers that are never used twice, and a call with one
    /// that has been closed fails. The finaliser only serves programs that forget to dispose, and application domains
    /// that are unloaded in the middle of their work.</remarks>
    internal sealed class NativeHandle : CriticalFinalizerObject
    {
        private readonly CloseFunction close;
        private int closed;
        private int cancellable;

        internal NativeHandle(int value, CloseFunction close)
        {
            Value = value;
            this.close = close;
        }

        ~NativeHandle()
        {
            Close();
        }

        internal int Value { get; }

        internal bool IsClosed
        {
            get { return Volatile.Read(ref closed) != 0; }
        }

        /// <summary>Whether this is the first call of a client that can be cancelled.</summary>
        internal bool BecomesCancellable()
        {
            return Volatile.Read(ref cancellable) == 0 && Interlocked.Exchange(ref cancellable, 1) == 0;
        }

        internal void Close()
        {
            if (Interlocked.Exchange(ref closed, 1) == 0)
            {
                close(Value);
                System.GC.SuppressFinalize(this);
            }
        }
    }
}
