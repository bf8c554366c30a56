using System;
using System.IO;

namespace PandaWater.Native
{
    /// <summary>The operating system's loader of native libraries.</summary>
    internal abstract class SystemLoader
    {
        internal static readonly SystemLoader Current =
            Path.DirectorySeparatorChar == '\\' ? (SystemLoader)new WindowsLoader() : new UnixLoader();

        /// <summary>Loads a file. A bare name is looked for along the system's search path.</summary>
        /// <exception cref="LoadFailure">It cannot be loaded.</exception>
        internal IntPtr Load(string path)
        {
            if (Path.IsPathRooted(path) && !File.Exists(path))
            {
                throw new LoadFailure("no such file");
            }
            return LoadFile(path);
        }

        /// <summary>The address of a function.</summary>
        /// <exception cref="LoadFailure">The library has none of that name.</exception>
        internal IntPtr Find(IntPtr module, string name)
        {
            var function = FindFunction(module, name);
            if (function == IntPtr.Zero)
            {
                throw new LoadFailure("it has no function " + name);
            }
            return function;
        }

        protected abstract IntPtr LoadFile(string path);

        protected abstract IntPtr FindFunction(IntPtr module, string name);
    }
}
