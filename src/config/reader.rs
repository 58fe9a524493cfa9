//! Reads settings one by one and gathers every mistake on the way. No mistake repeats
//! the value: it could be a secret in the wrong place.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;
use url::Url;

use crate::secure_url::is_secure;

use super::Variables;

/// All that is wrong with the settings, one sentence a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Each by itself, with its fix where the sentence has one.
    pub(crate) fn each(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        self.0.iter().map(|mistake| {
            let (wrong, fix) = match mistake.fix.rsplit_once("; ") {
                Some((wrong, fix)) => (wrong, Some(fix)),
                None => (mistake.fix.as_str(), None),
            };
            (format!("{} {wrong}", mistake.name), fix)
        })
    }
}

/// What is wrong with one setting, and the fix.
#[derive(Debug, PartialEq, Eq)]
struct Mistake {
    name: String,
    fix: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.fix)
    }
}

/// A mistake was made, and has been noted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted;

pub(super) struct Reader<'a> {
    variables: &'a dyn Variables,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(variables: &'a dyn Variables) -> Self {
        Self {
            variables,
            mistakes: Vec::new(),
        }
    }

    /// What was read, if nothing was wrong with any of it.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Mistakes> {
        match read {
            Some(read) if self.mistakes.is_empty() => Ok(read),
            Some(_) | None => Err(Mistakes(self.mistakes)),
        }
    }

    pub(super) fn wrong(&mut self, name: &str, fix: impl Into<String>) {
        self.mistakes.push(Mistake {
            name: name.to_owned(),
            fix: fix.into(),
        });
    }

    pub(super) fn read_file(&self, path: &Path) -> std::io::Result<String> {
        self.variables.read_file(path)
    }

    /// A value, from the variable itself or from the file that `<name>_FILE` names; an
    /// empty one is none.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Noted> {
        let file_name = format!("{name}_FILE");
        let set = |name: &str| {
            self.variables
                .get(name)
                .filter(|value| !value.trim().is_empty())
        };
        let value = match (set(name), set(&file_name)) {
            (Some(_), Some(_)) => {
                self.wrong(
                    name,
                    format!("and {file_name} are both set; unset one of them"),
                );
                return Err(Noted);
            }
            (None, Some(path)) => self.content(&file_name, Path::new(path.trim()))?,
            (value, None) => value,
        };
        let is_text = |value: &String| !value.contains(char::REPLACEMENT_CHARACTER);
        if value.as_ref().is_none_or(is_text) {
            return Ok(value);
        }
        self.wrong(name, "is not UTF-8 text; set it again");
        Err(Noted)
    }

    fn content(&mut self, file_name: &str, path: &Path) -> Result<Option<String>, Noted> {
        match self.variables.read_file(path) {
            Ok(content) => {
                let content = content.trim_end_matches(['\n', '\r']);
                Ok((!content.trim().is_empty()).then(|| content.to_owned()))
            }
            Err(error) => {
                self.wrong(
                    file_name,
                    format!(
                        "names a file that cannot be read ({}); give a readable one",
                        error.kind()
                    ),
                );
                Err(Noted)
            }
        }
    }

    /// A value without the spaces around it.
    pub(super) fn word(&mut self, name: &str) -> Result<Option<String>, Noted> {
        let text = self.text(name)?;
        Ok(text.map(|text| text.trim().to_owned()))
    }

    pub(super) fn word_or(&mut self, name: &str, default: &str) -> Option<String> {
        let word = self.word(name).ok()?;
        Some(word.unwrap_or_else(|| default.to_owned()))
    }

    pub(super) fn required_word(&mut self, name: &str, source: &str) -> Option<String> {
        let text = self.required_text(name, source)?;
        Some(text.trim().to_owned())
    }

    fn required_text(&mut self, name: &str, source: &str) -> Option<String> {
        let text = self.text(name).ok()?;
        if text.is_none() {
            self.wrong(name, format!("is not set; it is {source}"));
        }
        text
    }

    /// A secret: visible ASCII, since it goes into headers, and since a space or a line
    /// break in one is a slip of copying.
    pub(super) fn required_secret(&mut self, name: &str, source: &str) -> Option<SecretString> {
        let text = self.required_text(name, source)?;
        self.checked_secret(name, text).ok()
    }

    pub(super) fn secret(&mut self, name: &str) -> Result<Option<SecretString>, Noted> {
        match self.text(name)? {
            Some(text) => self.checked_secret(name, text).map(Some),
            None => Ok(None),
        }
    }

    fn checked_secret(&mut self, name: &str, text: String) -> Result<SecretString, Noted> {
        if text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(text.into());
        }
        self.wrong(
            name,
            "holds a space, a line break or a character beyond ASCII; copy it again",
        );
        Err(Noted)
    }

    /// An address that may carry secrets.
    pub(super) fn url_or(&mut self, name: &str, default: &str) -> Option<Url> {
        let text = self.word_or(name, default)?;
        self.checked_url(name, &text)
    }

    /// The same where there need not be one.
    pub(super) fn url(&mut self, name: &str) -> Option<Url> {
        let text = self.word(name).ok()??;
        self.checked_url(name, &text)
    }

    pub(super) fn required_url(&mut self, name: &str, source: &str) -> Option<Url> {
        let text = self.required_word(name, source)?;
        self.checked_url(name, &text)
    }

    fn checked_url(&mut self, name: &str, text: &str) -> Option<Url> {
        let Ok(url) = Url::parse(text) else {
            self.wrong(name, "is not a URL; give one such as https://example.com");
            return None;
        };
        if !is_secure(&url) {
            self.wrong(
                name,
                "is not https; use https (plain http is for localhost alone)",
            );
            return None;
        }
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare {
            self.wrong(
                name,
                "holds more than scheme, host and path; remove user, query and fragment",
            );
            return None;
        }
        Some(url)
    }

    pub(super) fn address_or(&mut self, name: &str, default: SocketAddr) -> Option<SocketAddr> {
        let Some(word) = self.word(name).ok()? else {
            return Some(default);
        };
        let address = word.parse().ok();
        if address.is_none() {
            self.wrong(
                name,
                format!("is not an address to listen on; give IP and port, such as {default}"),
            );
        }
        address
    }

    /// A comma list; spaces around the parts and empty parts do not count.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).ok().flatten().unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }
}
