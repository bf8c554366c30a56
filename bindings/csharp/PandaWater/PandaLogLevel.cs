namespace PandaWater
{
    /// <summary>How much a log line matters.</summary>
    public enum PandaLogLevel
    {
        /// <summary>Something failed.</summary>
        Error = 1,

        /// <summary>Something may need attention.</summary>
        Warning = 2,

        /// <summary>What is being done.</summary>
        Info = 3,

        /// <summary>Every step.</summary>
        Debug = 4
    }
}
