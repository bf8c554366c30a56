//! Handles: numbers that are never used twice, each for a client or a cursor.
//!
//! The lock is held for a look-up only, never across I/O or a callback, and with signals blocked: a
//! handler of the host's that forks must not find it held by its own thread. Around a `fork()` it is
//! held by the forking thread, so that the child finds the table whole.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cursor::Cursor;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::system::with_signals_blocked;
use crate::users::listing::Users;

static TABLE: Mutex<Table> = Mutex::new(Table {
    last: 0,
    clients: BTreeMap::new(),
    cursors: BTreeMap::new(),
    is_inherited: false,
});

/// What is open in this process.
pub(super) struct Table {
    last: i32,
    clients: BTreeMap<i32, Client>,
    cursors: BTreeMap<i32, Arc<Cursor>>,
    /// A fork brought the table here, and nobody looked into it since.
    is_inherited: bool,
}

impl Table {
    fn next_handle(&mut self) -> Result<i32> {
        self.last = self.last.checked_add(1).ok_or_else(|| {
            Error::new(
                Kind::Handle,
                "the process has used up its 2147483647 handles",
            )
        })?;
        Ok(self.last)
    }

    pub(super) fn mark_inherited(&mut self) {
        self.is_inherited = true;
    }

    /// Makes the parent's clients the child's own. What they hold, connections and locks among it,
    /// still belongs to the parent's threads: it is left alone, not dropped.
    fn adopt(&mut self) {
        self.is_inherited = false;
        mem::forget(mem::take(&mut self.cursors));
        for (handle, client) in mem::take(&mut self.clients) {
            if let Ok(own) = client.after_fork() {
                self.clients.insert(handle, own);
            }
            mem::forget(client);
        }
    }
}

/// The table as it is, with signals blocked.
pub(super) fn lock() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_table<R>(work: impl FnOnce(&mut Table) -> R) -> R {
    with_signals_blocked(|| {
        let mut table = lock();
        if table.is_inherited {
            table.adopt();
        }
        work(&mut table)
    })
}

pub(super) fn open_client(client: Client) -> Result<i32> {
    with_table(|table| {
        let handle = table.next_handle()?;
        table.clients.insert(handle, client);
        Ok(handle)
    })
}

pub(super) fn open_cursor(users: Users) -> Result<i32> {
    let cursor = Arc::new(Cursor::new(users));
    with_table(|table| {
        let handle = table.next_handle()?;
        table.cursors.insert(handle, cursor);
        Ok(handle)
    })
}

pub(super) fn client(handle: i32) -> Result<Client> {
    let client = with_table(|table| table.clients.get(&handle).cloned());
    client.ok_or_else(|| not_open(handle, "client"))
}

pub(super) fn cursor(handle: i32) -> Result<Arc<Cursor>> {
    let cursor = with_table(|table| table.cursors.get(&handle).cloned());
    cursor.ok_or_else(|| not_open(handle, "users cursor"))
}

/// Whether it was open. What it held is dropped after the lock is given back.
pub(super) fn close_client(handle: i32) -> bool {
    let client = with_table(|table| table.clients.remove(&handle));
    client.is_some()
}

/// Whether it was open.
pub(super) fn close_cursor(handle: i32) -> bool {
    let cursor = with_table(|table| table.cursors.remove(&handle));
    cursor.is_some()
}

/// How many clients and cursors are open.
pub(super) fn counts() -> (usize, usize) {
    with_table(|table| (table.clients.len(), table.cursors.len()))
}

fn not_open(handle: i32, what: &str) -> Error {
    Error::new(
        Kind::Handle,
        format!("{handle} is not an open {what} handle"),
    )
}
