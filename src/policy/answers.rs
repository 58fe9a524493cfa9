//! Whether an answer is shown to everybody in its thread, or first to whoever asked.

use serde::Deserialize;

use crate::event::Surface;

/// When an answer goes to its asker alone, who may share it then. In a direct message nobody
/// else reads along anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PrivateFirst {
    /// Where others read along, every answer.
    Always,
    /// Where others read along, what was made with the asker's accounts.
    Channels,
    /// It stands where it was asked for.
    #[default]
    Never,
}

/// What an answer was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeWith {
    /// The asker's accounts, as far as is known.
    Accounts,
    /// What the model knows by itself, and what was said in the thread.
    Nothing,
}

impl PrivateFirst {
    /// Whether this answer goes to its asker alone.
    pub(crate) fn holds_back(self, surface: Surface, made_with: MadeWith) -> bool {
        match (self, surface) {
            (Self::Never, _) | (_, Surface::Direct) => false,
            (Self::Always, Surface::Channel | Surface::SharedChannel) => true,
            (Self::Channels, Surface::Channel | Surface::SharedChannel) => {
                made_with == MadeWith::Accounts
            }
        }
    }
}

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    pub(super) private_first: PrivateFirst,
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    #[test]
    fn where_nobody_else_reads_along_nothing_is_held_back() {
        use MadeWith::{Accounts, Nothing};
        use Surface::{Channel, Direct, SharedChannel};
        for (word, surface, made_with, wanted) in [
            ("never", Channel, Accounts, false),
            ("never", SharedChannel, Accounts, false),
            ("channels", Channel, Accounts, true),
            ("channels", SharedChannel, Accounts, true),
            ("channels", Channel, Nothing, false),
            ("channels", Direct, Accounts, false),
            ("always", Channel, Nothing, true),
            ("always", SharedChannel, Accounts, true),
            ("always", Direct, Accounts, false),
        ] {
            let text = format!("[answers]\nprivate_first = \"{word}\"\n");
            let when = Policy::parse(&text).unwrap().private_first();
            let held_back = when.holds_back(surface, made_with);
            assert_eq!(held_back, wanted, "{word} {surface:?} {made_with:?}");
        }
        assert_eq!(Policy::default().private_first(), PrivateFirst::Never);
    }

    #[test]
    fn a_word_that_is_none_is_a_mistake() {
        for (text, wanted) in [
            (
                "[answers]\nprivate_first = \"sometimes\"\n",
                "line 2: unknown variant `sometimes`, expected one of `always`, `channels`, `never`",
            ),
            (
                "[answers]\nprivate_first = true\n",
                "line 2: wanted string or table",
            ),
            (
                "[answers]\nprivate = \"always\"\n",
                "line 2: unknown field `private`, expected `private_first`",
            ),
        ] {
            assert_eq!(Policy::parse(text).unwrap_err().to_string(), wanted);
        }
    }
}
