//! How many turns one run may take, so that a model that goes in circles stops.

/// Turns of one run. Real questions take two to four.
pub(crate) const MOST_TURNS: u32 = 8;

/// Calls of one turn. Reading ten mails at once is sensible; a hundred is a mistake.
pub(crate) const MOST_CALLS: usize = 16;

/// The turns of a run; counted from its journal, so that a restart gives nothing back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Budget {
    turns: u32,
}

impl Budget {
    pub(crate) fn turns_left(self) -> u32 {
        MOST_TURNS.saturating_sub(self.turns)
    }

    /// A turn has been taken.
    pub(crate) fn spend(&mut self) {
        self.turns = self.turns.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_run_out() {
        let mut budget = Budget::default();
        for taken in 1..=10 {
            budget.spend();
            assert_eq!(budget.turns_left(), MOST_TURNS.saturating_sub(taken));
        }
    }
}
