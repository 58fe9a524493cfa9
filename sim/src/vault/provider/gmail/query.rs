//! Gmail's search language, as far as people and models use it.
//!
//! Terms follow one another and must all hold; `OR` joins its two neighbours; `-` turns a
//! term round; parentheses and braces group.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::letter::Letter;

/// What a letter must be.
#[derive(Debug)]
pub(super) enum Query {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term {
        field: Field,
        words: Vec<String>,
    },
    Label(String),
    Before(Timestamp),
    Since(Timestamp),
    /// Also what lies in the trash or among spam.
    Anywhere,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Anything,
    Cc,
    From,
    Subject,
    To,
}

impl Query {
    /// Reads a query. There is no wrong one: what is not understood is searched for.
    pub(super) fn read(text: &str, me: &str, now: Timestamp) -> Self {
        let mut reader = Reader {
            tokens: tokens(text),
            at: 0,
            me,
            now,
        };
        reader.all("")
    }

    pub(super) fn matches(&self, letter: &Letter) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(letter)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(letter)),
            Self::Not(part) => !part.matches(letter),
            Self::Term { field, words } => {
                field.texts(letter).iter().any(|text| holds(text, words))
            }
            Self::Label(label) => letter.has(label),
            Self::Before(time) => letter.date < *time,
            Self::Since(time) => letter.date >= *time,
            Self::Anywhere => true,
            Self::Nothing => false,
        }
    }

    /// Whether the query asks for the trash or for spam by name.
    pub(super) fn reaches_hidden(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::reaches_hidden),
            Self::Label(label) => ["SPAM", "TRASH"].contains(&label.to_uppercase().as_str()),
            Self::Anywhere => true,
            Self::Not(_) | Self::Term { .. } | Self::Before(_) | Self::Since(_) | Self::Nothing => {
                false
            }
        }
    }
}

impl Field {
    fn texts(self, letter: &Letter) -> Vec<&str> {
        match self {
            Self::Anything => vec![
                &letter.subject,
                &letter.body,
                &letter.from,
                &letter.to,
                &letter.cc,
            ],
            Self::Cc => vec![&letter.cc],
            Self::From => vec![&letter.from],
            Self::Subject => vec![&letter.subject],
            Self::To => vec![&letter.to, &letter.cc],
        }
    }
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether these words stand in the text, whole and side by side.
fn holds(text: &str, words: &[String]) -> bool {
    words.is_empty()
        || words_of(text)
            .windows(words.len())
            .any(|window| window == words)
}

/// Words, quoted phrases with whatever stands before them, and brackets.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut token, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.replace(['\u{201c}', '\u{201d}'], "\"").chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                token.push('"');
            }
            ' ' | '\t' | '\n' if !quoted => tokens.push(std::mem::take(&mut token)),
            '(' | ')' | '{' | '}' if !quoted => {
                tokens.push(std::mem::take(&mut token));
                tokens.push(letter.to_string());
            }
            _ => token.push(letter),
        }
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}

struct Reader<'a> {
    tokens: Vec<String>,
    at: usize,
    me: &'a str,
    now: Timestamp,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn next_is(&self, token: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|next| next == token)
    }

    /// Everything up to this bracket.
    fn all(&mut self, end: &str) -> Query {
        Query::All(self.list(end))
    }

    fn list(&mut self, end: &str) -> Vec<Query> {
        let mut parts: Vec<Query> = Vec::new();
        while let Some(token) = self.next() {
            match token.as_str() {
                token if token == end => break,
                ")" | "}" | "AND" => {}
                "OR" if !parts.is_empty() => self.join(&mut parts),
                token => {
                    let part = self.part(token);
                    parts.push(part);
                }
            }
        }
        parts
    }

    /// `OR` binds the part before it to the part after it.
    fn join(&mut self, parts: &mut Vec<Query>) {
        let Some(token) = self.next() else { return };
        let right = self.part(&token);
        match parts.pop() {
            Some(Query::Any(mut any)) => {
                any.push(right);
                parts.push(Query::Any(any));
            }
            Some(left) => parts.push(Query::Any(vec![left, right])),
            None => parts.push(right),
        }
    }

    fn part(&mut self, token: &str) -> Query {
        match token {
            "(" => self.all(")"),
            "{" => Query::Any(self.list("}")),
            "-" => {
                let next = self.next().unwrap_or_default();
                Query::Not(Box::new(self.part(&next)))
            }
            _ if token.len() > 1 && token.starts_with('-') => {
                Query::Not(Box::new(self.part(&token[1..])))
            }
            _ => self.operator(token),
        }
    }

    fn operator(&mut self, token: &str) -> Query {
        let Some((name, value)) = token.split_once(':') else {
            return term(Field::Anything, token);
        };
        let field = match name.to_lowercase().as_str() {
            "from" => Field::From,
            "to" => Field::To,
            "cc" => Field::Cc,
            "subject" => Field::Subject,
            name => {
                return self
                    .filter(name, value)
                    .unwrap_or_else(|| term(Field::Anything, token));
            }
        };
        if value.is_empty() && self.next_is("(") {
            self.at += 1;
            return Query::All(self.list(")")).within(field);
        }
        match value {
            "me" => term(field, self.me),
            value => term(field, value),
        }
    }

    fn filter(&self, name: &str, value: &str) -> Option<Query> {
        let value = value.trim_matches('"').to_lowercase();
        Some(match name {
            "after" | "newer" => Query::Since(day(&value)?),
            "before" | "older" => Query::Before(day(&value)?),
            "newer_than" => Query::Since(self.now - age(&value)?),
            "older_than" => Query::Before(self.now - age(&value)?),
            "in" if value == "anywhere" => Query::Anywhere,
            "is" if value == "read" => Query::Not(Box::new(Query::Label("UNREAD".into()))),
            "in" | "is" | "label" => Query::Label(value),
            "category" => Query::Label(format!("CATEGORY_{value}")),
            "has" | "filename" | "larger" => Query::Nothing,
            _ => return None,
        })
    }
}

impl Query {
    /// `subject:(a b)`: the words in the brackets are about that field.
    fn within(self, field: Field) -> Self {
        let each = |parts: Vec<Self>| parts.into_iter().map(|part| part.within(field)).collect();
        match self {
            Self::All(parts) => Self::All(each(parts)),
            Self::Any(parts) => Self::Any(each(parts)),
            Self::Not(part) => Self::Not(Box::new(part.within(field))),
            Self::Term { words, .. } => Self::Term { field, words },
            other @ (Self::Label(_)
            | Self::Before(_)
            | Self::Since(_)
            | Self::Anywhere
            | Self::Nothing) => other,
        }
    }
}

fn term(field: Field, value: &str) -> Query {
    Query::Term {
        field,
        words: words_of(value),
    }
}

/// `2026/11/20`, `2026-11-20`, or seconds since 1970.
fn day(value: &str) -> Option<Timestamp> {
    if let Ok(seconds) = value.parse() {
        return Timestamp::from_second(seconds).ok();
    }
    let mut parts = value.split(['/', '-']);
    let mut part = || parts.next()?.parse::<i16>().ok();
    let (year, month, day) = (part()?, part()?, part()?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// `7d`, `2m` (months), `1y`, `12h`
fn age(value: &str) -> Option<SignedDuration> {
    let unit = value.chars().last()?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        'm' => 24 * 30,
        'y' => 24 * 365,
        _ => return None,
    };
    let number: i64 = value[..value.len() - unit.len_utf8()].parse().ok()?;
    (0..100_000)
        .contains(&number)
        .then(|| SignedDuration::from_hours(hours * number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> bool {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let letter = Letter {
            from: "Grace Okafor <grace@example.com>".into(),
            to: "ada@example.com".into(),
            subject: "Re: Q3 planning".into(),
            body: "The pricing page is yours.\nThank you.".into(),
            date: "2026-11-17T08:00:00Z".parse().unwrap(),
            labels: vec!["INBOX".into(), "UNREAD".into()],
            ..Letter::default()
        };
        Query::read(query, "ada@example.com", now).matches(&letter)
    }

    #[test]
    fn queries_that_find_the_letter() {
        for query in [
            "",
            "pricing",
            "PRICING page",
            "from:grace",
            "from:grace@example.com",
            "from:\"Grace Okafor\"",
            "to:me",
            "subject:\"Q3 planning\"",
            "subject:(planning Q3)",
            "subject:planning pricing",
            "\"pricing page\"",
            "newer_than:7d",
            "older_than:2d",
            "after:2026/11/17 before:2026-11-18",
            "after:1763366400",
            "is:unread in:inbox",
            "label:INBOX",
            "-from:ben",
            "from:ben OR from:grace",
            "{from:ben from:grace} pricing",
            "(from:ben OR from:linus) OR pricing",
            "-(from:ben pricing)",
            "in:anywhere",
        ] {
            assert!(found(query), "{query}");
        }
    }

    #[test]
    fn queries_that_do_not() {
        for query in [
            "prices",
            "pric",
            "from:ben",
            "subject:pricing",
            "subject:\"planning Q3\"",
            "\"page pricing\"",
            "newer_than:2d",
            "older_than:1y",
            "before:2026/11/17",
            "is:read",
            "is:starred",
            "label:travel",
            "-pricing",
            "from:ben OR from:linus",
            "pricing from:ben OR from:linus",
            "has:attachment",
        ] {
            assert!(!found(query), "{query}");
        }
    }

    #[test]
    fn odd_queries_do_no_harm() {
        for query in [
            ")",
            "(",
            "OR",
            "a OR",
            "-",
            "\"",
            "from:",
            "{",
            "newer_than:é",
            "-\u{e9}",
        ] {
            found(query);
        }
    }
}
