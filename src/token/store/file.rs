//! A file that the processes of one machine share.
//!
//! Beside it lies a lock file, which the system unlocks when its holder dies. The file itself is
//! replaced as a whole, so that no reader sees half of it. Both are for their owner alone, and
//! neither may be a link: who reads the file has the account's token.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::record::{Seal, Sealed};
use super::{Shared, Trouble, now_ms};
use crate::system;

/// The file's content: what is shared, by the accounts' places.
type Records = BTreeMap<String, Sealed>;

/// A longer file is none of this library's.
const MOST_BYTES: u64 = 4 << 20;
/// What nobody has used for so long is left out at the next write.
const KEPT_AFTER_MS: i64 = 3_600_000;

pub(crate) struct FileStore {
    path: PathBuf,
    seal: Seal,
}

pub(crate) struct FileLock<'a> {
    store: &'a FileStore,
    file: File,
}

impl FileStore {
    pub(super) fn new(path: &Path, seal: Seal) -> Result<FileStore, Trouble> {
        if path.file_name().is_none() {
            return Err(Trouble::lasting("a path is missing after `file:`"));
        }
        Ok(FileStore {
            path: path.to_owned(),
            seal,
        })
    }

    /// Fails for a place that cannot be written to and a file that others could read.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        self.open_lock_file()?;
        self.read_all()?;
        Ok(())
    }

    pub(super) fn read(&self) -> Result<Shared, Trouble> {
        let records = self.read_all()?;
        let own = records.get(&self.seal.place);
        Ok(own.map_or_else(Shared::default, |sealed| self.seal.open(sealed)))
    }

    pub(super) fn try_lock(&self) -> Result<Option<FileLock<'_>>, Trouble> {
        let file = self.open_lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FileLock { store: self, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(unusable(&self.beside("lock"), &error.to_string()))
            }
        }
    }

    fn read_all(&self) -> Result<Records, Trouble> {
        let file = match open_private(OpenOptions::new().read(true), &self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Records::new()),
            opened => opened.map_err(|error| unusable(&self.path, &error.to_string()))?,
        };
        check_private(&file, &self.path)?;
        // Bytes: what a crash of the machine leaves need not be text.
        let mut json = Vec::new();
        (file.take(MOST_BYTES).read_to_end(&mut json))
            .map_err(|error| unusable(&self.path, &error.to_string()))?;
        // What is damaged is replaced by the next login.
        Ok(serde_json::from_slice(&json).unwrap_or_default())
    }

    fn open_lock_file(&self) -> Result<File, Trouble> {
        let path = self.beside("lock");
        let mut options = OpenOptions::new();
        let file = open_private(options.read(true).write(true).create(true), &path)
            .map_err(|error| unusable(&path, &error.to_string()))?;
        check_private(&file, &path)?;
        Ok(file)
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(extension);
        name.into()
    }
}

impl FileLock<'_> {
    pub(super) fn write(&self, shared: &Shared) -> Result<(), Trouble> {
        let seal = &self.store.seal;
        let damaged = |error: serde_json::Error| unusable(&self.store.path, &error.to_string());
        let sealed = seal.close(shared).map_err(damaged)?;
        let mut records = self.store.read_all()?;
        records.retain(|_, record| record.until.saturating_add(KEPT_AFTER_MS) > now_ms());
        records.insert(seal.place.clone(), sealed);
        let json = serde_json::to_vec(&records).map_err(damaged)?;
        let new = self.store.beside("new");
        // A holder that died may have left one.
        let _ = fs::remove_file(&new);
        let replace = || {
            let mut file = open_private(OpenOptions::new().write(true).create_new(true), &new)?;
            file.write_all(&json)?;
            file.sync_data()?;
            drop(file);
            despite_others(|| fs::rename(&new, &self.store.path))
        };
        replace().map_err(|error| {
            let _ = fs::remove_file(&new);
            unusable(&self.store.path, &error.to_string())
        })
    }
}

impl Drop for FileLock<'_> {
    fn drop(&mut self) {
        // Not left to the closing of the file: a child process may hold it open as well.
        let _ = self.file.unlock();
    }
}

fn unusable(path: &Path, problem: &str) -> Trouble {
    Trouble::lasting(format!(
        "the file {} cannot be used: {problem}",
        path.display()
    ))
}

/// Opens a file, never by way of a link; what is created is for its owner alone.
fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    system::keep_standard_descriptors()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Neither waits for the other end of a pipe.
        options
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    despite_others(|| options.open(path))
}

/// On Windows a file that another program has open may neither be opened nor replaced: one of ours
/// that reads it, or a virus scanner. That passes within moments, which are waited for.
fn despite_others<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    for _ in 0..10 {
        match attempt() {
            Err(error)
                if cfg!(windows)
                    && matches!(
                        error.raw_os_error(),
                        Some(ACCESS_DENIED | SHARING_VIOLATION)
                    ) => {}
            done => return done,
        }
        thread::sleep(Duration::from_millis(10));
    }
    attempt()
}

fn check_private(file: &File, path: &Path) -> Result<(), Trouble> {
    let metadata = file
        .metadata()
        .map_err(|error| unusable(path, &error.to_string()))?;
    if !metadata.is_file() {
        return Err(unusable(path, "it is no regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if metadata.uid() != system::user() {
            return Err(unusable(path, "it belongs to another user"));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(unusable(
                path,
                "others can read or write it; give it the mode 0600",
            ));
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::token::store::SharedToken;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("panda-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn shared(token: &str) -> Shared {
        let token = SharedToken {
            token: token.to_owned(),
            expiration_time: "null".to_owned(),
            expires_at: None,
            renew_at: now_ms() + 1_000,
            dead_at: now_ms() + 2_000,
        };
        Shared {
            token: Some(token),
            refused: None,
        }
    }

    fn open(path: &Path, account: &str) -> Result<FileStore, Trouble> {
        let store = FileStore::new(path, Seal::new("http://h/p", account, "password"))?;
        store.check()?;
        Ok(store)
    }

    #[test]
    fn what_is_written_is_read_by_account_and_private() {
        let folder = folder("written");
        let path = folder.join("token");
        let (one, other) = (open(&path, "one").unwrap(), open(&path, "other").unwrap());
        for (store, token) in [(&one, "t1"), (&other, "t2")] {
            store
                .try_lock()
                .unwrap()
                .unwrap()
                .write(&shared(token))
                .unwrap();
        }
        assert_eq!(one.read().unwrap().token.unwrap().token, "t1");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_damaged_counts_as_none_and_is_replaced() {
        let folder = folder("damaged");
        let path = folder.join("token");
        let endless = b"{\"a\":".repeat(1 << 20);
        for damaged in [&b"damaged"[..], b"", b"\xff\0\x80{", b"[1]", &endless] {
            fs::write(&path, damaged).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let store = open(&path, "one").unwrap();
            assert!(store.read().unwrap().token.is_none());
            (store.try_lock().unwrap().unwrap())
                .write(&shared("t1"))
                .unwrap();
            assert_eq!(store.read().unwrap().token.unwrap().token, "t1");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn one_holds_the_lock_at_a_time() {
        let folder = folder("lock");
        let store = open(&folder.join("token"), "a").unwrap();
        let lock = store.try_lock().unwrap();
        assert!(lock.is_some() && store.try_lock().unwrap().is_none());
        drop(lock);
        assert!(store.try_lock().unwrap().is_some());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_others_could_read_or_steer_is_refused() {
        let folder = folder("refused");
        let path = folder.join("token");
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(open(&path, "a").err().unwrap().why.contains("0600"));
        symlink(&path, folder.join("link")).unwrap();
        assert!(open(&folder.join("link"), "a").is_err());
        symlink(folder.join("elsewhere"), folder.join("x.lock")).unwrap();
        assert!(open(&folder.join("x"), "a").is_err());
        assert!(open(&folder, "a").is_err());
        assert!(open(&folder.join("missing/token"), "a").is_err());
        assert!(open(Path::new(""), "a").is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
