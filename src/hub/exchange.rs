//! One request and its answer, in a thread of its own: whoever waits for it can stop waiting.
//!
//! A name that is being resolved, or a server that is silent, cannot be interrupted. Such a thread is abandoned; it ends
//! with its connection, or with the program.

use std::io::Read as _;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use ureq::http::{HeaderMap, Request, StatusCode};
use ureq::{Agent, Body};

/// Bytes of a body that are read at a time.
const CHUNK: usize = 64 << 10;
/// Chunks that are read before they are asked for.
const AHEAD: usize = 4;

/// The head of an answer, and its body as it arrives.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The chunks of the body; its sender is gone at the end.
    pub(super) body: Receiver<std::io::Result<Vec<u8>>>,
}

impl Answer {
    /// A header's value, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Sends `request`. The receiver gets one answer, or one error.
pub(super) fn exchange(agent: &Agent, request: Request<()>) -> Receiver<Result<Answer, ureq::Error>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let agent = agent.clone();
    thread::spawn(move || match agent.run(request) {
        Err(error) => drop(sender.send(Err(error))),
        Ok(response) => {
            let (head, body) = response.into_parts();
            let (chunks, received) = mpsc::sync_channel(AHEAD);
            let answer = Answer { status: head.status, headers: head.headers, body: received };
            if sender.send(Ok(answer)).is_ok() {
                read(body, &chunks);
            }
        }
    });
    receiver
}

/// Reads `body` to its end, to an error, or until nobody receives it.
fn read(body: Body, chunks: &SyncSender<std::io::Result<Vec<u8>>>) {
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = reader.read(&mut chunk).map(|length| {
            chunk.truncate(length);
            chunk
        });
        let is_last = read.as_ref().map_or(true, Vec::is_empty);
        // an empty chunk is the end, which the lost sender says
        let is_received = matches!(&read, Ok(chunk) if chunk.is_empty()) || chunks.send(read).is_ok();
        if is_last || !is_received {
            return;
        }
    }
}
