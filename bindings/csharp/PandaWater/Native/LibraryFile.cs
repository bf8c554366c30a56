using System;
using System.IO;

namespace PandaWater.Native
{
    /// <summary>What the native library's file is called on this system.</summary>
    internal static class LibraryFile
    {
        private static readonly bool OnWindows = Path.DirectorySeparatorChar == '\\';
        private static readonly bool OnMac = !OnWindows && Directory.Exists("/System/Library/CoreServices");

        private static readonly string Stem = OnWindows ? "panda_water" : "libpanda_water";
        private static readonly string Extension = OnWindows ? ".dll" : OnMac ? ".dylib" : ".so";

        /// <summary>As the build of the library names it.</summary>
        internal static readonly string Plain = Stem + Extension;

        /// <summary>As it is in the package: with the version, so that a new deployment can be copied beside a file
        /// that the old one still has in use.</summary>
        internal static readonly string Versioned =
            Stem + "-" + typeof(LibraryFile).Assembly.GetName().Version.ToString(3) + Extension;

        /// <summary>The names for the system's search path.</summary>
        internal static readonly string[] OnSystem =
            OnWindows || OnMac ? new[] { Plain } : new[] { Plain + ".1", Plain };

        /// <summary>The folder names of .NET Framework applications.</summary>
        internal static readonly string BitnessFolder = IntPtr.Size == 8 ? "x64" : "x86";

        /// <summary>The runtime identifiers that may be this machine's, the likeliest first.</summary>
        internal static readonly string[] RuntimeIdentifiers =
            RuntimeIdentifiersOf(OnWindows ? "win" : OnMac ? "osx" : "linux", IntPtr.Size, FilesInUse());

        /// <summary>Those of another process.</summary>
        /// <param name="system">As runtime identifiers begin.</param>
        /// <param name="pointerSize">In bytes.</param>
        /// <param name="filesInUse">The paths of what the process has loaded, on Linux.</param>
        /// <remarks>A file for another processor does not load, so that trying tells them apart; what .NET Framework
        /// 4.5 offers does not. A file for glibc may load where the C library is musl, and fail later.</remarks>
        internal static string[] RuntimeIdentifiersOf(string system, int pointerSize, string filesInUse)
        {
            if (filesInUse.Contains("/ld-musl-"))
            {
                system += "-musl";
            }
            return pointerSize == 8
                ? new[] { system + "-x64", system + "-arm64" }
                : new[] { system + "-x86", system + "-arm" };
        }

        internal static bool SearchesPathItself
        {
            get { return !OnWindows; }
        }

        private static string FilesInUse()
        {
            try
            {
                return OnWindows || OnMac ? "" : File.ReadAllText("/proc/self/maps");
            }
            catch (IOException)
            {
                return "";
            }
            catch (UnauthorizedAccessException)
            {
                return "";
            }
        }
    }
}
