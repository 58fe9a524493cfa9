//! Server-sent events: bytes in, events out. It holds what is unfinished between two
//! reads, within limits, since the far end may be broken or hostile.

/// Longest line, in bytes. A reply with all its calls may come as one line.
const LONGEST_LINE: usize = 2 * 1024 * 1024;

/// Most bytes of data in one event, over all its lines.
const LARGEST_EVENT: usize = 2 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// The `event:` field; empty when there was none.
    pub(super) name: String,
    pub(super) data: String,
}

/// A line or an event beyond the limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// What lies between the bytes read so far and the next whole event.
#[derive(Debug)]
pub(super) struct Decoder {
    line: Vec<u8>,
    /// The line break that comes next may be the second half of CR LF.
    after_carriage_return: bool,
    at_start: bool,
    event: Event,
    has_data: bool,
    longest_line: usize,
    largest_event: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limits(LONGEST_LINE, LARGEST_EVENT)
    }
}

impl Decoder {
    fn with_limits(longest_line: usize, largest_event: usize) -> Self {
        Self {
            line: Vec::new(),
            after_carriage_return: false,
            at_start: true,
            event: Event::default(),
            has_data: false,
            longest_line,
            largest_event,
        }
    }

    /// Takes the next bytes, cut anywhere, and appends the events they complete.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), TooLarge> {
        if bytes.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.after_carriage_return) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr::memchr2(b'\r', b'\n', bytes) {
            let (rest_of_line, broken) = bytes.split_at(end);
            events.extend(self.end_line(rest_of_line)?);
            bytes = match broken {
                [b'\r'] => {
                    self.after_carriage_return = true;
                    &[]
                }
                [b'\r', b'\n', next @ ..] | [_, next @ ..] => next,
                [] => &[],
            };
        }
        self.extend_line(bytes)
    }

    /// The stream has ended. Routers forget the last line break, so what stands there is
    /// an event too; whether it is whole shows when it is parsed.
    pub(super) fn finish(mut self) -> Result<Option<Event>, TooLarge> {
        if !self.line.is_empty()
            && let Some(event) = self.end_line(&[])?
        {
            return Ok(Some(event));
        }
        Ok(self.end_event())
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        self.has_room_for(bytes)?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn has_room_for(&self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.line.len() + bytes.len() > self.longest_line {
            return Err(TooLarge);
        }
        Ok(())
    }

    fn end_line(&mut self, rest: &[u8]) -> Result<Option<Event>, TooLarge> {
        self.has_room_for(rest)?;
        // Nearly all lines come whole, and need not be gathered.
        if self.line.is_empty() {
            return self.take_line(rest);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(rest);
        let outcome = self.take_line(&line);
        // The buffer is used again: a stream has thousands of lines.
        line.clear();
        self.line = line;
        outcome
    }

    fn take_line(&mut self, mut line: &[u8]) -> Result<Option<Event>, TooLarge> {
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(self.end_event());
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let (field, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &[][..]),
        };
        match field {
            b"data" => self.add_data(value)?,
            b"event" => self.event.name = String::from_utf8_lossy(value).into_owned(),
            // Comments have an empty field; `id`, `retry` and the unknown mean nothing here.
            _ => {}
        }
        Ok(None)
    }

    fn add_data(&mut self, value: &[u8]) -> Result<(), TooLarge> {
        if self.event.data.len() + value.len() >= self.largest_event {
            return Err(TooLarge);
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.event.data.push('\n');
        }
        // A line is whole here, so no character can be cut.
        match str::from_utf8(value) {
            Ok(value) => self.event.data.push_str(value),
            Err(_) => self.event.data.push_str(&String::from_utf8_lossy(value)),
        }
        Ok(())
    }

    fn end_event(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Event>, TooLarge> {
        let mut decoder = Decoder::with_limits(64, 100);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.feed(piece, &mut events)?;
        }
        events.extend(decoder.finish()?);
        Ok(events)
    }

    fn data(bytes: &str) -> Vec<String> {
        let events = decode([bytes.as_bytes()]).unwrap();
        events.into_iter().map(|event| event.data).collect()
    }

    #[test]
    fn events_are_told_apart() {
        let cases: &[(&str, &[&str])] = &[
            ("data: a\n\ndata: b\n\n", &["a", "b"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
            ("data: a\r\rdata: b\r\r", &["a", "b"]),
            ("data:a\n\n", &["a"]),
            ("data:  a\n\n", &[" a"]),
            ("data: a\ndata: b\n\n", &["a\nb"]),
            ("data\n\n", &[""]),
            (": OPENROUTER PROCESSING\n\n:\n\ndata: a\n\n", &["a"]),
            ("data: a\n: in between\ndata: b\n\n", &["a\nb"]),
            ("\u{feff}data: a\n\n", &["a"]),
            ("id: 1\nretry: 5\nodd: x\ndata: a\n\n", &["a"]),
            ("\n\n\n", &[]),
            ("data: a", &["a"]),
            ("data: a\n", &["a"]),
            ("data: a\n\ndata: ü", &["a", "ü"]),
            ("", &[]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(data(bytes), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_event_keeps_its_name_and_no_other_events_name() {
        let events = decode([&b"event: error\ndata: a\n\ndata: b\n\n"[..]]).unwrap();
        assert_eq!(events[0].name, "error");
        assert_eq!(events[1].name, "");
    }

    #[test]
    fn bytes_that_are_no_text_do_not_stop_the_stream() {
        let events = decode([&b"data: \xff\xfe\n\ndata: b\n\n"[..]]).unwrap();
        assert_eq!(events[0].data, "\u{fffd}\u{fffd}");
        assert_eq!(events[1].data, "b");
    }

    #[test]
    fn lines_and_events_have_limits() {
        let long_line = format!("data: {}\n\n", "x".repeat(60));
        assert_eq!(decode([long_line.as_bytes()]), Err(TooLarge));
        let unbroken = [b'x'; 65];
        assert_eq!(decode([&unbroken[..]]), Err(TooLarge));
        let many_lines = format!("data: {}\n", "x".repeat(40)).repeat(3);
        assert_eq!(decode([many_lines.as_bytes()]), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "data: ", "data:", "event: ", ":", "a", "é", "🦀", "\u{feff}",
                    "\r", "\n", "\r\n", "\n\n", "{\"a\":1}", " ",
                ]),
                0..40,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let bytes = pieces.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(decode(parts), decode([&bytes[..]]));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let at_once = decode([&bytes[..]]);
            prop_assert_eq!(decode(bytes.chunks(1)), at_once);
        }
    }
}
