using System;

namespace PandaWater.Native
{
    /// <summary>Why one file did not serve as the native library.</summary>
    internal class LoadFailure : Exception
    {
        internal LoadFailure(string reason)
            : base(reason)
        {
        }
    }

    /// <summary>The file is the library, of a version that this assembly does not speak to.</summary>
    internal sealed class AbiMismatch : LoadFailure
    {
        internal AbiMismatch(uint found, uint supported)
            : base("its ABI version is " + found + ", this package works with " + supported)
        {
        }
    }
}
