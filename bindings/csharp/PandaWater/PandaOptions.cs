using System.Collections.Generic;

namespace PandaWater
{
    /// <summary>The settings of a <see cref="PandaClient"/>. What is null has the default.</summary>
    /// <remarks>A client copies them when it is made. Values are checked there too: a wrong one is a
    /// <see cref="PandaConfigException"/> that names it. An instance is not for several threads at once while it is
    /// being filled in.</remarks>
    /// <example><code>
    /// var client = new PandaClient(new PandaOptions
    /// {
    ///     BaseUrl = "http://10.0.0.8:8080/water",
    ///     Username = "xiaomi",
    ///     Password = password,
    ///     TicketParam = "user"
    /// });
    /// </code></example>
    public sealed class PandaOptions
    {
        /// <summary>The platform's address: <c>http://ip:port/projectName</c> (2024) or <c>http://ip</c> (2022),
        /// <c>http</c> or <c>https</c>. Required, unless <see cref="Host"/> is given.</summary>
        /// <remarks>Access document 2024, section 一 名词说明.</remarks>
        public string BaseUrl { get; set; }

        /// <summary>The platform's host, instead of <see cref="BaseUrl"/>.</summary>
        /// <remarks>Access document 2024, section 一 名词说明.</remarks>
        public string Host { get; set; }

        /// <summary>The platform's port, 1 to 65535, with <see cref="Host"/>.</summary>
        public int? Port { get; set; }

        /// <summary>The platform's project name (<c>projectName</c>), with <see cref="Host"/>.</summary>
        /// <remarks>Access document 2024, section 一 名词说明.</remarks>
        public string ProjectName { get; set; }

        /// <summary>The user name for <c>GenerateToken</c>. Without it no token is fetched or sent (2022).</summary>
        /// <remarks>Access document 2024, section 二 身份验证说明.</remarks>
        public string Username { get; set; }

        /// <summary>The password for <c>GenerateToken</c>; both or none.</summary>
        /// <remarks>Access document 2024, section 二 身份验证说明.</remarks>
        public string Password { get; set; }

        /// <summary>Milliseconds for one attempt as a whole, 1 to 600000; default 10000. No attempt takes more than half of
        /// what is left of the call while others may follow.</summary>
        public int? TimeoutMs { get; set; }

        /// <summary>Milliseconds for connecting, 1 to 600000; default 3000. A kept connection on which no answer begins for
        /// as long is replaced.</summary>
        public int? ConnectTimeoutMs { get; set; }

        /// <summary>Milliseconds for a call with all its attempts and a token fetch, 1 to 3600000; default 30000. In a
        /// listing it holds for each page.</summary>
        public int? DeadlineMs { get; set; }

        /// <summary>Further attempts, for as long as the call's time lasts, 0 to 100; default 10.</summary>
        public int? Retries { get; set; }

        /// <summary>Milliseconds for which a refused login is not tried again, so that a wrong password does not lock
        /// the account, 0 to 600000; default 30000.</summary>
        public int? LoginCooldownMs { get; set; }

        /// <summary>The name of the ticket's parameter in sign-in URLs; default <c>ticket</c>.</summary>
        /// <remarks>Access document 2024, section 三 step 3; 2022, step 3.</remarks>
        public string TicketParam { get; set; }

        /// <summary>The offset of times that name none; default <c>+08:00</c>.</summary>
        public string TimeZone { get; set; }

        /// <summary>Where the token is shared: <c>memory</c> (the default), <c>file:path</c> (processes of one
        /// machine), or Redis (nodes of a cluster): <c>redis://…</c>, <c>rediss://…</c>, <c>redis+unix:///path</c> or
        /// <c>redis+sentinel://host1,host2/master</c>, in the forms that the C header lists.</summary>
        public string TokenStore { get; set; }

        /// <summary>The URL of a proxy. The environment's proxy variables are not read.</summary>
        public string Proxy { get; set; }

        /// <summary>The path of a file of certificates (PEM, DER or PKCS#7) to trust besides the system's and the
        /// built-in ones.</summary>
        public string CaFile { get; set; }

        /// <summary>The path of a PEM file with the client's own certificate, for servers that ask for it; both or
        /// none of this and <see cref="ClientKeyFile"/>.</summary>
        public string ClientCertFile { get; set; }

        /// <summary>The path of a PEM file with the key of <see cref="ClientCertFile"/>, not encrypted; it is never
        /// shown.</summary>
        public string ClientKeyFile { get; set; }

        /// <summary>The <c>User-Agent</c> header; default <c>panda-water/version</c>.</summary>
        public string UserAgent { get; set; }

        /// <summary>Further headers of every request. <c>panda-token</c>, <c>host</c> and framing headers are
        /// refused.</summary>
        public IDictionary<string, string> Headers { get; set; }

        /// <summary>A longer answer is refused, 1024 to 1073741824 bytes; default 16777216.</summary>
        public long? MaxResponseBytes { get; set; }

        /// <summary>The path of the native library's file. Default: the file that the environment's
        /// <c>PANDA_WATER_LIBRARY</c> names, the package's copy, or the one on the system's search path.</summary>
        public string Library { get; set; }

        /// <summary>Reads the settings that the environment holds.</summary>
        /// <remarks>Every property has a variable: <c>PANDA_WATER_BASE_URL</c>, <c>PANDA_WATER_USERNAME</c>,
        /// <c>PANDA_WATER_PASSWORD</c>, <c>PANDA_WATER_TIMEOUT_MS</c>… <c>PANDA_WATER_HEADERS</c> is a JSON object. An
        /// empty variable counts as not set.</remarks>
        /// <param name="prefix">What the variables' names begin with. Every variable that begins so has to be a
        /// setting, so that a typing mistake does not go unnoticed.</param>
        /// <returns>The settings, which can be changed further.</returns>
        /// <exception cref="PandaConfigException">A variable cannot be read or is no setting; the message names it, and
        /// never shows its text.</exception>
        /// <example><code>
        /// var client = new PandaClient(PandaOptions.FromEnvironment());
        /// </code></example>
        public static PandaOptions FromEnvironment(string prefix = "PANDA_WATER_")
        {
            return new EnvironmentSettings(prefix).Read();
        }
    }
}
