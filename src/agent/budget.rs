//! How much one run may do, so that a model that goes in circles stops.

use serde::{Deserialize, Serialize};

use super::reply::Usage;

/// Turns of one run. Real questions take two to four.
pub(crate) const MOST_TURNS: u32 = 8;

/// Calls of one turn. Reading ten mails at once is sensible; a hundred is a mistake.
pub(crate) const MOST_CALLS: usize = 16;

/// What a run has used; part of its journal, so that a restart gives nothing back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Budget {
    turns: u32,
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl Budget {
    pub(crate) fn turns_left(&self) -> u32 {
        MOST_TURNS.saturating_sub(self.turns)
    }

    /// A turn has been taken.
    pub(crate) fn spend(&mut self, usage: Usage) {
        self.turns = self.turns.saturating_add(1);
        self.prompt_tokens = self.prompt_tokens.saturating_add(usage.prompt_tokens);
        self.completion_tokens = self
            .completion_tokens
            .saturating_add(usage.completion_tokens);
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_run_out_and_tokens_add_up() {
        let mut budget = Budget::default();
        for taken in 1..=10 {
            budget.spend(Usage {
                prompt_tokens: 100,
                completion_tokens: 1,
            });
            assert_eq!(budget.turns_left(), 8_u32.saturating_sub(taken));
        }
        assert_eq!(budget.usage().prompt_tokens, 1000);
        assert_eq!(budget.usage().completion_tokens, 10);
    }
}
