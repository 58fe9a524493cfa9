//! The router as clients meet it: over HTTP.

mod brain;
mod forms;
mod relay;
mod scripts;
mod strict;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Router;

/// An answer as it came, chunk by chunk.
#[derive(Debug)]
struct Answered {
    status: u16,
    chunks: Vec<Vec<u8>>,
    /// The body came to its end.
    complete: bool,
}

impl Answered {
    fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body()).unwrap()
    }

    fn message(&self) -> Value {
        self.json()["choices"][0]["message"].clone()
    }
}

const KEY: &str = "Bearer sk-v1-simulated";

/// A request with these messages, one tool, and no stream.
fn request(messages: &Value) -> Value {
    json!({
        "model": "openai/gpt-4o-mini",
        "messages": messages,
        "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.",
            "parameters": {"type": "object", "properties": {}}}}],
    })
}

fn opening(words: &str) -> Value {
    json!([{"role": "system", "content": "You are Valet."}, {"role": "user", "content": words}])
}

async fn ask(router: &Router, body: &Value) -> Answered {
    ask_with(router, KEY, body).await
}

async fn ask_with(router: &Router, key: &str, body: &Value) -> Answered {
    post(&router.url(), &format!("/chat/completions|{key}"), body).await
}

async fn post(base: &str, path_and_key: &str, body: &Value) -> Answered {
    let base = base.strip_prefix("http://").unwrap();
    let (host, prefix) = base.split_once('/').unwrap();
    let (path, key) = path_and_key.split_once('|').unwrap();
    let body = body.to_string();
    let text = format!(
        "POST /{prefix}{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let host = host.to_owned();
    let bytes = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        // A connection that is cut still brought what it brought.
        drop(stream.read_to_end(&mut bytes));
        bytes
    });
    read(&bytes.await.unwrap())
}

fn read(bytes: &[u8]) -> Answered {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut rest = &bytes[end + 4..];
    if !head.contains("transfer-encoding: chunked") {
        let chunks = vec![rest.to_vec()];
        return Answered {
            status,
            chunks,
            complete: true,
        };
    }
    let mut chunks = Vec::new();
    let complete = loop {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else {
            break false;
        };
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break true;
        }
        chunks.push(rest[line + 2..line + 2 + size].to_vec());
        rest = &rest[line + 2 + size + 2..];
    };
    Answered {
        status,
        chunks,
        complete,
    }
}
