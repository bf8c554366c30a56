//! How an answer gets to the client: at once, or step by step and never whole.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::Frame;
use tokio::time::{Sleep, sleep};

use crate::behaviour::Gzip;
use crate::connection::Connection;
use crate::faults::{Fault, Framing, Part, Stage};
use crate::platform::Answer;

/// What happens next to a body.
enum Step {
    Send(Bytes),
    Wait(Duration),
    Stall,
    Cut,
}

type Plan = Box<dyn Iterator<Item = Step> + Send>;

/// A body that follows a plan. The request is under way until the body is gone, which `_under_way` notices.
struct PlannedBody<Guard> {
    plan: Plan,
    pause: Option<Pin<Box<Sleep>>>,
    _under_way: Guard,
}

impl<Guard: Unpin> HttpBody for PlannedBody<Guard> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            match self.plan.next() {
                Some(Step::Send(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Step::Wait(time)) => self.pause = Some(Box::pin(sleep(time))),
                Some(Step::Stall) => self.pause = Some(Box::pin(sleep(Duration::MAX))),
                Some(Step::Cut) => {
                    return Poll::Ready(Some(Err(io::Error::other("cut by a fault"))));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Sends an answer, as the fault has it go wrong on the way; `under_way` lives as long as the answer takes.
pub(crate) fn deliver<Guard: Unpin + Send + 'static>(
    answer: Answer,
    fault: Option<&Fault>,
    connection: &Connection,
    under_way: Guard,
) -> Response<Body> {
    let (mut head, body) = answer.into_parts();
    let half = body.slice(..body.len() / 2);
    let length = body.len();
    let mut announced = true;
    let plan: Plan = match fault {
        Some(Fault::Stall(Stage::AfterHead)) => steps([Step::Stall]),
        Some(Fault::Stall(Stage::MidBody)) => steps([Step::Send(half), Step::Stall]),
        Some(Fault::Truncate { framing, reset }) => {
            announced = *framing == Framing::ContentLength;
            if *reset {
                connection.reset_at_end();
            }
            // The wait lets hyper send the half before it learns of the cut.
            steps([
                Step::Send(half),
                Step::Wait(Duration::from_millis(1)),
                Step::Cut,
            ])
        }
        Some(Fault::Drip {
            part: Part::Body,
            interval_ms,
        }) => {
            let interval = Duration::from_millis(*interval_ms);
            let byte = move |at| [Step::Send(body.slice(at..=at)), Step::Wait(interval)];
            Box::new((0..length).flat_map(byte))
        }
        Some(Fault::Drip {
            part: Part::Head,
            interval_ms,
        }) => {
            connection.drip_head(Duration::from_millis(*interval_ms));
            steps([Step::Send(body)])
        }
        Some(Fault::Huge { bytes }) => {
            announced = false;
            Box::new(padded(body, *bytes).map(Step::Send))
        }
        Some(Fault::GzipBomb { bytes }) => {
            announced = false;
            head.headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Box::new(Compressed::new(padded(body, *bytes)).map(Step::Send))
        }
        _ => steps([Step::Send(body)]),
    };
    if announced {
        // A raw answer may announce a length of its own.
        head.headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
    let body = PlannedBody {
        plan,
        pause: None,
        _under_way: under_way,
    };
    Response::from_parts(head, Body::new(body))
}

fn steps<const COUNT: usize>(steps: [Step; COUNT]) -> Plan {
    Box::new(steps.into_iter())
}

const PIECE: u64 = 64 * 1024;

/// The JSON object with so many bytes of filler in a field before its own.
fn padded(object: Bytes, bytes: u64) -> impl Iterator<Item = Bytes> + Send {
    static FILLER: [u8; PIECE as usize] = [b'x'; PIECE as usize];
    let pieces = (0..bytes.div_ceil(PIECE)).map(move |piece| {
        let length = PIECE.min(bytes - piece * PIECE);
        Bytes::from_static(&FILLER[..length as usize])
    });
    let rest = if object.starts_with(b"{") {
        object.slice(1..)
    } else {
        Bytes::from_static(b"\"no\":0}")
    };
    [Bytes::from_static(b"{\"filler\":\"")]
        .into_iter()
        .chain(pieces)
        .chain([Bytes::from_static(b"\","), rest])
}

/// Pieces of text, compressed as they are asked for.
struct Compressed<Pieces> {
    pieces: Pieces,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl<Pieces> Compressed<Pieces> {
    fn new(pieces: Pieces) -> Self {
        Self {
            pieces,
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }
}

impl<Pieces: Iterator<Item = Bytes>> Iterator for Compressed<Pieces> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        // Writing to memory does not fail; if it did, the body would end here and the client would see it cut.
        for piece in self.pieces.by_ref() {
            let encoder = self.encoder.as_mut()?;
            encoder.write_all(&piece).ok()?;
            if !encoder.get_ref().is_empty() {
                return Some(std::mem::take(encoder.get_mut()).into());
            }
        }
        self.encoder.take()?.finish().ok().map(Bytes::from)
    }
}

/// The answer, compressed if the setting and the request want it so.
pub(crate) fn compressed(answer: Answer, gzip: Gzip, request: &Parts) -> Answer {
    let accepted = || {
        let accepted = request.headers.get_all(ACCEPT_ENCODING).iter();
        accepted
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains("gzip"))
    };
    let wanted = match gzip {
        Gzip::Never => false,
        Gzip::Accepted => accepted(),
        Gzip::Always => true,
    };
    if !wanted {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    head.headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let body: Vec<u8> = Compressed::new(std::iter::once(body)).flatten().collect();
    Response::from_parts(head, body.into())
}
