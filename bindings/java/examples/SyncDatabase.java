import io.github.pandawater.Changes;
import io.github.pandawater.PandaClient;
import io.github.pandawater.User;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Keeps a table of an application's database equal to the platform's list of users. Run it on a schedule.
 *
 * <p>The changes and the state that they lead to are stored in one transaction. Killed at any point and run again, it
 * therefore neither loses a change nor needs to know what happened.
 *
 * <pre>{@code
 * try (PandaClient client = PandaClient.fromEnv();
 *         Connection database = dataSource.getConnection()) {
 *     SyncDatabase.run(client, database);
 * }
 * }</pre>
 */
public final class SyncDatabase {
    /**
     * Makes the tables, once. SQL Server takes NVARCHAR for VARCHAR and NVARCHAR(MAX) for TEXT, MySQL LONGTEXT, Oracle
     * CLOB: the state grows by up to 22 letters a user.
     */
    public static final String[] TABLES = {
        "CREATE TABLE panda_user"
                + " (id BIGINT PRIMARY KEY, user_name VARCHAR(200), phone VARCHAR(200), job_number VARCHAR(200))",
        "CREATE TABLE panda_sync (version INT NOT NULL, state TEXT)",
        "INSERT INTO panda_sync (version, state) VALUES (0, NULL)"
    };

    private SyncDatabase() {}

    /**
     * One sync, on a connection that commits by itself, as new ones do. If it throws, nothing has changed.
     *
     * @return what changed, or null where another process was faster: it has stored the changes
     */
    public static Changes run(PandaClient client, Connection database) throws SQLException {
        int version;
        String state;
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("SELECT version, state FROM panda_sync")) {
            row.next();
            version = row.getInt(1);
            state = row.getString(2);
        }
        Changes changes = client.sync(state);
        database.setAutoCommit(false);
        try {
            // Comes first: it locks the row, and others wait here.
            if (!storeState(database, changes.state(), version)) {
                return null;
            }
            if (state == null) {
                try (Statement statement = database.createStatement()) {
                    statement.executeUpdate("DELETE FROM panda_user"); // Everybody comes anew.
                }
            }
            store(database, changes.added());
            store(database, changes.updated());
            remove(database, changes.removed());
            database.commit();
            return changes;
        } finally {
            // Undoes what is not committed. Without it, the next line would commit the half of it.
            database.rollback();
            database.setAutoCommit(true);
        }
    }

    private static boolean storeState(Connection database, String state, int version) throws SQLException {
        String sql = "UPDATE panda_sync SET version = version + 1, state = ? WHERE version = ?";
        try (PreparedStatement update = database.prepareStatement(sql)) {
            update.setString(1, state);
            update.setInt(2, version);
            return update.executeUpdate() > 0;
        }
    }

    private static void store(Connection database, List<User> users) throws SQLException {
        String updateSql = "UPDATE panda_user SET user_name = ?, phone = ?, job_number = ? WHERE id = ?";
        String insertSql = "INSERT INTO panda_user (user_name, phone, job_number, id) VALUES (?, ?, ?, ?)";
        try (PreparedStatement update = database.prepareStatement(updateSql);
                PreparedStatement insert = database.prepareStatement(insertSql)) {
            for (User user : users) {
                if (execute(update, user) == 0) {
                    execute(insert, user);
                }
            }
        }
    }

    private static int execute(PreparedStatement statement, User user) throws SQLException {
        statement.setString(1, user.userName());
        statement.setString(2, user.phone());
        statement.setString(3, user.jobNumber());
        statement.setLong(4, user.id());
        return statement.executeUpdate();
    }

    private static void remove(Connection database, List<Long> ids) throws SQLException {
        try (PreparedStatement delete = database.prepareStatement("DELETE FROM panda_user WHERE id = ?")) {
            for (long id : ids) {
                // An application with accounts of its own would lock them here rather than delete them.
                delete.setLong(1, id);
                delete.executeUpdate();
            }
        }
    }
}
