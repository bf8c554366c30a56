using System;
using System.IO;
using System.Linq;

namespace PandaWater.Tests
{
    /// <summary>The project that these tests were built in.</summary>
    internal static class Project
    {
        /// <summary>The native library beside the tests, as the package brings it.</summary>
        internal static string NativeLibrary()
        {
            return Directory
                .GetFiles(AppDomain.CurrentDomain.BaseDirectory, "*panda_water-*.*", SearchOption.AllDirectories)
                .First();
        }

        /// <summary>The full path of one of its files.</summary>
        internal static string Find(string relative)
        {
            var folder = new DirectoryInfo(AppDomain.CurrentDomain.BaseDirectory);
            while (folder != null)
            {
                var file = Path.Combine(folder.FullName, relative);
                if (File.Exists(file))
                {
                    return file;
                }
                folder = folder.Parent;
            }
            throw new FileNotFoundException(relative + " is in no folder above the tests; see README.md");
        }
    }
}
