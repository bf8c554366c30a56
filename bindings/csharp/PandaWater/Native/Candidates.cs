using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PandaWater.Native
{
    /// <summary>Where the native library is looked for, in the order that all of panda-water's wrappers
    /// share.</summary>
    internal static class Candidates
    {
        /// <summary>The environment variable that names the library's file.</summary>
        internal const string Variable = "PANDA_WATER_LIBRARY";

        internal static IEnumerable<Candidate> InOrder(string inCode, string inEnvironment)
        {
            return All(inCode, inEnvironment)
                .GroupBy(candidate => candidate.Path)
                .Select(samePath => samePath.First());
        }

        private static IEnumerable<Candidate> All(string inCode, string inEnvironment)
        {
            if (!string.IsNullOrEmpty(inCode))
            {
                yield return new Candidate(Path.GetFullPath(inCode), "the path given in code", true);
            }
            if (!string.IsNullOrEmpty(inEnvironment))
            {
                yield return new Candidate(Path.GetFullPath(inEnvironment), Variable, true);
            }
            foreach (var path in PackageCopies())
            {
                yield return new Candidate(path, "the package's copy", false);
            }
            foreach (var path in SystemPaths())
            {
                yield return new Candidate(path, "the system's search path", false);
            }
        }

        private static IEnumerable<string> PackageCopies()
        {
            return ApplicationFolders.OfTheApplication()
                .SelectMany(CopiesIn)
                .Concat(ApplicationFolders.OfTheHost().Select(folder => Path.Combine(folder, LibraryFile.Versioned)));
        }

        private static IEnumerable<string> CopiesIn(string folder)
        {
            yield return Path.Combine(folder, LibraryFile.BitnessFolder, LibraryFile.Versioned);
            foreach (var runtime in LibraryFile.RuntimeIdentifiers)
            {
                yield return Path.Combine(folder, "runtimes", runtime, "native", LibraryFile.Versioned);
            }
            yield return Path.Combine(folder, LibraryFile.Versioned);
            yield return Path.Combine(folder, LibraryFile.Plain);
        }

        // Windows would take a bare name from the current directory too, where anybody may have put a file.
        private static IEnumerable<string> SystemPaths()
        {
            return LibraryFile.SearchesPathItself
                ? LibraryFile.OnSystem
                : (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(Path.PathSeparator)
                    .Select(folder => folder.Trim('"', ' '))
                    .Where(IsFullPath)
                    .Select(folder => Path.Combine(folder, LibraryFile.Plain));
        }

        private static bool IsFullPath(string folder)
        {
            return folder.IndexOfAny(Path.GetInvalidPathChars()) < 0 && Path.IsPathRooted(folder);
        }
    }
}
