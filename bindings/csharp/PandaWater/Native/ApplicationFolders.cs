using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PandaWater.Native
{
    /// <summary>The folders in which an application may hold the package's native files.</summary>
    internal static class ApplicationFolders
    {
        /// <summary>The folders that hold the application and its assemblies.</summary>
        internal static IEnumerable<string> OfTheApplication()
        {
            return Normalised(Unchecked());
        }

        /// <summary>Where .NET has the native files of packages that were not copied beside the application.</summary>
        internal static IEnumerable<string> OfTheHost()
        {
            var folders = AppDomain.CurrentDomain.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string;
            return Normalised(Listed(folders, Path.PathSeparator));
        }

        private static IEnumerable<string> Unchecked()
        {
            var application = AppDomain.CurrentDomain.BaseDirectory;
            // The real bin folder of a web application. Its assemblies run from shadow copies elsewhere, which the
            // native files are not copied to.
            foreach (var folder in Listed(AppDomain.CurrentDomain.RelativeSearchPath, ';'))
            {
                yield return Path.Combine(application, folder);
            }
            yield return application;
            yield return Path.GetDirectoryName(typeof(ApplicationFolders).Assembly.Location);
        }

        private static IEnumerable<string> Listed(string folders, char separator)
        {
            return (folders ?? "").Split(new[] { separator }, StringSplitOptions.RemoveEmptyEntries);
        }

        private static IEnumerable<string> Normalised(IEnumerable<string> folders)
        {
            return folders
                .Where(folder => !string.IsNullOrEmpty(folder))
                .Select(folder => Path.GetFullPath(folder))
                .Select(folder => folder.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
                .Distinct();
        }
    }
}
