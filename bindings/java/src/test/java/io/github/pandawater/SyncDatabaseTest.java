package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The synchronisation example, with an embedded database. */
class SyncDatabaseTest extends PlatformTest {
    private static final String ROWS = "SELECT id, user_name, phone, job_number FROM panda_user ORDER BY id";
    private static final String STATE = "SELECT version, state FROM panda_sync";

    /** A platform of each test's own, whose users it may change. */
    private Simulator platform;

    private PandaClient own;
    private Connection database;
    /** Sees what is committed. */
    private Connection other;

    @BeforeEach
    void begin() throws Exception {
        platform = new Simulator("--users", "40");
        own = platform.client().build();
        database = DriverManager.getConnection("jdbc:h2:mem:sync");
        other = DriverManager.getConnection("jdbc:h2:mem:sync");
        for (String statement : (String[]) Class.forName("SyncDatabase").getField("TABLES").get(null)) {
            execute(statement);
        }
        assertEquals(40, run(database).added().size());
        assertEqual();
    }

    @AfterEach
    void end() throws Exception {
        database.close();
        other.close();
        own.close();
        platform.close();
    }

    /** The example is in no package, where no import reaches it. */
    private Changes run(Connection connection) throws Exception {
        try {
            return (Changes) Class.forName("SyncDatabase")
                    .getMethod("run", PandaClient.class, Connection.class)
                    .invoke(null, own, connection);
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> stored(Connection connection, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                List<String> columns = new ArrayList<>();
                for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
                    columns.add(row.getString(column));
                }
                rows.add(columns.toString());
            }
        }
        return rows;
    }

    private void assertEqual() throws SQLException {
        try (Stream<User> users = own.usersStream()) {
            List<String> listed = users.sorted(Comparator.comparing(User::id))
                    .map(user -> "[" + user.id() + ", " + user.userName() + ", " + user.phone() + ", "
                            + user.jobNumber() + "]")
                    .collect(Collectors.toList());
            assertEquals(listed, stored(other, ROWS));
        }
    }

    /** Two come, one without a phone number; two change; one leaves. */
    private void changeUsers() {
        platform.control("POST", "/users", "{\"userName\":\"新用户\",\"phone\":\"13900000000\",\"jobNumber\":\"N1\"}");
        platform.control("POST", "/users", "{\"userName\":\"O'Neil; 再一个\"}");
        platform.change(1, "{\"userName\":\"改名\"}");
        platform.change(2, "{\"phone\":\"13900000002\"}");
        platform.control("DELETE", "/users/7", null);
    }

    @Test
    void everyChange() throws Exception {
        changeUsers();
        Changes changes = run(database);
        assertEquals("Changes{count=41, added=2, updated=2, removed=1, unchanged=37}", changes.toString());
        assertEqual();
        assertTrue(database.getAutoCommit());
        assertEquals(41, run(database).unchanged());
    }

    // They let the transaction fail after it has stored the state: at a user who comes, at one who changes, and, when
    // all those are stored, at one who leaves.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CHECK (job_number IS NULL OR job_number <> 'N1')",
                "CHECK (user_name IS NULL OR user_name <> '改名')",
                "FOREIGN KEY (mentor) REFERENCES panda_user (id)"
            })
    void rollback(String constraint) throws Exception {
        execute("ALTER TABLE panda_user ADD mentor BIGINT");
        execute("UPDATE panda_user SET mentor = 7 WHERE id = 8");
        execute("ALTER TABLE panda_user ADD CONSTRAINT failure " + constraint);
        changeUsers();
        List<String> rows = stored(other, ROWS);
        List<String> state = stored(other, STATE);
        assertThrows(SQLException.class, () -> run(database));
        for (Connection connection : new Connection[] {database, other}) {
            assertEquals(rows, stored(connection, ROWS));
            assertEquals(state, stored(connection, STATE));
        }
        execute("ALTER TABLE panda_user DROP CONSTRAINT failure");
        Changes changes = run(database);
        assertEquals("Changes{count=41, added=2, updated=2, removed=1, unchanged=37}", changes.toString());
        assertEqual();
    }

    @Test
    void anotherWasFaster() throws Exception {
        changeUsers();
        platform.fail("GetUsers", "{\"latency\":{\"ms\":2000}}", 1);
        Changes[] slow = new Changes[1];
        Exception[] failure = new Exception[1];
        Thread thread = new Thread(() -> {
            try {
                slow[0] = run(other);
            } catch (Exception e) {
                failure[0] = e;
            }
        });
        long before = platform.requests("getUsers");
        thread.start();
        while (platform.requests("getUsers") == before) {
            Thread.sleep(5);
        }
        assertEquals(2, run(database).added().size());
        thread.join();
        assertNull(failure[0]);
        assertNull(slow[0]);
        assertEqual();
    }

    @Test
    void aLostState() throws Exception {
        execute("UPDATE panda_sync SET state = NULL");
        changeUsers();
        assertEquals(41, run(database).added().size());
        assertEqual();
    }
}
