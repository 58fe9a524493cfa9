//! How much one request to the router may hold.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::agent::BUILT_IN;

/// What is wrong with a number that cannot be used.
pub(super) const FIX: &str = "the tools of a request are a number from 8 to 1024, such as 128";

/// The lowest cap among common models.
const USUAL: usize = 128;

/// Room for our own functions, and a few of the person's.
const FEWEST: usize = BUILT_IN + 5;

const MOST: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    tools_per_request: usize,
}

impl Limits {
    /// Functions that the router is shown at once, our own included; the others are found by
    /// a search.
    pub(crate) fn tools_per_request(self) -> usize {
        self.tools_per_request
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tools_per_request: USUAL,
        }
    }
}

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    tools_per_request: Option<Spanned<i64>>,
}

impl Table {
    /// The limits, or where in the file the mistake is.
    pub(super) fn read(&self) -> Result<Limits, Range<usize>> {
        let mut limits = Limits::default();
        if let Some(written) = &self.tools_per_request {
            limits.tools_per_request = usize::try_from(*written.get_ref())
                .ok()
                .filter(|number| (FEWEST..=MOST).contains(number))
                .ok_or_else(|| written.span())?;
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    #[test]
    fn the_tools_of_a_request_are_a_number_within_reason() {
        let read = |number: &str| {
            let policy = Policy::parse(&format!("[limits]\ntools_per_request = {number}\n"));
            policy.map(|policy| policy.limits().tools_per_request())
        };
        for (number, wanted) in [("8", 8), ("64", 64), ("1024", 1024)] {
            assert_eq!(read(number), Ok(wanted));
        }
        for number in ["0", "-1", "7", "1025"] {
            let told = read(number).unwrap_err().to_string();
            assert_eq!(told, format!("line 2: {FIX}"), "{number}");
        }
        assert!(read("\"many\"").is_err());
        assert_eq!(Policy::default().limits().tools_per_request(), 128);
    }
}
