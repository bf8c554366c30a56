using System;
using System.Collections.Generic;
using System.Data;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Mono.Data.Sqlite;
using PandaWater.Tests;

namespace PandaWater.ExampleTests
{
    /// <summary>Runs the synchronisation example with SQLite, against the simulator.</summary>
    internal static class SyncDatabaseTests
    {
        // Each lets the transaction fail at another place: after it has stored the state, a new user, a changed one
        // and the absence of one, and at its commit, where the reference to nobody is found.
        private static readonly string[] Failures =
        {
            "AFTER UPDATE ON panda_sync BEGIN SELECT RAISE(ABORT, 'injected'); END",
            "AFTER INSERT ON panda_user BEGIN SELECT RAISE(ABORT, 'injected'); END",
            "AFTER UPDATE ON panda_user BEGIN SELECT RAISE(ABORT, 'injected'); END",
            "AFTER DELETE ON panda_user BEGIN SELECT RAISE(ABORT, 'injected'); END",
            "AFTER DELETE ON panda_user BEGIN INSERT INTO reference VALUES (-1); END"
        };

        private static int Main(string[] arguments)
        {
            using (var client = new PandaClient(Simulator.Running.Account))
            using (var database = Open(arguments[0]))
            using (var other = Open(arguments[0]))
            {
                foreach (var statement in SyncDatabase.Tables)
                {
                    Execute(database, statement);
                }
                Execute(database, "CREATE TABLE reference"
                    + " (id BIGINT REFERENCES panda_user (id) DEFERRABLE INITIALLY DEFERRED)");

                Check(SyncDatabase.Run(client, database).Added.Count == 3661, "the first sync fills the table");
                CheckEqual(client, other);
                EveryChange(client, database, other);
                foreach (var failure in Failures)
                {
                    RolledBack(client, database, other, failure);
                }
                TwoAtOnce(client, database, other);
                LostState(client, database, other);
            }
            Console.WriteLine("the synchronisation example works with SQLite (Mono)");
            return 0;
        }

        private static void EveryChange(PandaClient client, IDbConnection database, IDbConnection other)
        {
            ChangeUsers(client);
            var changes = SyncDatabase.Run(client, database);
            Check(
                changes.Added.Count == 2 && changes.Updated.Count == 3 && changes.Removed.Count == 1,
                "two came, three changed, one left");
            CheckEqual(client, other);
        }

        private static void RolledBack(
            PandaClient client, IDbConnection database, IDbConnection other, string failure)
        {
            ChangeUsers(client);
            var before = Stored(other);
            var stateBefore = State(other);
            Execute(database, "CREATE TRIGGER failure " + failure);
            var thrown = false;
            try
            {
                SyncDatabase.Run(client, database);
            }
            catch (SqliteException)
            {
                thrown = true;
            }
            Check(thrown, failure);
            foreach (var connection in new[] { database, other })
            {
                Check(Stored(connection).SequenceEqual(before), "the old table after " + failure);
                Check(State(connection) == stateBefore, "the old state after " + failure);
            }
            Execute(database, "DROP TRIGGER failure");
            SyncDatabase.Run(client, database);
            CheckEqual(client, other);
        }

        // The slower one finds that the faster one has stored what it would have stored.
        private static void TwoAtOnce(PandaClient client, IDbConnection database, IDbConnection other)
        {
            ChangeUsers(client);
            Simulator.Running.Reset();
            Simulator.Running.Fail("{\"endpoint\":\"GetUsers\",\"times\":1,\"fault\":{\"latency\":{\"ms\":2000}}}");
            var slow = Task.Run(() => SyncDatabase.Run(client, other));
            SpinWait.SpinUntil(() => Simulator.Running.Requests("GetUsers") > 0, 10000);
            var fast = SyncDatabase.Run(client, database);
            Check((slow.Result == null) != (fast == null), "one of two stores the changes");
            CheckEqual(client, other);
        }

        private static void LostState(PandaClient client, IDbConnection database, IDbConnection other)
        {
            Execute(database, "UPDATE panda_sync SET state = NULL");
            ChangeUsers(client);
            SyncDatabase.Run(client, database);
            CheckEqual(client, other);
        }

        // Two come, one without a name; three change, one of them loses the phone number; one leaves.
        private static void ChangeUsers(PandaClient client)
        {
            var ids = client.Users().Where(user => user.Phone != null).Select(user => user.Id).Take(4).ToList();
            var text = Guid.NewGuid();
            Simulator.Running.AddUser("{\"userName\":\"新用户\",\"phone\":\"13900000000\",\"jobNumber\":\"N1\"}");
            Simulator.Running.AddUser("{\"userName\":\"\"}");
            Simulator.Running.ChangeUser(ids[0], "{\"userName\":\"O'Neil; 改名" + text + "\"}");
            Simulator.Running.ChangeUser(ids[1], "{\"jobNumber\":\"" + text + "\"}");
            Simulator.Running.ChangeUser(ids[2], "{\"phone\":null}");
            Simulator.Running.RemoveUser(ids[3]);
        }

        private static void CheckEqual(PandaClient client, IDbConnection database)
        {
            var listed = client.Users()
                .OrderBy(user => user.Id)
                .Select(user => Row(user.Id, user.UserName, user.Phone, user.JobNumber));
            Check(Stored(database).SequenceEqual(listed), "the table equals the platform's list");
        }

        private static List<string> Stored(IDbConnection database)
        {
            var rows = new List<string>();
            using (var command = database.CreateCommand())
            {
                command.CommandText = "SELECT id, user_name, phone, job_number FROM panda_user ORDER BY id";
                using (var row = command.ExecuteReader())
                {
                    while (row.Read())
                    {
                        rows.Add(Row((long)row[0], row[1] as string, row[2] as string, row[3] as string));
                    }
                }
            }
            return rows;
        }

        private static string Row(long id, params string[] texts)
        {
            return id + "|" + string.Join("|", texts.Select(text => text ?? "(null)"));
        }

        private static string State(IDbConnection database)
        {
            using (var command = database.CreateCommand())
            {
                command.CommandText = "SELECT version || ' ' || state FROM panda_sync";
                return (string)command.ExecuteScalar();
            }
        }

        private static IDbConnection Open(string file)
        {
            var database = new SqliteConnection("Data Source=" + file);
            database.Open();
            Execute(database, "PRAGMA foreign_keys = ON");
            return database;
        }

        private static void Execute(IDbConnection database, string sql)
        {
            using (var command = database.CreateCommand())
            {
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }
        }

        private static void Check(bool holds, string what)
        {
            if (!holds)
            {
                throw new InvalidOperationException("expected: " + what);
            }
        }
    }
}
