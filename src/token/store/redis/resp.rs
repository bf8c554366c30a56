//! Redis's protocol (RESP2), as far as a token store speaks it. What comes is bounded in length and
//! depth: the server may be anybody's.

use std::io::{self, BufRead, BufReader, Read, Take, Write};

/// What is spoken over, with TLS and without: one copy of the reader serves both.
pub(super) trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// A command with its arguments.
pub(super) type Command<'a> = &'a [&'a [u8]];

#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Nothing,
    Text(Vec<u8>),
    Number(i64),
    List(Vec<Answer>),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection failed, or what came over it is not Redis's.
    Broken(io::Error),
    /// The server's own error, its code first.
    Refused(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Broken(error)
    }
}

/// All that is read over a connection; a record takes a kilobyte or two.
const MAX_LENGTH: u64 = 1024 * 1024;
/// A list's elements, and lists in lists: a master tells its replicas so.
const MAX_ELEMENTS: u64 = 1024;
const MAX_DEPTH: u32 = 4;

/// A connection that commands are written to and answers read from, one for each command.
pub(super) struct Conversation<'a>(BufReader<Take<&'a mut dyn Stream>>);

impl<'a> Conversation<'a> {
    pub(super) fn new(stream: &'a mut dyn Stream) -> Conversation<'a> {
        Conversation(BufReader::with_capacity(1024, stream.take(MAX_LENGTH)))
    }

    /// Writes all of the commands at once.
    pub(super) fn write(&mut self, commands: &[Command<'_>]) -> io::Result<()> {
        let mut text = Vec::new();
        for command in commands {
            text.extend(format!("*{}\r\n", command.len()).into_bytes());
            for part in *command {
                text.extend(format!("${}\r\n", part.len()).into_bytes());
                text.extend(*part);
                text.extend(b"\r\n");
            }
        }
        let stream = self.0.get_mut().get_mut();
        stream.write_all(&text)?;
        stream.flush()
    }

    /// Reads the answer to the next command.
    pub(super) fn read(&mut self) -> Result<Answer, Failure> {
        self.read_at(0)
    }

    fn read_at(&mut self, depth: u32) -> Result<Answer, Failure> {
        let line = self.read_line()?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(foreign)?;
        let number = || rest.parse::<i64>().map_err(|_| foreign());
        Ok(match kind {
            "+" => Answer::Text(rest.as_bytes().to_vec()),
            "-" => return Err(Failure::Refused(rest.to_owned())),
            ":" => Answer::Number(number()?),
            "$" | "*" if rest == "-1" => Answer::Nothing,
            "$" => {
                let length = length(number()?, MAX_LENGTH)?;
                let mut text = Vec::new();
                let mut body = (&mut self.0).take(length + 2);
                body.read_to_end(&mut text)?;
                if text.len() as u64 != length + 2 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                if !text.ends_with(b"\r\n") {
                    return Err(foreign().into());
                }
                text.truncate(length as usize);
                Answer::Text(text)
            }
            "*" if depth < MAX_DEPTH => {
                let elements = 0..length(number()?, MAX_ELEMENTS)?;
                let elements = elements.map(|_| self.read_at(depth + 1));
                Answer::List(elements.collect::<Result<_, _>>()?)
            }
            _ => return Err(foreign().into()),
        })
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(text) => Ok(text.to_owned()),
            None if line.ends_with('\n') => Err(foreign()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A length that was announced, if anybody could mean it.
fn length(number: i64, most: u64) -> io::Result<u64> {
    let length = u64::try_from(number).ok();
    length.filter(|length| *length <= most).ok_or_else(foreign)
}

fn foreign() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it answers unlike Redis")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// What is read of a text, and a connection that it came over, which ends with it.
    fn read(text: &str) -> Result<Answer, Failure> {
        Conversation::new(&mut Cursor::new(text.as_bytes().to_vec())).read()
    }

    fn problem(text: &str) -> io::ErrorKind {
        match read(text) {
            Err(Failure::Broken(error)) => error.kind(),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn every_kind_of_answer_is_read() {
        let text = |text: &str| Answer::Text(text.as_bytes().to_vec());
        for (bytes, expected) in [
            ("+OK\r\n", text("OK")),
            (":-7\r\n", Answer::Number(-7)),
            ("$-1\r\n", Answer::Nothing),
            ("*-1\r\n", Answer::Nothing),
            ("$0\r\n\r\n", text("")),
            ("$4\r\na\r\nb\r\n", text("a\r\nb")),
            ("*0\r\n", Answer::List(Vec::new())),
            (
                "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
                Answer::List(vec![Answer::List(vec![Answer::Number(1)]), text("x")]),
            ),
        ] {
            assert_eq!(read(bytes).unwrap(), expected, "{bytes:?}");
        }
        let refused = read("-READONLY You can't write\r\n");
        assert!(matches!(refused, Err(Failure::Refused(line)) if line.starts_with("READONLY ")));
    }

    #[test]
    fn answers_that_follow_each_other_are_told_apart() {
        let mut stream = Cursor::new(b"+OK\r\n-ERR no\r\n$1\r\nx\r\n".to_vec());
        let mut conversation = Conversation::new(&mut stream);
        assert!(conversation.read().is_ok());
        assert!(matches!(conversation.read(), Err(Failure::Refused(_))));
        assert_eq!(conversation.read().unwrap(), Answer::Text(b"x".to_vec()));
    }

    #[test]
    fn what_redis_does_not_say_is_foreign() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            "+OK\n",
            ":one\r\n",
            ":\r\n",
            "$-2\r\n",
            "$1048577\r\n",
            "$9223372036854775807\r\n",
            "$99999999999999999999\r\n",
            "$1\r\nabc",
            "*-2\r\n",
            "*1025\r\n",
            "%1\r\n+a\r\n+b\r\n",
        ] {
            assert_eq!(problem(text), io::ErrorKind::InvalidData, "{text:?}");
        }
        assert_eq!(
            problem(&"*1\r\n".repeat(100_000)),
            io::ErrorKind::InvalidData
        );
        let mut stream = Cursor::new(b"+\xff\r\n".to_vec());
        assert!(Conversation::new(&mut stream).read().is_err());
    }

    #[test]
    fn an_answer_that_ends_early_or_never_is_broken() {
        for text in ["", "+OK", "$5\r\nab", "$2\r\nab", "*3\r\n:1\r\n", "$5"] {
            assert_eq!(problem(text), io::ErrorKind::UnexpectedEof, "{text:?}");
        }
        let endless = "+".to_owned() + &"x".repeat(2 * MAX_LENGTH as usize);
        assert_eq!(problem(&endless), io::ErrorKind::UnexpectedEof);
        let long = format!("$400000\r\n{}\r\n", "x".repeat(400_000));
        let endless = "*1024\r\n".to_owned() + &long.repeat(3);
        assert_eq!(problem(&endless), io::ErrorKind::UnexpectedEof);
    }
}
