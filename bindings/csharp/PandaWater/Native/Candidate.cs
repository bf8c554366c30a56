namespace PandaWater.Native
{
    /// <summary>A file that may be the native library.</summary>
    internal sealed class Candidate
    {
        internal Candidate(string path, string origin, bool isAskedFor)
        {
            Path = path;
            Origin = origin;
            IsAskedFor = isAskedFor;
        }

        internal string Path { get; }

        /// <summary>Where the path comes from, for messages.</summary>
        internal string Origin { get; }

        /// <summary>Whether somebody named this very file.</summary>
        internal bool IsAskedFor { get; }
    }
}
