//! A tool's arguments, read leniently: they were checked against the schema.

use serde_json::{Map, Value};

use super::ToolError;

#[derive(Debug)]
pub(super) struct Args<'a>(&'a Map<String, Value>);

impl<'a> Args<'a> {
    pub(super) fn new(params: &'a Map<String, Value>) -> Self {
        Self(params)
    }

    /// `""` where there is none.
    pub(super) fn text(&self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn count(&self, name: &str, usual: usize) -> usize {
        let given = self.0.get(name).and_then(Value::as_f64);
        let whole = given.filter(|number| *number >= 0.0 && *number < 1e9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts are small and not negative"
        )]
        whole.map_or(usual, |number| number as usize)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        let items = self.0.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub(super) fn value(&self, name: &str) -> &'a Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Where a page of numbered tokens starts.
    pub(super) fn offset(&self, name: &str) -> Result<usize, ToolError> {
        match self.text(name) {
            "" => Ok(0),
            token => token
                .parse()
                .map_err(|_| ToolError::new(400, "Invalid pageToken")),
        }
    }
}
