using System;
using System.Data;
using System.Linq;
using PandaWater;

/// <summary>Keeps a table of an application's database equal to the platform's list of users. Run it on a
/// schedule.</summary>
/// <remarks>The changes and the state that they lead to are stored in one transaction. Killed at any point and run
/// again, it therefore neither loses a change nor needs to know what happened.
/// <para>It works with the provider of any database. Where parameters are not marked by '@', as in SQL Server, MySQL,
/// PostgreSQL and SQLite, put the other mark in its place; Oracle's is ':'.</para></remarks>
/// <example><code>
/// using (var client = new PandaClient(PandaOptions.FromEnvironment()))
/// using (var database = new SqlConnection(connectionString))
/// {
///     database.Open();
///     SyncDatabase.Run(client, database);
/// }
/// </code></example>
public static class SyncDatabase
{
    /// <summary>The tables, to be made once. On SQL Server take NVARCHAR for VARCHAR and NVARCHAR(MAX) for TEXT, on
    /// MySQL LONGTEXT, on Oracle CLOB: the state grows by up to 22 letters a user.</summary>
    public static readonly string[] Tables =
    {
        "CREATE TABLE panda_user"
            + " (id BIGINT PRIMARY KEY, user_name VARCHAR(200), phone VARCHAR(200), job_number VARCHAR(200))",
        "CREATE TABLE panda_sync (version INT NOT NULL, state TEXT)",
        "INSERT INTO panda_sync (version, state) VALUES (0, NULL)"
    };

    /// <summary>One sync. If it throws, nothing has changed.</summary>
    /// <returns>What changed, or null where another process was faster: it has stored the changes.</returns>
    public static Changes Run(PandaClient client, IDbConnection database)
    {
        object version;
        string state;
        using (IDbCommand command = Command(database, null, "SELECT version, state FROM panda_sync"))
        using (IDataReader row = command.ExecuteReader())
        {
            row.Read();
            version = row[0];
            state = row[1] as string;
        }
        Changes changes = client.Sync(state);
        using (IDbTransaction transaction = database.BeginTransaction())   // Rolls back unless it is committed.
        {
            // Comes first: it locks the row, and others wait here.
            const string storeState = "UPDATE panda_sync SET version = version + 1, state = @p0 WHERE version = @p1";
            if (Execute(transaction, storeState, changes.State, version) == 0)
            {
                return null;
            }
            if (state == null)
            {
                Execute(transaction, "DELETE FROM panda_user");   // Everybody comes anew.
            }
            foreach (User user in changes.Added.Concat(changes.Updated))
            {
                Store(transaction, user);
            }
            foreach (long id in changes.Removed)
            {
                // An application with accounts of its own would lock them here rather than delete them.
                Execute(transaction, "DELETE FROM panda_user WHERE id = @p0", id);
            }
            transaction.Commit();
        }
        return changes;
    }

    private static void Store(IDbTransaction transaction, User user)
    {
        const string update = "UPDATE panda_user SET user_name = @p0, phone = @p1, job_number = @p2 WHERE id = @p3";
        const string insert = "INSERT INTO panda_user (user_name, phone, job_number, id) VALUES (@p0, @p1, @p2, @p3)";
        object[] values = { user.UserName, user.Phone, user.JobNumber, user.Id };
        if (Execute(transaction, update, values) == 0)
        {
            Execute(transaction, insert, values);
        }
    }

    private static int Execute(IDbTransaction transaction, string sql, params object[] values)
    {
        using (IDbCommand command = Command(transaction.Connection, transaction, sql, values))
        {
            return command.ExecuteNonQuery();
        }
    }

    // The values in the order of the text, since some providers go by position.
    private static IDbCommand Command(
        IDbConnection database, IDbTransaction transaction, string sql, params object[] values)
    {
        IDbCommand command = database.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (object value in values)
        {
            IDbDataParameter parameter = command.CreateParameter();
            parameter.ParameterName = "@p" + command.Parameters.Count;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
