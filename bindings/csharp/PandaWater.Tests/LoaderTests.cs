using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class LoaderTests
    {
        private const string Variable = "PANDA_WATER_LIBRARY";

        private readonly string folder = Path.Combine(Path.GetTempPath(), "熊猫-" + Guid.NewGuid().ToString("N"));
        private string variable;

        [SetUp]
        public void MakeFolder()
        {
            Directory.CreateDirectory(folder);
            variable = Environment.GetEnvironmentVariable(Variable);
            Environment.SetEnvironmentVariable(Variable, null);
        }

        [TearDown]
        public void RemoveFolder()
        {
            Environment.SetEnvironmentVariable(Variable, variable);
            Directory.Delete(folder, true);
        }

        [Test]
        public void A_path_in_code_that_does_not_load_is_passed_over_with_a_warning()
        {
            var missing = Path.Combine(folder, "missing.so");
            var warning = WarningOf(() => Panda.Version(missing));
            Assert.That(warning, Contains.Substring(missing));
            Assert.That(warning, Contains.Substring("the path given in code: no such file"));
        }

        [Test]
        public void So_is_one_in_the_environment()
        {
            var broken = Path.Combine(folder, "broken.so");
            File.WriteAllText(broken, "no library");
            Environment.SetEnvironmentVariable(Variable, broken);
            var warning = WarningOf(() => Panda.Version());
            Assert.That(warning, Contains.Substring(broken));
            Assert.That(warning, Contains.Substring("PANDA_WATER_LIBRARY: "));
            Assert.That(warning.Contains("no such file"), Is.False);
        }

        [Test]
        public void A_path_with_chinese_letters_loads()
        {
            var copy = Path.Combine(folder, "库.so");
            File.Copy(Project.NativeLibrary(), copy);
            Assert.That(WarningOf(() => Panda.Version(copy)), Is.Empty);
        }

        // In one test: the system takes a new file in a deleted one's place for the library that it has loaded.
        [Test]
        public void Libraries_that_do_not_fit()
        {
            var other = Compiled("other", "int something_else;");
            var warning = WarningOf(() => Panda.Version(other));
            Assert.That(warning, Contains.Substring("it has no function panda_abi_version"));

            var later = Compiled("later", "unsigned panda_abi_version(void) { return 99; }");
            var error = Thrown.By<PandaLibraryException>(() => new PandaClient(new PandaOptions { Library = later }));
            Assert.That(error.Kind, Is.EqualTo("library"));
            Assert.That(error.Code, Is.EqualTo(-1));
            Assert.That(error.Tried.Single().Key, Is.EqualTo(later));
            Assert.That(error.Message, Contains.Substring("its ABI version is 99, this package works with 1"));
        }

        private string Compiled(string name, string source)
        {
            var file = Path.Combine(folder, name + ".c");
            var library = Path.Combine(folder, name + ".so");
            File.WriteAllText(file, source);
            try
            {
                var start = new ProcessStartInfo("cc", "-shared -fPIC -o \"" + library + "\" \"" + file + "\"");
                start.UseShellExecute = false;
                using (var compiler = Process.Start(start))
                {
                    compiler.WaitForExit();
                    Assert.That(compiler.ExitCode, Is.EqualTo(0));
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Ignore("there is no C compiler");
            }
            return library;
        }

        private static string WarningOf(Action action)
        {
            var text = new StringWriter();
            var listener = new TextWriterTraceListener(text);
            Trace.Listeners.Add(listener);
            try
            {
                action();
            }
            finally
            {
                Trace.Listeners.Remove(listener);
            }
            listener.Flush();
            return text.ToString();
        }
    }
}
