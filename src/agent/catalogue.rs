//! The tools of one person, made fit for a model: unique lawful names, an effect for each.
//! Which of them one run is offered is [`Offer`]'s business. It takes a while to make, and is
//! made once for all runs that have the same tools.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;

use super::names::{Name, names};
use super::offer::Offer;
use super::ranking::Ranking;
use super::schema::LONGEST_DESCRIPTION;
use super::text::cut;
use super::tool::{Effect, Tool};
use crate::ids::ConnectionName;

/// All usable tools of a person.
#[derive(Debug)]
pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    /// By the names that models use.
    by_name: HashMap<String, usize>,
    left_out: usize,
    /// Made when first needed: most people have few tools, and those are all offered.
    ranking: OnceLock<Ranking>,
    by_default: OnceLock<Vec<usize>>,
}

/// One tool and what is known about it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tool: Arc<Tool>,
    pub(super) effect: Effect,
    /// Where a model cannot call it by its own name.
    other: Option<(String, Box<RawValue>)>,
}

impl Catalogue {
    pub(crate) fn new(tools: Vec<Arc<Tool>>, effect_of: impl Fn(&Tool) -> Effect) -> Self {
        let mut catalogue = Self {
            entries: Vec::with_capacity(tools.len()),
            by_name: HashMap::with_capacity(tools.len()),
            left_out: 0,
            ranking: OnceLock::new(),
            by_default: OnceLock::new(),
        };
        let names = names(tools.iter().map(AsRef::as_ref));
        for (tool, name) in tools.into_iter().zip(names) {
            let other = match name {
                Name::AsListed => None,
                Name::Other(name) => {
                    let definition = tool.definition_as(&name);
                    Some((name, definition))
                }
                Name::None => {
                    catalogue.left_out += 1;
                    continue;
                }
            };
            let entry = Entry {
                effect: effect_of(&tool),
                tool,
                other,
            };
            let position = catalogue.entries.len();
            catalogue.by_name.insert(entry.name().to_owned(), position);
            catalogue.entries.push(entry);
        }
        catalogue
    }

    /// Makes what it takes to choose among the tools, if there are more than one request
    /// holds. Slow for thousands of them.
    pub(crate) fn prepare(&self, most: usize) {
        if self.len() > most {
            self.ranking();
            self.by_default();
        }
    }

    /// How many tools no model can call: without a name, or listed twice.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }

    /// What one run begins with: everything, or what fits the question best. `unconnected`
    /// are the connections that the person could connect, `most` the functions of a request.
    pub(crate) fn offer(
        &self,
        question: &str,
        unconnected: &[ConnectionName],
        most: usize,
    ) -> Offer<'_> {
        Offer::new(self, question, unconnected, most)
    }

    pub(crate) fn len(&self) -> usize {
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
        self.ranking().matches(text)
    }

    fn ranking(&self) -> &Ranking {
        self.ranking.get_or_init(|| {
            let texts: Vec<String> = self.entries.iter().map(Entry::in_words).collect();
            Ranking::new(&texts)
        })
    }

    /// All tools, the likelier ones first when nothing is known of the question: reads
    /// before writes, and no connection crowded out by a large one.
    pub(super) fn by_default(&self) -> &[usize] {
        self.by_default.get_or_init(|| self.in_default_order())
    }

    fn in_default_order(&self) -> Vec<usize> {
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
    /// What a model calls it.
    pub(super) fn name(&self) -> &str {
        match &self.other {
            Some((name, _)) => name,
            None => &self.tool.name,
        }
    }

    pub(super) fn definition(&self) -> &RawValue {
        match &self.other {
            Some((_, definition)) => definition,
            None => self.tool.definition(),
        }
    }

    fn in_words(&self) -> String {
        format!(
            "{} {} {}",
            self.tool.connection,
            self.tool.name,
            cut(&self.tool.description, LONGEST_DESCRIPTION)
        )
    }
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
    fn a_tool_is_found_by_the_name_that_a_model_has_for_it() {
        let tools = vec![
            tool("gmail", "gmail_fetch_mails"),
            tool("gmail-work", "gmail_fetch_mails"),
            tool("x", &"a".repeat(65)),
            tool("x", ""),
        ];
        let catalogue = Catalogue::new(tools, |tool| tool.effect);
        assert_eq!((catalogue.len(), catalogue.left_out()), (3, 1));
        assert_eq!(catalogue.position_of("gmail_fetch_mails"), None);
        for position in 0..catalogue.len() {
            let entry = catalogue.entry(position).unwrap();
            assert_eq!(catalogue.position_of(entry.name()), Some(position));
            let definition = format!("\"name\":\"{}\"", entry.name());
            assert!(entry.definition().get().contains(&definition));
        }
        let work = catalogue.position_of("gmail-work__gmail_fetch_mails");
        let work = catalogue.entry(work.unwrap()).unwrap();
        assert_eq!(work.tool.connection.as_str(), "gmail-work");
        assert_eq!(work.tool.name, "gmail_fetch_mails");
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
