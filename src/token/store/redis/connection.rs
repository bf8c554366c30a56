//! A connection that keeps its limit from the first look-up to the last byte: a server that sends a
//! byte now and then holds nobody up, and a call that its caller ends is not held up at all.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Node;
use crate::deadline::Deadline;
use crate::system;
use crate::transport::dns::Resolver;

/// How long an address may take before the next one is tried beside it (RFC 8305).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// How often a connection that is being made is looked at, first and at most.
const FIRST_LOOK: Duration = Duration::from_micros(100);
const LAST_LOOK: Duration = Duration::from_millis(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

pub(super) struct Connection<'a> {
    socket: Socket,
    limit: Deadline<'a>,
}

/// To the first address of a node that answers.
pub(super) fn to_node<'a>(
    node: &Node,
    resolver: &Resolver,
    limit: Deadline<'a>,
) -> io::Result<Connection<'a>> {
    let addresses = resolver.addresses(&node.host, node.port, limit)?;
    let first = addresses.first().copied();
    let connection = connect(addresses.into_iter().map(SockAddr::from).collect(), limit)?;
    connection.socket.set_tcp_nodelay(true)?;
    let peer = connection.socket.peer_addr()?.as_socket();
    if let Some(peer) = peer.filter(|_| peer != first) {
        resolver.note_answer(peer.ip());
    }
    Ok(connection)
}

/// To a socket of this machine.
pub(super) fn to_socket<'a>(path: &str, limit: Deadline<'a>) -> io::Result<Connection<'a>> {
    connect(vec![SockAddr::unix(path)?], limit)
}

fn connect(addresses: Vec<SockAddr>, limit: Deadline<'_>) -> io::Result<Connection<'_>> {
    let mut addresses = addresses.into_iter().peekable();
    let mut begun: Vec<Socket> = Vec::new();
    let mut next = Instant::now();
    let mut pause = FIRST_LOOK;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    loop {
        if (begun.is_empty() || next <= Instant::now())
            && let Some(address) = addresses.next()
        {
            match begin(&address) {
                Ok(socket) => begun.push(socket),
                Err(error) => last = error,
            }
            next = Instant::now() + NEXT_ADDRESS;
        }
        let mut at = 0;
        while let Some(socket) = begun.get(at) {
            match socket.take_error()? {
                Some(error) => {
                    last = error;
                    begun.remove(at);
                }
                None if socket.peer_addr().is_ok() => {
                    let socket = begun.remove(at);
                    socket.set_nonblocking(false)?;
                    return Ok(Connection { socket, limit });
                }
                None => at += 1,
            }
        }
        match (begun.is_empty(), addresses.peek()) {
            (true, Some(_)) => continue,
            (true, None) => return Err(last),
            _ => {}
        }
        unless_over(limit.left())?;
        limit.sleep(pause);
        pause = (pause * 2).min(LAST_LOOK);
    }
}

/// Begins to connect, and waits for nothing.
fn begin(address: &SockAddr) -> io::Result<Socket> {
    system::keep_standard_descriptors()?;
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(address) {
        Err(error) if !is_under_way(&error) => Err(error),
        // A socket of this machine is connected at once, or its server is too busy to say.
        Err(_) if address.domain() == Domain::UNIX => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(socket),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

/// A wait as a socket takes it: for less than its system counts, it would be without end.
fn unless_over(wait: Duration) -> io::Result<Duration> {
    match wait.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(wait.max(SHORTEST_WAIT)),
    }
}

/// Whether a wait was over before anything came or went.
fn came_to_nothing(result: &io::Result<usize>) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(result, Err(error) if matches!(error.kind(), Interrupted | TimedOut | WouldBlock))
}

impl Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let wait = unless_over(self.limit.next_wait())?;
            self.socket.set_read_timeout(Some(wait))?;
            let result = self.socket.read(buffer);
            if !came_to_nothing(&result) {
                return result;
            }
        }
    }
}

impl Write for Connection<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let wait = unless_over(self.limit.next_wait())?;
            self.socket.set_write_timeout(Some(wait))?;
            let result = self.socket.write(bytes);
            if !came_to_nothing(&result) {
                return result;
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        // Not left to the closing: a child process may hold it open as well.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::sync::Arc;

    use super::*;
    use crate::deadline::Call;

    #[test]
    fn the_last_moment_of_a_wait_is_not_without_end() {
        for wait in [Duration::from_nanos(1), Duration::from_micros(999)] {
            assert_eq!(unless_over(wait).unwrap(), SHORTEST_WAIT);
        }
        assert!(unless_over(Duration::ZERO).is_err());
    }

    #[test]
    fn an_address_that_does_not_answer_or_refuses_is_not_waited_for() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        full.bind(&any.into()).unwrap();
        full.listen(1).unwrap();
        let full = full.local_addr().unwrap().as_socket().unwrap();
        let hold = |_| TcpStream::connect_timeout(&full, Duration::from_millis(100)).ok();
        let _held: Vec<_> = (0..4).map(hold).collect();
        let closed = TcpListener::bind(any).unwrap().local_addr().unwrap();
        let listener = TcpListener::bind(any).unwrap();
        let live = listener.local_addr().unwrap();
        let call = Call::new(Duration::from_secs(60), Arc::default());
        let connect = |addresses: &[SocketAddr]| {
            let addresses = addresses.iter().map(|address| SockAddr::from(*address));
            connect(
                addresses.collect(),
                call.deadline().within(Duration::from_secs(20)),
            )
        };
        for addresses in [&[full, live][..], &[closed, live], &[live]] {
            let peer = connect(addresses).unwrap().socket.peer_addr().unwrap();
            assert_eq!(peer.as_socket(), Some(live));
        }
        let refused = connect(&[closed]).err().unwrap().kind();
        assert_eq!(refused, io::ErrorKind::ConnectionRefused);
        let short = call.deadline().within(Duration::from_millis(50));
        let late = super::connect(vec![full.into()], short)
            .err()
            .unwrap()
            .kind();
        assert_eq!(late, io::ErrorKind::TimedOut);
    }
}
