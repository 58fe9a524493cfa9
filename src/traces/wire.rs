//! Spans as OTLP has them in protobuf: an `ExportTraceServiceRequest`, with the numbers of
//! its fields as they stand in `opentelemetry/proto/trace/v1/trace.proto`.

use super::span::{Attribute, Kind, Span};

/// Fields of variable length.
const BYTES: u32 = 2;

const FIXED_64: u32 = 1;

const VARINT: u32 = 0;

/// `STATUS_CODE_ERROR`.
const ERROR: u64 = 2;

/// The body of one request. `resource` says whose spans they are.
pub(super) fn request(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    Message::new()
        .with(1, |all| {
            all.with(1, |whose| {
                resource
                    .iter()
                    .fold(whose, |whose, (key, value)| whose.pair(1, key, value))
            })
            .with(2, |scope| {
                let scope = scope.with(1, |scope| {
                    scope
                        .text(1, env!("CARGO_PKG_NAME"))
                        .text(2, env!("CARGO_PKG_VERSION"))
                });
                spans
                    .iter()
                    .fold(scope, |scope, span| scope.with(2, |one| fields(one, span)))
            })
        })
        .0
}

fn fields(one: Message, span: &Span) -> Message {
    let (own, parent) = span.ids();
    let (begun, ended) = span.times();
    let one = one.bytes(1, span.run.as_bytes()).bytes(2, &own);
    let one = match parent {
        Some(parent) => one.bytes(4, &parent),
        None => one,
    };
    let kind = match span.kind {
        Kind::Client => 3,
        Kind::Internal => 1,
    };
    let one = one
        .text(5, &span.name)
        .number(6, kind)
        .fixed(7, begun)
        .fixed(8, ended);
    let one = span
        .attributes
        .iter()
        .fold(one, |one, attribute| match attribute {
            Attribute::Count(name, count) => one.count(9, name, *count),
            Attribute::Text(name, text) => one.pair(9, name, text),
        });
    match &span.failed {
        Some(why) => one
            .pair(9, "error.type", why)
            .with(15, |status| status.number(3, ERROR)),
        None => one,
    }
}

/// A message of protobuf that is being written.
struct Message(Vec<u8>);

impl Message {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// A message within this one.
    fn with(self, field: u32, write: impl FnOnce(Self) -> Self) -> Self {
        self.bytes(field, &write(Self::new()).0)
    }

    fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// A `KeyValue` with a text.
    fn pair(self, field: u32, key: &str, value: &str) -> Self {
        self.with(field, |pair| {
            pair.text(1, key).with(2, |any| any.text(1, value))
        })
    }

    /// A `KeyValue` with a number.
    fn count(self, field: u32, key: &str, count: u64) -> Self {
        self.with(field, |pair| {
            pair.text(1, key).with(2, |any| any.number(3, count))
        })
    }

    fn number(self, field: u32, number: u64) -> Self {
        self.key(field, VARINT).varint(number)
    }

    fn fixed(self, field: u32, number: u64) -> Self {
        let mut message = self.key(field, FIXED_64);
        message.0.extend_from_slice(&number.to_le_bytes());
        message
    }

    fn bytes(self, field: u32, bytes: &[u8]) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut message = self.key(field, BYTES).varint(length);
        message.0.extend_from_slice(bytes);
        message
    }

    fn key(self, field: u32, kind: u32) -> Self {
        self.varint(u64::from(field << 3 | kind))
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn varint(mut self, mut number: u64) -> Self {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                self.0.push(low & 0x7f);
                return self;
            }
            self.0.push(low | 0x80);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        for (number, bytes) in [
            (0, vec![0]),
            (1, vec![1]),
            (127, vec![0x7f]),
            (128, vec![0x80, 1]),
            (300, vec![0xac, 2]),
            (u64::MAX, [vec![0xff; 9], vec![1]].concat()),
        ] {
            assert_eq!(Message::new().varint(number).0, bytes, "{number}");
        }
    }

    #[test]
    fn a_field_says_its_number_and_its_length() {
        let message = Message::new().text(1, "ab").number(6, 3).fixed(7, 1);
        let fixed = [0x39, 1, 0, 0, 0, 0, 0, 0, 0];
        let fields = [&[0x0a, 2, b'a', b'b', 0x30, 3][..], &fixed];
        assert_eq!(message.0, fields.concat());
    }
}
