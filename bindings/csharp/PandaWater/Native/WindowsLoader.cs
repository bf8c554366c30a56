using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PandaWater.Native
{
    /// <summary>LoadLibrary and GetProcAddress.</summary>
    internal sealed class WindowsLoader : SystemLoader
    {
        // What the library itself needs is then looked for beside it first.
        private const uint LoadWithAlteredSearchPath = 8;

        protected override IntPtr LoadFile(string path)
        {
            var module = LoadLibraryEx(path, IntPtr.Zero, LoadWithAlteredSearchPath);
            if (module == IntPtr.Zero)
            {
                var error = Marshal.GetLastWin32Error();
                throw new LoadFailure(new Win32Exception(error).Message + " (error " + error + ")");
            }
            return module;
        }

        protected override IntPtr FindFunction(IntPtr module, string name)
        {
            return GetProcAddress(module, name);
        }

        [DllImport("kernel32.dll", EntryPoint = "LoadLibraryExW", ExactSpelling = true, CharSet = CharSet.Unicode,
            SetLastError = true)]
        private static extern IntPtr LoadLibraryEx(string path, IntPtr reserved, uint flags);

        [DllImport("kernel32.dll", CharSet = CharSet.Ansi, ExactSpelling = true, BestFitMapping = false)]
        private static extern IntPtr GetProcAddress(IntPtr module, [MarshalAs(UnmanagedType.LPStr)] string name);
    }
}
