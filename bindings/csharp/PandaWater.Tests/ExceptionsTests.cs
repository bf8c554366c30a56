using System.Collections.Generic;
using NUnit.Framework;

namespace PandaWater.Tests
{
    [TestFixture]
    public class ExceptionsTests
    {
        [Test]
        public void Every_kind_has_a_class_that_can_be_made_by_hand()
        {
            Check(new PandaArgumentException("m"), "argument", -10001, false);
            Check(new PandaConfigException("m"), "config", -10002, false);
            Check(new PandaHandleException("m"), "handle", -10003, false);
            Check(new PandaConnectException("m"), "connect", -10010, true);
            Check(new PandaTimeoutException("m"), "timeout", -10011, true);
            Check(new PandaTlsException("m"), "tls", -10012, false);
            Check(new PandaHttpException("m"), "http", -10013, false);
            Check(new PandaResponseException("m"), "response", -10014, false);
            Check(new PandaAuthException("m"), "auth", -10020, false);
            Check(new PandaTicketException("m"), "ticket", -10021, false);
            Check(new PandaInconsistentException("m"), "inconsistent", -10030, true);
            Check(new PandaGuardException("m"), "guard", -10031, false);
            Check(new PandaStoreException("m"), "store", -10040, false);
            Check(new PandaRejectedException("m"), "rejected", -10050, false);
            Check(new PandaInternalException("m"), "internal", -10099, false);
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

        private static void Check(PandaException error, string kind, int code, bool retryable)
        {
            Assert.That(error.Message, Is.EqualTo("m"));
            Assert.That(error.Kind, Is.EqualTo(kind));
            Assert.That(error.Code, Is.EqualTo(code));
            Assert.That(error.Retryable, Is.EqualTo(retryable));
        }
    }
}
