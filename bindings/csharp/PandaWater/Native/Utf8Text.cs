using System;
using System.Runtime.InteropServices;
using System.Text;

namespace PandaWater.Native
{
    /// <summary>Text on its way into the library and out of it: UTF-8 with a NUL at the end.</summary>
    /// <remarks>By hand, since marshalling would use the machine's code page on .NET Framework.</remarks>
    internal static class Utf8Text
    {
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>The text as the library takes it; null for null.</summary>
        /// <exception cref="PandaArgumentException">The text holds a NUL or a lone surrogate; the message names the
        /// argument and never shows its text, which may be a secret.</exception>
        internal static byte[] ToNative(string name, string text)
        {
            if (text == null)
            {
                return null;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new PandaArgumentException(name + " contains a NUL character");
            }
            RequireUnicode(name, text);
            var bytes = new byte[Strict.GetByteCount(text) + 1];
            Strict.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        /// <exception cref="PandaArgumentException">The text holds a lone surrogate.</exception>
        internal static void RequireUnicode(string name, string text)
        {
            for (var index = 0; index < text.Length; index++)
            {
                if (!char.IsSurrogate(text[index]))
                {
                    continue;
                }
                if (!char.IsSurrogatePair(text, index))
                {
                    throw new PandaArgumentException(
                        name + " contains a lone surrogate, which is not a character and has no UTF-8 form");
                }
                index++;
            }
        }

        /// <summary>A copy of the library's text; null for none.</summary>
        internal static string FromNative(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            var bytes = new byte[Length(text)];
            Marshal.Copy(text, bytes, 0, bytes.Length);
            return Encoding.UTF8.GetString(bytes);
        }

        private static unsafe int Length(IntPtr text)
        {
            var start = (byte*)text;
            var end = start;
            while (*end != 0)
            {
                end++;
            }
            return checked((int)(end - start));
        }
    }
}
