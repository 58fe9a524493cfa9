//! The names by which a model calls tools. Most are those of the vault; what models do not
//! take, or could not tell apart, gets a name that is made of it and stays the same.

use std::collections::{HashMap, HashSet};

use super::offer::is_built_in;
use super::tool::Tool;
use crate::random::Digest;

/// Longest name of a function that models take.
const LONGEST: usize = 64;

/// Digits of a digest behind a name that was cut or respelt; twice and four times as many
/// where that name is taken.
const DIGITS: [usize; 3] = [8, 16, 32];

/// What a model calls one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    AsListed,
    Other(String),
    /// It has no name, or the same account lists another tool of its name.
    None,
}

/// A name for each of these tools, in their order. Of several accounts with tools of one
/// name none keeps it: a call would otherwise mean another account than it did before, as
/// soon as one of them comes or goes.
pub(super) fn names<'a>(tools: impl Iterator<Item = &'a Tool> + Clone) -> Vec<Name> {
    let mut listed: HashMap<&str, usize> = HashMap::new();
    let mut seen = HashSet::new();
    let is_first: Vec<bool> = tools
        .clone()
        .map(|tool| {
            let is_first = seen.insert((tool.connection.as_str(), tool.name.as_str()));
            *listed.entry(&tool.name).or_default() += usize::from(is_first);
            is_first
        })
        .collect();
    let is_alone = |tool: &Tool| listed.get(tool.name.as_str()) == Some(&1);
    let mut taken: HashSet<String> = listed
        .keys()
        .filter(|name| is_lawful(name))
        .map(|name| (*name).to_owned())
        .collect();
    tools
        .zip(is_first)
        .map(|(tool, is_first)| {
            if !is_first || tool.name.is_empty() {
                return Name::None;
            }
            if is_alone(tool) && is_lawful(&tool.name) {
                return Name::AsListed;
            }
            let whole = if is_alone(tool) {
                tool.name.clone()
            } else {
                format!("{}__{}", tool.connection, tool.name)
            };
            made_of(&whole, tool, &mut taken).map_or(Name::None, Name::Other)
        })
        .collect()
}

/// The name itself, if it is lawful; else as much of it as is, with digits that no other
/// tool has.
fn made_of(whole: &str, tool: &Tool, taken: &mut HashSet<String>) -> Option<String> {
    let lawful: String = whole
        .chars()
        .map(|letter| {
            if is_lawful_letter(letter) {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let digest = Digest::of(&format!("{}\n{}", tool.connection, tool.name));
    let digest = digest.as_bytes().first_chunk().copied();
    let digest = format!("{:032x}", u128::from_be_bytes(digest.unwrap_or_default()));
    let shortened = DIGITS.iter().filter_map(|digits| {
        let start: String = lawful.chars().take(LONGEST - digits - 1).collect();
        Some(format!("{start}_{}", digest.get(..*digits)?))
    });
    let itself = is_lawful(whole).then(|| whole.to_owned());
    itself
        .into_iter()
        .chain(shortened)
        .find(|name| taken.insert(name.clone()))
}

fn is_lawful(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name.chars().all(is_lawful_letter) && !is_built_in(name)
}

fn is_lawful_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ConnectionName;
    use proptest::prelude::*;
    use serde_json::Map;

    fn tools(listed: &[(&str, &str)]) -> Vec<Tool> {
        let tool = |(connection, name): &(&str, &str)| {
            let connection = ConnectionName::parse(connection).unwrap();
            Tool::new(connection, (*name).to_owned(), String::new(), &Map::new())
        };
        listed.iter().map(tool).collect()
    }

    fn named(listed: &[(&str, &str)]) -> Vec<String> {
        let tools = tools(listed);
        let names = names(tools.iter()).into_iter().zip(&tools);
        names
            .map(|(name, tool)| match name {
                Name::AsListed => tool.name.clone(),
                Name::Other(name) => name,
                Name::None => "-".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_models_do_not_take_is_respelt() {
        let long = "gmail_report_on_everything_".repeat(4);
        assert_eq!(
            named(&[
                ("gmail", "gmail_fetch_mails"),
                ("gmail", &long),
                ("x", &"a".repeat(64)),
                ("x", "with space"),
                ("x", "größe"),
                ("x", ""),
                ("x", "search_tools"),
            ]),
            [
                "gmail_fetch_mails",
                "gmail_report_on_everything_gmail_report_on_everything_g_6036c666",
                &"a".repeat(64),
                "with_space_cffeb404",
                "gr__e_0dd5e24c",
                "-",
                "search_tools_f81dde30",
            ]
        );
    }

    #[test]
    fn of_two_accounts_with_one_name_each_says_which_it_is() {
        assert_eq!(
            named(&[
                ("gmail", "gmail_fetch_mails"),
                ("gmail-work", "gmail_fetch_mails"),
                ("gmail", "gmail_fetch_mails"),
                ("my gmail", "gmail_fetch_mails"),
                ("x", "gmail__gmail_fetch_mails"),
            ]),
            [
                "gmail__gmail_fetch_mails_ecd1924f",
                "gmail-work__gmail_fetch_mails",
                "-",
                "my_gmail__gmail_fetch_mails_323063d8",
                "gmail__gmail_fetch_mails",
            ]
        );
        // With one of them left there is nothing to tell apart.
        assert_eq!(
            named(&[("gmail-work", "gmail_fetch_mails")]),
            ["gmail_fetch_mails"]
        );
    }

    proptest! {
        #[test]
        fn whatever_is_listed_names_are_lawful_and_unique(
            listed in prop::collection::vec(("[ab ]{1,3}", "([ab_ é]{0,70}|search_tools|aaa)"), 0..40)
        ) {
            let listed: Vec<(&str, &str)> = listed
                .iter()
                .map(|(connection, name)| (connection.as_str(), name.as_str()))
                .filter(|(connection, _)| ConnectionName::parse(connection).is_ok())
                .collect();
            let names = named(&listed);
            let mut seen = HashSet::new();
            for name in names.iter().filter(|name| *name != "-") {
                prop_assert!(is_lawful(name), "{name}");
                prop_assert!(seen.insert(name), "{name}");
            }
            // Whoever else is there, a tool is called one of two things, or by its digest.
            let mut backwards = listed.clone();
            backwards.reverse();
            let lost = names.iter().filter(|name| *name == "-").count();
            prop_assert_eq!(named(&backwards).iter().filter(|name| *name == "-").count(), lost);
        }
    }
}
