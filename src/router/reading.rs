//! Reads one answer as it comes in: a stream of events, or one JSON document although a
//! stream was asked for.

use super::error::Error;
use super::sse::{Decoder, Event};
use super::wire::{Assembly, NotAdded};
use crate::agent::Reply;

/// Most bytes of one answer. Framing makes a streamed one about sixty times its words.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// How far the reading of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Progress {
    #[default]
    Open,
    /// The reply is whole; its usage and the end mark may still come.
    Finished,
    /// The end mark came; bytes after it mean nothing.
    Ended,
}

/// An answer while it is read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) progress: Progress,
    size: usize,
    form: Form,
    assembly: Assembly,
}

#[derive(Debug, Default)]
enum Form {
    Document(Vec<u8>),
    Stream(Decoder),
    #[default]
    Unknown,
}

impl Reading {
    /// The cost that stands in the head of the answer.
    pub(super) fn priced(&mut self, usd: &str) {
        self.assembly.priced(usd);
    }

    /// Takes the next bytes, cut anywhere.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.size += bytes.len();
        if self.size > LARGEST_ANSWER {
            return Err(Error::TooLarge);
        }
        let mut bytes = bytes;
        // Only a document begins with a brace, whatever the content type says. Space ahead of
        // either means nothing.
        if matches!(self.form, Form::Unknown) {
            bytes = bytes.trim_ascii_start();
            self.form = match bytes.first() {
                None => return Ok(()),
                Some(b'{') => Form::Document(Vec::new()),
                Some(_) => Form::Stream(Decoder::default()),
            };
        }
        match &mut self.form {
            Form::Document(document) => document.extend_from_slice(bytes),
            Form::Stream(decoder) => {
                let mut events = Vec::new();
                let within_limits = decoder.feed(bytes, &mut events);
                self.take_events(events)?;
                if self.progress != Progress::Ended {
                    within_limits.map_err(|_| Error::TooLarge)?;
                }
            }
            Form::Unknown => {}
        }
        Ok(())
    }

    fn take_events(&mut self, events: impl IntoIterator<Item = Event>) -> Result<(), Error> {
        for event in events {
            match event.data.trim() {
                "[DONE]" => {
                    self.progress = Progress::Ended;
                    return Ok(());
                }
                // A keep-alive.
                "" => {}
                data => self
                    .assembly
                    .add_text(data)
                    .map_err(|not_added| match not_added {
                        NotAdded::Says(error) => error,
                        NotAdded::NotJson if event.name == "error" => Error::Unavailable,
                        NotAdded::NotJson => Error::BadAnswer,
                    })?,
            }
        }
        if self.assembly.is_finished() {
            self.progress = Progress::Finished;
        }
        Ok(())
    }

    /// The words so far.
    pub(super) fn words(&self) -> &str {
        self.assembly.words()
    }

    /// Nothing more comes. `model` is the one that was asked.
    pub(super) fn finish(mut self, model: &str) -> Result<Reply, Error> {
        match std::mem::take(&mut self.form) {
            Form::Document(document) => match serde_json::from_slice(&document) {
                Ok(document) => self.assembly.add(document)?,
                Err(error) if error.is_eof() => return Err(Error::BrokeOff),
                Err(_) => return Err(Error::BadAnswer),
            },
            Form::Stream(_) if self.progress == Progress::Ended => {}
            Form::Stream(decoder) => {
                let last = decoder.finish().map_err(|_| Error::TooLarge)?;
                match self.take_events(last) {
                    // Half a line: the connection went away while it was sent.
                    Err(Error::BadAnswer) if self.assembly.is_finished() => {}
                    Err(Error::BadAnswer) => return Err(Error::BrokeOff),
                    otherwise => otherwise?,
                }
            }
            Form::Unknown => {}
        }
        self.assembly.finish(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Reply, Error> {
        let mut reading = Reading::default();
        for piece in pieces {
            reading.take(piece)?;
            if reading.progress == Progress::Ended {
                break;
            }
        }
        reading.finish("asked")
    }

    fn read_however_cut(pieces: &[&str]) -> [Result<Reply, Error>; 3] {
        let whole = pieces.concat();
        [
            read(pieces.iter().map(|piece| piece.as_bytes())),
            read([whole.as_bytes()]),
            read(whole.as_bytes().chunks(1)),
        ]
    }

    const HELLO: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Grüße 🦀\"}}]}\n\n";
    const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5}}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    #[test]
    fn answers_end_in_many_ways() {
        let good: Result<&str, Error> = Ok("Grüße 🦀");
        let unreadable = "data: {\"cho";
        let cases = [
            ("as it should", vec![HELLO, STOP, USAGE, DONE], good),
            ("no end mark", vec![HELLO, STOP], good),
            (
                "bytes after the end mark",
                vec![HELLO, STOP, DONE, "data: }{\n\n", "\u{0}"],
                good,
            ),
            (
                "keep-alives everywhere",
                vec![": hi\n\n", HELLO, ":\n\n", "data:\n\n", STOP, ": bye\n\n"],
                good,
            ),
            (
                "half a line after the finish",
                vec![HELLO, STOP, unreadable],
                good,
            ),
            (
                "half a line before it",
                vec![HELLO, unreadable],
                Err(Error::BrokeOff),
            ),
            (
                "an end mark without a finish",
                vec![HELLO, DONE],
                Err(Error::BrokeOff),
            ),
            ("space ahead of it", vec![" ", HELLO, STOP], good),
            ("no byte", vec![], Err(Error::BrokeOff)),
            ("only space", vec![" \n"], Err(Error::BrokeOff)),
            (
                "an event that is no JSON",
                vec![HELLO, "data: <html>\n\n"],
                Err(Error::BadAnswer),
            ),
            (
                "a named error",
                vec![HELLO, "event: error\ndata: sorry\n\n"],
                Err(Error::Unavailable),
            ),
            (
                "an error after the finish",
                vec![HELLO, STOP, "data: {\"error\":{\"code\":502}}\n\n"],
                Err(Error::Unavailable),
            ),
            ("a page", vec!["<html>down</html>"], Err(Error::BrokeOff)),
            (
                "a document",
                vec![
                    " \n",
                    "{\"choices\":[{\"message\":{\"content\":\"Grüße 🦀\"},",
                    "\"finish_reason\":\"stop\"}]}\n",
                ],
                good,
            ),
            (
                "half a document",
                vec!["{\"choices\":[{\"message\""],
                Err(Error::BrokeOff),
            ),
            ("two documents", vec!["{} {}"], Err(Error::BadAnswer)),
            (
                "an error as a document",
                vec!["{\"error\":{\"code\":\"402\"}}"],
                Err(Error::OutOfCredit),
            ),
        ];
        for (case, pieces, expected) in cases {
            for reply in read_however_cut(&pieces) {
                let text = reply.as_ref().map(|reply| reply.text.as_str());
                assert_eq!(text.map_err(|error| *error), expected, "{case}");
            }
        }
    }

    #[test]
    fn an_endless_answer_is_given_up() {
        let comment = format!(": {}\n", "x".repeat(64 * 1024));
        let endless = std::iter::repeat_n(comment.as_bytes(), 1000);
        assert_eq!(read(endless).unwrap_err(), Error::TooLarge);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_an_answer_is_cut(length in 1_usize..40) {
            let whole = [HELLO, HELLO, STOP, USAGE, DONE].concat();
            let reply = read(whole.as_bytes().chunks(length)).unwrap();
            prop_assert_eq!(reply.text, "Grüße 🦀Grüße 🦀");
            prop_assert_eq!(reply.usage.prompt_tokens, 5);
        }
    }
}
