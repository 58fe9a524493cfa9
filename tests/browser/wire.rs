//! What goes to Chromium and comes back: its own protocol, a JSON text and a zero byte at a
//! time, through a pipe. No port is opened for it.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long Chromium may take to answer anything at all.
const GUARD: Duration = Duration::from_secs(40);

/// Both ends of the pipe.
pub struct Wire {
    to: Box<dyn Write>,
    from: Receiver<Value>,
    number: u64,
    /// What happened meanwhile, oldest first.
    events: VecDeque<Value>,
    /// What went wrong in pages: programs that stumbled, things that a policy forbade.
    wrong: Vec<String>,
}

impl Wire {
    pub fn new(to: impl Write + 'static, from: impl Read + Send + 'static) -> Self {
        let (heard, listening) = channel();
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut text = Vec::new();
            while from.read_until(0, &mut text).is_ok_and(|read| read > 0) {
                text.pop();
                let message = serde_json::from_slice(&text).unwrap_or_default();
                text.clear();
                if heard.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            to: Box::new(to),
            from: listening,
            number: 0,
            events: VecDeque::new(),
            wrong: Vec::new(),
        }
    }

    /// What Chromium answers; an error is its own words.
    pub fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let sent = self.to.write_all(&bytes).and_then(|()| self.to.flush());
        sent.map_err(|error| format!("Chromium is gone: {error}"))?;
        loop {
            let mut heard = self.hear()?;
            if heard["id"] != self.number {
                self.note(heard);
            } else if let Some(error) = heard["error"]["message"].as_str() {
                return Err(format!("{method}: {error}"));
            } else {
                return Ok(heard["result"].take());
            }
        }
    }

    /// The next event for which this holds, whether it happened already or not.
    pub fn event(&mut self, is: impl Fn(&Value) -> bool) -> Result<Value, String> {
        loop {
            let at = self.events.iter().position(&is);
            if let Some(found) = at.and_then(|at| self.events.remove(at)) {
                return Ok(found);
            }
            let heard = self.hear()?;
            self.note(heard);
        }
    }

    fn hear(&self) -> Result<Value, String> {
        let heard = self.from.recv_timeout(GUARD);
        heard.map_err(|_| "Chromium says nothing".to_owned())
    }

    /// Hands over what went wrong in pages so far.
    pub fn take_wrong(&mut self) -> Vec<String> {
        std::mem::take(&mut self.wrong)
    }

    fn note(&mut self, heard: Value) {
        let params = &heard["params"];
        match heard["method"].as_str() {
            Some("Target.targetCreated") => self.events.push_back(heard),
            Some("Runtime.exceptionThrown") => {
                let thrown = &params["exceptionDetails"];
                self.wrong
                    .push(thrown["exception"]["description"].to_string());
            }
            // A request that was refused is told to the person, and no mistake of the page.
            Some("Log.entryAdded")
                if params["entry"]["level"] == "error"
                    && params["entry"]["source"] != "network" =>
            {
                self.wrong.push(params["entry"]["text"].to_string());
            }
            _ => {}
        }
    }
}
