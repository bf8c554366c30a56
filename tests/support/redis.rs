//! Redis servers of the tests' own.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Folder, wait_until};

/// A `redis-server` of a test's own, on a port of this machine.
pub struct Redis {
    pub port: u16,
    process: Child,
    folder: Folder,
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Redis {
    pub fn start(port: u16) -> Redis {
        Redis::start_with(port, &[])
    }

    pub fn start_anywhere() -> Redis {
        Redis::start(free_port())
    }

    pub fn start_with(port: u16, arguments: &[&str]) -> Redis {
        let port_text = port.to_string();
        let own = ["--port", &port_text, "--save", "", "--appendonly", "no"];
        let folder = own_folder();
        let all = [&own[..], &["--bind", "127.0.0.1"], arguments].concat();
        Redis::run(&all, port, folder)
    }

    /// A sentinel of the master on that port.
    pub fn start_sentinel(port: u16, master: u16) -> Redis {
        let folder = own_folder();
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor panda 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds panda 500\nsentinel failover-timeout panda 2000\n"
        );
        fs::write(folder.0.join("sentinel.conf"), settings).unwrap();
        Redis::run(&["sentinel.conf", "--sentinel"], port, folder)
    }

    fn run(arguments: &[&str], port: u16, folder: Folder) -> Redis {
        let process = Command::new("redis-server")
            .args(arguments)
            .current_dir(&folder.0)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let mut redis = Redis {
            port,
            process,
            folder,
        };
        wait_until("redis-server", || {
            // Another program may have taken its port, and answer there.
            let ended = redis.process.try_wait().unwrap();
            assert!(ended.is_none(), "redis-server ended at once: {ended:?}");
            port == 0 || TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        redis
    }

    pub fn store(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Gives a command; its answer as it comes.
    pub fn ask(&self, command: &[&str]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut text = format!("*{}\r\n", command.len());
        for part in command {
            text += &format!("${}\r\n{part}\r\n", part.len());
        }
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        // One that changes its role breaks off.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    /// How many connections it has had.
    pub fn connections(&self) -> u64 {
        let stats = self.ask(&["INFO", "stats"]);
        let count = stats.split("total_connections_received:").nth(1).unwrap();
        count.lines().next().unwrap().parse().unwrap()
    }

    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where a server keeps what it writes of its own accord.
fn own_folder() -> Folder {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Folder::new(&format!("redis-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
}
