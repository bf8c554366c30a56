using System;
using System.Runtime.InteropServices;

namespace PandaWater.Native
{
    // The shapes of the library's functions. They are bound at run time rather than by [DllImport], whose file name
    // is fixed when the program is compiled: the file's name holds its version and its folder depends on the host.

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate uint AbiVersionFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void FreeFunction(IntPtr text);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr TextFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr TextOfTextFunction(byte[] text);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr TextOfTextsFunction(byte[] first, byte[] second);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr TextOfHandleFunction(int handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr TextOfHandleAndTextFunction(int handle, byte[] text);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int OpenFunction(byte[] text, out IntPtr error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int OpenOfHandleFunction(int handle, byte[] text, out IntPtr error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int CloseFunction(int handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int CountOfHandleFunction(int handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int CheckCallback(IntPtr user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int SetCheckFunction(int handle, CheckCallback check, IntPtr user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LogCallback(int level, IntPtr message, IntPtr user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void SetLogFunction(LogCallback callback, int level, IntPtr user);
}
