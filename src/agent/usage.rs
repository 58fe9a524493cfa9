//! What turns of the model took: tokens, and what the router says that they cost.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Bytes of a token, where the router does not count: about right for English and JSON,
/// and too many rather than too few for most other text.
const BYTES_OF_A_TOKEN: u64 = 4;

/// What one turn took, or several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    /// In billionths of a US dollar, of the turns whose cost is known.
    pub(crate) nano_usd: u64,
    /// Turns whose tokens the router did not tell: they are counted by estimate.
    pub(crate) estimated: u32,
    /// Turns whose cost the router did not tell.
    pub(crate) unpriced: u32,
}

impl Usage {
    pub(crate) fn tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    #[must_use]
    pub(crate) fn and(self, more: Self) -> Self {
        Self {
            prompt_tokens: self.prompt_tokens.saturating_add(more.prompt_tokens),
            completion_tokens: self
                .completion_tokens
                .saturating_add(more.completion_tokens),
            nano_usd: self.nano_usd.saturating_add(more.nano_usd),
            estimated: self.estimated.saturating_add(more.estimated),
            unpriced: self.unpriced.saturating_add(more.unpriced),
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The tokens of a request, where nobody counts.
pub(crate) fn estimated_prompt(messages: &[Value], tools: &[&RawValue]) -> u64 {
    let tools = tools.iter().map(|tool| tool.get().len()).sum();
    estimated_tokens(length(messages)).saturating_add(estimated_tokens(tools))
}

/// The tokens of an assistant message, where nobody counts.
pub(crate) fn estimated_reply(message: &Map<String, Value>) -> u64 {
    estimated_tokens(length(message))
}

/// The tokens of so many bytes of words, where nobody counts.
pub(crate) fn estimated_words(bytes: usize) -> u64 {
    estimated_tokens(bytes)
}

fn estimated_tokens(bytes: usize) -> u64 {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    bytes.div_ceil(BYTES_OF_A_TOKEN)
}

/// In bytes of JSON.
fn length(said: &(impl Serialize + ?Sized)) -> usize {
    serde_json::to_vec(said).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_add_up() {
        let turn = Usage {
            prompt_tokens: 100,
            completion_tokens: 7,
            nano_usd: 3,
            estimated: 1,
            unpriced: 0,
        };
        let two = turn.and(turn);
        assert_eq!((two.tokens(), two.nano_usd), (214, 6));
        assert_eq!((two.estimated, two.unpriced), (2, 0));
        assert!(Usage::default().is_nothing() && !two.is_nothing());
    }

    #[test]
    fn part_of_a_token_is_one() {
        for (bytes, tokens) in [(0, 0), (1, 1), (4, 1), (5, 2)] {
            assert_eq!(estimated_tokens(bytes), tokens, "{bytes}");
        }
    }
}
