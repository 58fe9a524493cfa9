//! The tools of one person, made fit for a model: unique lawful names, an effect for each.
//! Which of them one run is offered is [`Offer`]'s business.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::offer::{Offer, is_built_in};
use super::ranking::Ranking;
use super::schema::LONGEST_DESCRIPTION;
use super::text::cut;
use super::tool::{Effect, Tool};
use crate::ids::ConnectionName;

/// Longest name of a function that models take.
const LONGEST_NAME: usize = 64;

/// All usable tools of a person.
#[derive(Debug)]
pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    left_out: LeftOut,
    /// Made when first needed: most people have few tools, and those are all offered.
    ranking: OnceLock<Ranking>,
}

/// One tool and what is known about it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tool: Arc<Tool>,
    pub(super) effect: Effect,
}

/// How many tools cannot be used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeftOut {
    /// A tool of the same name is there already, from another account or connection.
    pub(crate) duplicates: usize,
    /// Names that models do not take.
    pub(crate) unlawful_names: usize,
}

impl Catalogue {
    /// Of several tools with one name the first is kept: a model could not say which of
    /// them it means.
    pub(crate) fn new(tools: Vec<Arc<Tool>>, effect_of: impl Fn(&Tool) -> Effect) -> Self {
        let mut catalogue = Self {
            entries: Vec::with_capacity(tools.len()),
            by_name: HashMap::with_capacity(tools.len()),
            left_out: LeftOut::default(),
            ranking: OnceLock::new(),
        };
        for tool in tools {
            if !is_lawful_name(&tool.name) {
                catalogue.left_out.unlawful_names += 1;
            } else if catalogue.by_name.contains_key(&tool.name) {
                catalogue.left_out.duplicates += 1;
            } else {
                let position = catalogue.entries.len();
                catalogue.by_name.insert(tool.name.clone(), position);
                catalogue.entries.push(Entry {
                    effect: effect_of(&tool),
                    tool,
                });
            }
        }
        catalogue
    }

    pub(crate) fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// What one run begins with: everything, or what fits the question best. `unconnected`
    /// are the connections that the person could connect.
    pub(crate) fn offer(&self, question: &str, unconnected: &[ConnectionName]) -> Offer<'_> {
        Offer::new(self, question, unconnected)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry(&self, position: usize) -> Option<&Entry> {
        self.entries.get(position)
    }

    pub(super) fn position_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The tools that share a word with the text, best first.
    pub(super) fn matches(&self, text: &str) -> Vec<usize> {
        self.ranking
            .get_or_init(|| {
                let texts: Vec<String> = self.entries.iter().map(Entry::in_words).collect();
                Ranking::new(&texts)
            })
            .matches(text)
    }

    /// All tools, the likelier ones first when nothing is known of the question: reads
    /// before writes, and no connection crowded out by a large one.
    pub(super) fn by_default(&self) -> Vec<usize> {
        let mut seen: HashMap<(&ConnectionName, bool), usize> = HashMap::new();
        let mut order: Vec<(bool, usize, usize)> = self
            .entries
            .iter()
            .enumerate()
            .map(|(position, entry)| {
                let writes = entry.effect == Effect::Write;
                let place = seen.entry((&entry.tool.connection, writes)).or_default();
                *place += 1;
                (writes, *place, position)
            })
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, _, position)| position).collect()
    }
}

impl Entry {
    fn in_words(&self) -> String {
        format!(
            "{} {} {}",
            self.tool.connection,
            self.tool.name,
            cut(&self.tool.description, LONGEST_DESCRIPTION)
        )
    }
}

fn is_lawful_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && !is_built_in(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    fn tool(connection: &str, name: &str) -> Arc<Tool> {
        let connection = ConnectionName::parse(connection).unwrap();
        let (name, description) = (name.to_owned(), String::new());
        Arc::new(Tool::new(connection, name, description, &Map::new()))
    }

    #[test]
    fn names_are_unique_and_lawful() {
        let long = "a".repeat(65);
        let tools = [
            ("gmail", "gmail_fetch_mails"),
            ("gmail-work", "gmail_fetch_mails"),
            ("x", &long),
            ("x", "with space"),
            ("x", "größe"),
            ("x", ""),
            ("x", "search_tools"),
            ("x", &long[..64]),
        ];
        let tools = tools.map(|(connection, name)| tool(connection, name));
        let catalogue = Catalogue::new(tools.into(), |tool| tool.effect);
        let expected = LeftOut {
            duplicates: 1,
            unlawful_names: 5,
        };
        assert_eq!(catalogue.left_out(), expected);
        assert_eq!(catalogue.len(), 2);
        let kept = catalogue.entry(catalogue.position_of("gmail_fetch_mails").unwrap());
        assert_eq!(kept.unwrap().tool.connection.as_str(), "gmail");
    }

    #[test]
    fn without_a_hint_reads_come_first_and_connections_take_turns() {
        let tools = vec![
            tool("github", "github_repo_delete"),
            tool("github", "github_repo_get"),
            tool("github", "github_issue_get"),
            tool("gmail", "gmail_fetch_mails"),
        ];
        let catalogue = Catalogue::new(tools, |tool| tool.effect);
        assert_eq!(catalogue.by_default(), [1, 3, 2, 0]);
    }
}
