//! What the integration tests share: a simulator in this process, and clients of it.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod redis;
pub mod stores;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use panda_simulator::{Options, RawAnswer, Simulator};
use panda_water::{Client, Config, Error, ListQuery, User};
use serde_json::{Value, json};

pub fn simulator() -> Simulator {
    simulator_with(Options::default())
}

pub fn simulator_with(options: Options) -> Simulator {
    Simulator::start(options).unwrap()
}

/// A client of the simulator with short limits; `settings` are laid over them.
pub fn client_with(simulator: &Simulator, settings: Value) -> Client {
    let ready = simulator.ready();
    let mut config = json!({"baseUrl": ready.base_url, "timeoutMs": 5000, "deadlineMs": 20000});
    if let (Some(username), Some(password)) = (&ready.username, &ready.password) {
        config["username"] = json!(username);
        config["password"] = json!(password);
    }
    for (key, value) in settings.as_object().unwrap() {
        config[key] = value.clone();
    }
    Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
}

pub fn client(simulator: &Simulator) -> Client {
    client_with(simulator, json!({}))
}

/// All users of a listing, in the order in which they came.
pub fn list(client: &Client, query: ListQuery) -> Result<Vec<User>, Error> {
    let mut users = client.users(query);
    let mut all = Vec::new();
    loop {
        let page = users.next_page()?;
        all.extend(page.users());
        if page.is_done() {
            return Ok(all);
        }
    }
}

pub fn ids(users: &[User]) -> Vec<u64> {
    users.iter().map(|user| user.id).collect()
}

/// A folder of this test's own, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub fn store(&self) -> String {
        format!("file:{}", self.0.join("token").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A path of this test's own, for a file that is removed at the end of the test, or of the thread of
/// it that asked.
pub fn own_file() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static FOLDER: Folder =
            Folder::new(&format!("files-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    }
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    FOLDER.with(|folder| folder.0.join(number.to_string()))
}

/// A simulator with https, and the file with its authority's certificate.
pub fn secure(options: Options) -> (Simulator, PathBuf) {
    let file = own_file();
    let options = Options {
        tls: true,
        ca_out: Some(file.clone()),
        ..options
    };
    (simulator_with(options), file)
}

pub fn answer(body: &str) -> RawAnswer {
    RawAnswer::new(body)
}

/// Waits for what another thread brings about.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A line to a server that carries so many bytes a second back, for all connections together.
pub struct SlowLine {
    pub address: SocketAddr,
    bytes_per_second: Arc<AtomicU32>,
}

impl SlowLine {
    pub fn set_speed(&self, bytes_per_second: u32) {
        self.bytes_per_second
            .store(bytes_per_second, Ordering::Relaxed);
    }
}

pub fn slow_line(server: &str, bytes_per_second: u32) -> SlowLine {
    const PIECE: usize = 512;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.to_owned();
    let speed = Arc::new(AtomicU32::new(bytes_per_second));
    let line = SlowLine {
        address,
        bytes_per_second: speed.clone(),
    };
    let line_is_free = Arc::new(Mutex::new(Instant::now()));
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let (speed, line_is_free) = (speed.clone(), line_is_free.clone());
            let mut server = TcpStream::connect(&server).unwrap();
            let (mut requests, mut to_server) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut requests, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Both);
            });
            thread::spawn(move || {
                let mut piece = [0; PIECE];
                while let Ok(length @ 1..) = server.read(&mut piece) {
                    let piece_time =
                        Duration::from_secs(1) * PIECE as u32 / speed.load(Ordering::Relaxed);
                    let mut free = line_is_free.lock().unwrap();
                    let sent = Instant::now().max(*free) + piece_time;
                    *free = sent;
                    drop(free);
                    thread::sleep(sent.saturating_duration_since(Instant::now()));
                    if client.write_all(&piece[..length]).is_err() {
                        break;
                    }
                }
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    line
}
