//! A server that gives prepared answers, one for each connection, and keeps what it was
//! asked: for the tests of the clients, which are about bytes and not about Slack.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::client::Slack;
use super::transport::Deadlines;
use crate::circuit::{Breaker, Trust};
use crate::metrics::{Metrics, Service};
use crate::random::Randomness;

/// What comes back for one request.
pub(super) enum Reply {
    /// The connection ends without an answer.
    Hangup,
    Json(u16, &'static str),
    /// A whole answer, status line and headers included.
    Raw(String),
    /// Nothing, for as long as the other side waits.
    Silence,
}

pub(super) struct Scripted {
    pub(super) url: Url,
    asked: Mutex<mpsc::Receiver<String>>,
}

impl Scripted {
    pub(super) fn answering(replies: Vec<Reply>) -> Self {
        Self::answering_with(|_| replies).0
    }

    /// With replies that hold the server's own address.
    pub(super) fn answering_with(replies: impl FnOnce(&Url) -> Vec<Reply>) -> (Self, Url) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let url: Url = url.parse().unwrap();
        let replies = replies(&url);
        let (tell, asked) = mpsc::channel();
        thread::spawn(move || {
            let mut silent = Vec::new();
            for reply in replies {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let _ = tell.send(read_request(&mut stream));
                let answer = match reply {
                    Reply::Hangup => continue,
                    Reply::Json(status, body) => json_answer(status, body),
                    Reply::Raw(answer) => answer,
                    Reply::Silence => {
                        silent.push(stream);
                        continue;
                    }
                };
                let _ = stream.write_all(answer.as_bytes());
            }
            // Whoever still waits for an answer goes on waiting until the test is over.
            while !silent.is_empty() {
                thread::park();
            }
        });
        let asked = Mutex::new(asked);
        let server = Self {
            url: url.clone(),
            asked,
        };
        (server, url)
    }

    /// The requests so far, whole.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().try_iter().collect()
    }
}

pub(super) fn json_answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn is_whole(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    body.len() >= length
}

/// A client with little patience, whose circuit opens at the first sign of trouble.
pub(super) fn impatient(api_url: &Url) -> Slack {
    let deadlines = Deadlines {
        connect: Duration::from_secs(5),
        call: Duration::from_secs(2),
        ..Deadlines::default()
    };
    let token = SecretString::from("xoxb-s3cret");
    let randomness = Randomness::seeded(1);
    let trust = Trust {
        trouble: Duration::ZERO,
        pause: Duration::from_mins(1),
    };
    let breaker = Breaker::new(Service::Slack, trust, randomness.clone(), Metrics::new());
    Slack::new(api_url, token, deadlines, randomness, breaker).unwrap()
}
