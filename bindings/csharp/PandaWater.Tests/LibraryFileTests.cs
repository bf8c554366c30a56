using System.Reflection;
using NUnit.Framework;

namespace PandaWater.Tests
{
    /// <summary>Which of the package's native files a process may use, by what it is.</summary>
    [TestFixture]
    public class LibraryFileTests
    {
        private const string Glibc = "7f3a r-xp 00000000 08:01 42 /usr/lib64/ld-2.17.so\n";
        private const string Musl = "7f3a r-xp 00000000 08:01 42 /lib/ld-musl-x86_64.so.1\n";

        [Test]
        public void Linux()
        {
            Assert.That(Of("linux", 8, Glibc), Is.EqualTo(new[] { "linux-x64", "linux-arm64" }));
            Assert.That(Of("linux", 4, Glibc), Is.EqualTo(new[] { "linux-x86", "linux-arm" }));
        }

        [Test]
        public void With_musl_no_file_for_glibc_is_tried()
        {
            Assert.That(Of("linux", 8, Musl), Is.EqualTo(new[] { "linux-musl-x64", "linux-musl-arm64" }));
        }

        [Test]
        public void Windows()
        {
            Assert.That(Of("win", 8, ""), Is.EqualTo(new[] { "win-x64", "win-arm64" }));
            Assert.That(Of("win", 4, "")[0], Is.EqualTo("win-x86"));
        }

        private static string[] Of(string system, int pointerSize, string filesInUse)
        {
            var type = typeof(Panda).Assembly.GetType("PandaWater.Native.LibraryFile", true);
            var method = type.GetMethod("RuntimeIdentifiersOf", BindingFlags.NonPublic | BindingFlags.Static);
            return (string[])method.Invoke(null, new object[] { system, pointerSize, filesInUse });
        }
    }
}
