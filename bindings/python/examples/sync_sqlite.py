"""Keeps a table of an SQLite database equal to the platform's list of users. Run it on a schedule.

Usage: python sync_sqlite.py DATABASE

The platform's address and account are read from the environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME,
PANDA_WATER_PASSWORD.

The changes and the state that they lead to are stored in one transaction. Killed at any point and run again, this
program therefore neither loses a change nor needs to know what happened.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

from panda_water import Changes, PandaClient, PandaError

TABLES = """
CREATE TABLE IF NOT EXISTS panda_user (id INTEGER PRIMARY KEY, user_name TEXT, phone TEXT, job_number TEXT);
CREATE TABLE IF NOT EXISTS panda_sync (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), state TEXT);
INSERT OR IGNORE INTO panda_sync VALUES (1, NULL);
"""

STORE_USER = """
INSERT INTO panda_user VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET user_name = excluded.user_name, phone = excluded.phone, job_number = excluded.job_number
"""


def sync(client: PandaClient, database: sqlite3.Connection) -> Changes | None:
    """One sync. Gives what changed, or None where another process was faster: it has stored the changes."""
    database.executescript(TABLES)
    ((state,),) = database.execute("SELECT state FROM panda_sync")
    changes = client.sync(state)
    with database:  # Commits at the end, or rolls back.
        database.execute("BEGIN IMMEDIATE")
        stored = database.execute("UPDATE panda_sync SET state = ? WHERE state IS ?", (changes.state, state))
        if stored.rowcount == 0:
            return None
        if state is None:  # Everybody comes anew.
            database.execute("DELETE FROM panda_user")
        users = [*changes.added, *changes.updated]
        database.executemany(STORE_USER, [(user.id, user.user_name, user.phone, user.job_number) for user in users])
        # An application with accounts of its own would lock them here rather than delete them.
        database.executemany("DELETE FROM panda_user WHERE id = ?", [(number,) for number in changes.removed])
    return changes


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        # isolation_level=None: transactions begin and end where this program says.
        with PandaClient.from_env() as client, closing(sqlite3.connect(sys.argv[1], isolation_level=None)) as database:
            changes = sync(client, database)
    except PandaError as error:
        print(f"Nothing has changed: {error}", file=sys.stderr)
        return 1
    if changes is None:
        print("Another process has synced meanwhile.")
    else:
        added, updated, removed = len(changes.added), len(changes.updated), len(changes.removed)
        print(f"{changes.count} users: {added} came, {updated} changed, {removed} left.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
