using System;
using System.Threading.Tasks;
using NUnit.Framework;

namespace PandaWater.Tests
{
    /// <summary>Exceptions as values, in a way that all versions of NUnit share.</summary>
    internal static class Thrown
    {
        /// <summary>The exception of exactly this type that the action throws.</summary>
        internal static TException By<TException>(Action action)
            where TException : Exception
        {
            Exception thrown = null;
            try
            {
                action();
            }
            catch (Exception exception)
            {
                thrown = exception;
            }
            Assert.That(thrown, Is.TypeOf<TException>());
            return (TException)thrown;
        }

        /// <summary>The exception of exactly this type that the task ends with.</summary>
        internal static TException By<TException>(Task task)
            where TException : Exception
        {
            return By<TException>(() => task.GetAwaiter().GetResult());
        }
    }
}
