using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class ExceptionsTests
    {
        // That every kind of the library has its class is what tests/parity is for.
        [Test]
        public void Every_kind_can_be_made_by_hand()
        {
            var kinds = typeof(PandaException).Assembly.GetExportedTypes().Where(
                type => type.BaseType == typeof(PandaException) && type != typeof(PandaLibraryException)).ToList();
            Assert.That(kinds, Is.Not.Empty);
            foreach (var type in kinds)
            {
                var error = (PandaException)Activator.CreateInstance(type, "m");
                Assert.That(error.Message, Is.EqualTo("m"));
                Assert.That(
                    type.Name,
                    Is.EqualTo("Panda" + char.ToUpperInvariant(error.Kind[0]) + error.Kind.Substring(1) + "Exception"));
            }
        }

        [Test]
        public void The_loader_s_error_lists_every_path_tried()
        {
            var error = new PandaLibraryException(new[]
            {
                new KeyValuePair<string, string>("/opt/one.so", "no such file"),
                new KeyValuePair<string, string>("/opt/two.so", "wrong ELF class")
            });
            Assert.That(error.Kind, Is.EqualTo("library"));
            Assert.That(error.Tried[1].Key, Is.EqualTo("/opt/two.so"));
            Assert.That(error.Message, Contains.Substring("/opt/one.so (no such file)"));
            Assert.That(error.Message, Contains.Substring("/opt/two.so (wrong ELF class)"));
        }
    }
}
