//! The smallest HTTP client that the tests can do with: it hides nothing of what came over the wire.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An answer that came whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A connection that is kept alive.
pub struct Connection<S>(BufReader<S>);

impl Connection<TcpStream> {
    /// Connects to the host and port of an `http` address.
    pub fn open(url: &str) -> Self {
        let stream = TcpStream::connect(host(url)).expect("the simulator listens");
        // Only a test that fails waits so long.
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub fn set_read_timeout(&self, limit: Duration) {
        self.0
            .get_ref()
            .set_read_timeout(Some(limit))
            .expect("a timeout");
    }
}

impl<S: Read + Write> Connection<S> {
    pub fn over(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Sends a request; the error is that of the answer.
    pub fn request(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let (host, path) = (host(url), path(url));
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let stream = self.0.get_mut();
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        stream.flush()?;
        self.answer()
    }

    /// Waits for the other side to close an idle connection.
    pub fn expect_end(&mut self) {
        assert_eq!(self.0.read(&mut [0]).expect("an orderly close"), 0);
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut headers = HashMap::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let body = match headers.get("content-length") {
            Some(length) => self.bytes(length.parse().expect("a length"))?,
            None => self.chunks()?,
        };
        Ok(Answer {
            status: status.expect("a status"),
            headers,
            body,
        })
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16).expect("a chunk's length");
            body.extend(self.bytes(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 || !line.ends_with("\r\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

fn host(url: &str) -> &str {
    let (_, rest) = url.split_once("://").expect("a scheme");
    rest.split('/').next().expect("a host")
}

fn path(url: &str) -> &str {
    let (_, rest) = url.split_once("://").expect("a scheme");
    &rest[rest.find('/').expect("a path")..]
}

/// One request on a connection of its own.
pub fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    Connection::open(url).request(method, url, headers, body)
}
