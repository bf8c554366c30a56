using System;
using System.Runtime.InteropServices;

namespace PandaWater.Native
{
    /// <summary>dlopen and dlsym.</summary>
    internal sealed class UnixLoader : SystemLoader
    {
        private const int ResolveNow = 2;

        private readonly LoadFunctions functions = ChooseFunctions();

        protected override IntPtr LoadFile(string path)
        {
            var module = functions.Open(Utf8Text.ToNative("library", path), ResolveNow);
            if (module == IntPtr.Zero)
            {
                throw new LoadFailure(Utf8Text.FromNative(functions.Error()) ?? "the system does not say why");
            }
            return module;
        }

        protected override IntPtr FindFunction(IntPtr module, string name)
        {
            return functions.Symbol(module, Utf8Text.ToNative("name", name));
        }

        // glibc has had these functions in libdl.so.2 and keeps that name, and musl answers to it; macOS has neither.
        private static LoadFunctions ChooseFunctions()
        {
            try
            {
                LibDl.dlerror();
                return new LoadFunctions(LibDl.dlopen, LibDl.dlsym, LibDl.dlerror);
            }
            catch (DllNotFoundException)
            {
                return new LoadFunctions(LibC.dlopen, LibC.dlsym, LibC.dlerror);
            }
        }

        private sealed class LoadFunctions
        {
            internal LoadFunctions(
                Func<byte[], int, IntPtr> open, Func<IntPtr, byte[], IntPtr> symbol, Func<IntPtr> error)
            {
                Open = open;
                Symbol = symbol;
                Error = error;
            }

            internal Func<byte[], int, IntPtr> Open { get; }

            internal Func<IntPtr, byte[], IntPtr> Symbol { get; }

            internal Func<IntPtr> Error { get; }
        }

        private static class LibDl
        {
            private const string File = "libdl.so.2";

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlopen(byte[] path, int flags);

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlsym(IntPtr module, byte[] name);

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlerror();
        }

        private static class LibC
        {
            private const string File = "libc";

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlopen(byte[] path, int flags);

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlsym(IntPtr module, byte[] name);

            [DllImport(File, CallingConvention = CallingConvention.Cdecl)]
            internal static extern IntPtr dlerror();
        }
    }
}
