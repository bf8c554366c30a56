using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using NUnit.Framework;

namespace PandaWater.Tests.Runner
{
    /// <summary>Runs the tests on .NET where there is neither an SDK nor a console of NUnit for it. It knows the
    /// attributes that these tests use, and no others.</summary>
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            var counts = new Dictionary<Outcome, int>();
            foreach (Outcome outcome in Enum.GetValues(typeof(Outcome)))
            {
                counts[outcome] = 0;
            }
            foreach (var test in Assembly.LoadFrom(arguments[0]).GetTypes().SelectMany(TestCase.In))
            {
                counts[test.Run()]++;
            }
            Console.WriteLine(
                "{0} passed, {1} failed, {2} skipped",
                counts[Outcome.Passed], counts[Outcome.Failed], counts[Outcome.Skipped]);
            return counts[Outcome.Failed] == 0 && counts[Outcome.Passed] > 0 ? 0 : 1;
        }
    }

    internal enum Outcome
    {
        Passed,
        Failed,
        Skipped
    }

    internal sealed class TestCase
    {
        private readonly Type fixture;
        private readonly MethodInfo method;
        private readonly object[] arguments;

        private TestCase(Type fixture, MethodInfo method, object[] arguments)
        {
            this.fixture = fixture;
            this.method = method;
            this.arguments = arguments;
        }

        internal static IEnumerable<TestCase> In(Type fixture)
        {
            return Has<TestFixtureAttribute>(fixture)
                ? fixture.GetMethods().SelectMany(method => Of(fixture, method))
                : Enumerable.Empty<TestCase>();
        }

        internal Outcome Run()
        {
            var instance = Activator.CreateInstance(fixture);
            var failures = new List<Exception>();
            if (Try(failures, () => InvokeAll<SetUpAttribute>(instance, BaseFirst(fixture))))
            {
                Try(failures, () => Invoke(instance, method, arguments));
            }
            Try(failures, () => InvokeAll<TearDownAttribute>(instance, BaseFirst(fixture).Reverse()));
            var outcome = failures.Count == 0 ? Outcome.Passed
                : failures.All(failure => failure is IgnoreException) ? Outcome.Skipped
                : Outcome.Failed;
            if (outcome == Outcome.Failed)
            {
                Console.WriteLine("{0}.{1}({2})", fixture.Name, method.Name, string.Join(", ", arguments));
                failures.ForEach(Console.WriteLine);
            }
            return outcome;
        }

        private static IEnumerable<TestCase> Of(Type fixture, MethodInfo method)
        {
            if (Has<TestAttribute>(method))
            {
                yield return new TestCase(fixture, method, new object[0]);
            }
            foreach (TestCaseAttribute row in method.GetCustomAttributes(typeof(TestCaseAttribute), false))
            {
                yield return new TestCase(fixture, method, row.Arguments);
            }
        }

        private static bool Try(ICollection<Exception> failures, Action step)
        {
            try
            {
                step();
                return true;
            }
            catch (TargetInvocationException wrapped)
            {
                failures.Add(wrapped.InnerException);
                return false;
            }
            catch (Exception failure)
            {
                failures.Add(failure);
                return false;
            }
        }

        private static void InvokeAll<TAttribute>(object instance, IEnumerable<Type> types)
        {
            const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
            foreach (var step in types.SelectMany(type => type.GetMethods(Declared)).Where(Has<TAttribute>))
            {
                Invoke(instance, step, new object[0]);
            }
        }

        private static void Invoke(object instance, MethodInfo step, object[] arguments)
        {
            var task = step.Invoke(instance, arguments) as Task;
            if (task != null)
            {
                task.GetAwaiter().GetResult();
            }
        }

        private static IEnumerable<Type> BaseFirst(Type type)
        {
            return type == null ? Enumerable.Empty<Type>() : BaseFirst(type.BaseType).Concat(new[] { type });
        }

        private static bool Has<TAttribute>(ICustomAttributeProvider member)
        {
            return member.IsDefined(typeof(TAttribute), false);
        }
    }
}
