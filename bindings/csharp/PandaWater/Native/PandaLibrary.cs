using System;
using System.Runtime.InteropServices;
using System.Threading;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace PandaWater.Native
{
    /// <summary>A loaded native library: its functions, and how its texts are taken over.</summary>
    internal sealed class PandaLibrary
    {
        /// <summary>The version of the library's interface that this assembly speaks.</summary>
        private const uint SupportedAbiVersion = 1;

        private readonly FreeFunction stringFree;
        private readonly TextFunction version;
        private readonly OpenFunction clientOpen;
        private readonly CloseFunction clientClose;
        private readonly TextOfHandleFunction getToken;
        private readonly TextOfHandleAndTextFunction getUsers;
        private readonly OpenOfHandleFunction usersOpen;
        private readonly TextOfHandleFunction usersNext;
        private readonly CloseFunction usersClose;
        private readonly TextOfHandleAndTextFunction getUserByTicket;
        private readonly TextOfTextsFunction ticketFromUrl;
        private readonly TextOfHandleAndTextFunction syncUsers;
        private readonly TextOfTextFunction linkUsers;
        private readonly CountOfHandleFunction clientTrim;
        private readonly TextOfHandleFunction clientStats;
        private readonly TextFunction processStats;
        private readonly SetLogFunction setLog;
        private readonly SetCheckFunction setCheck;

        /// <summary>Loads the file, which then stays mapped as long as the process runs.</summary>
        /// <exception cref="LoadFailure">The file cannot be loaded or lacks a function.</exception>
        /// <exception cref="AbiMismatch">It speaks another version of the interface.</exception>
        internal PandaLibrary(string path)
        {
            var module = SystemLoader.Current.Load(path);
            var abiVersion = Bind<AbiVersionFunction>(module, "panda_abi_version")();
            if (abiVersion != SupportedAbiVersion)
            {
                throw new AbiMismatch(abiVersion, SupportedAbiVersion);
            }
            stringFree = Bind<FreeFunction>(module, "panda_string_free");
            version = Bind<TextFunction>(module, "panda_version");
            clientOpen = Bind<OpenFunction>(module, "panda_client_open");
            clientClose = Bind<CloseFunction>(module, "panda_client_close");
            getToken = Bind<TextOfHandleFunction>(module, "panda_get_token");
            getUsers = Bind<TextOfHandleAndTextFunction>(module, "panda_get_users");
            usersOpen = Bind<OpenOfHandleFunction>(module, "panda_users_open");
            usersNext = Bind<TextOfHandleFunction>(module, "panda_users_next");
            usersClose = Bind<CloseFunction>(module, "panda_users_close");
            getUserByTicket = Bind<TextOfHandleAndTextFunction>(module, "panda_get_user_by_ticket");
            ticketFromUrl = Bind<TextOfTextsFunction>(module, "panda_ticket_from_url");
            syncUsers = Bind<TextOfHandleAndTextFunction>(module, "panda_sync_users");
            linkUsers = Bind<TextOfTextFunction>(module, "panda_link_users");
            clientTrim = Bind<CountOfHandleFunction>(module, "panda_client_trim");
            clientStats = Bind<TextOfHandleFunction>(module, "panda_client_stats");
            processStats = Bind<TextFunction>(module, "panda_process_stats");
            setLog = Bind<SetLogFunction>(module, "panda_set_log");
            setCheck = Bind<SetCheckFunction>(module, "panda_client_set_check");
        }

        internal string Version()
        {
            return Utf8Text.FromNative(version());
        }

        internal NativeHandle OpenClient(string configuration)
        {
            var handle = clientOpen(Utf8Text.ToNative("options", configuration), out var error);
            return Opened(handle, error, clientClose);
        }

        internal NativeHandle OpenUsers(NativeHandle client, string query)
        {
            var handle = usersOpen(client.Value, Utf8Text.ToNative("query", query), out var error);
            GC.KeepAlive(client);
            return Opened(handle, error, usersClose);
        }

        internal Token GetToken(NativeHandle client)
        {
            return Ask(getToken, client, Token.FromJson);
        }

        internal UserPage GetUsers(NativeHandle client, string query)
        {
            return Ask(getUsers, client, Utf8Text.ToNative("query", query), UserPage.FromJson);
        }

        internal UserStep NextUsers(NativeHandle users)
        {
            return Ask(usersNext, users, UserStep.FromJson);
        }

        internal User GetUserByTicket(NativeHandle client, string ticket)
        {
            return Ask(getUserByTicket, client, Utf8Text.ToNative("ticket", ticket), User.FromJson);
        }

        internal TicketUrl TicketFromUrl(string url, string param)
        {
            return Take(
                ticketFromUrl(Utf8Text.ToNative("url", url), Utf8Text.ToNative("param", param)), TicketUrl.FromJson);
        }

        internal Changes SyncUsers(NativeHandle client, string options)
        {
            return Ask(syncUsers, client, Utf8Text.ToNative("options", options), Changes.FromJson);
        }

        internal JToken LinkUsers(string request)
        {
            return Take(linkUsers(Utf8Text.ToNative("request", request)), JToken.ReadFrom);
        }

        internal int TrimClient(NativeHandle client)
        {
            var closed = clientTrim(client.Value);
            GC.KeepAlive(client);
            return closed;
        }

        internal JToken ClientStats(NativeHandle client)
        {
            return Ask(clientStats, client, JToken.ReadFrom);
        }

        internal ProcessStats ProcessStats()
        {
            return Take(processStats(), PandaWater.ProcessStats.FromJson);
        }

        /// <summary>Has the client's calls look at their tokens, if this one's can be cancelled. Not before: a client
        /// whose calls cannot be cancelled runs no managed code while it waits.</summary>
        internal void LetCancel(NativeHandle client, CancellationToken token)
        {
            if (token.CanBeCanceled && client.BecomesCancellable())
            {
                setCheck(client.Value, Cancellation.Check, IntPtr.Zero);
                GC.KeepAlive(client);
            }
        }

        /// <summary>The caller keeps the callback alive until another was set.</summary>
        internal void SetLog(LogCallback callback, int level)
        {
            setLog(callback, level, IntPtr.Zero);
        }

        private NativeHandle Opened(int handle, IntPtr error, CloseFunction close)
        {
            if (handle == 0)
            {
                Take(error, JToken.ReadFrom);
            }
            return new NativeHandle(handle, close);
        }

        // A handle is kept alive during the call: its finaliser would close what the call is about to look up.
        private T Ask<T>(TextOfHandleFunction function, NativeHandle handle, Func<JsonReader, T> read)
        {
            var reply = function(handle.Value);
            GC.KeepAlive(handle);
            return Take(reply, read);
        }

        private T Ask<T>(
            TextOfHandleAndTextFunction function, NativeHandle handle, byte[] text, Func<JsonReader, T> read)
        {
            var reply = function(handle.Value, text);
            GC.KeepAlive(handle);
            return Take(reply, read);
        }

        private T Take<T>(IntPtr reply, Func<JsonReader, T> read)
        {
            string text;
            try
            {
                text = Utf8Text.FromNative(reply);
            }
            finally
            {
                stringFree(reply);
            }
            return Envelope.Open(text, read);
        }

        private static TDelegate Bind<TDelegate>(IntPtr module, string name)
            where TDelegate : class
        {
            var function = SystemLoader.Current.Find(module, name);
            // The generic overload is not there on .NET Framework 4.5.
            return (TDelegate)(object)Marshal.GetDelegateForFunctionPointer(function, typeof(TDelegate));
        }
    }
}
