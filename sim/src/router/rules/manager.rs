//! "Summarize the last 5 emails from my manager": first who that is, then the mails.

use serde_json::json;

use super::found;
use super::inbox::{FETCH, MAIL};
use super::mail::{Mail, mails};
use super::markdown::plain;
use super::phrase::{Words, address_in};
use super::reach;
use crate::router::asked::{Asked, Outcome};
use crate::router::turn::Turn;

const PEOPLE: &str = "gmail_search_people";

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    if !words.any(&["manager", "boss"]) || !words.any(&MAIL) {
        return None;
    }
    let fetched = reach::outcomes(asked, FETCH);
    if let Some(failed) = fetched.iter().find_map(reach::sorry) {
        return Some(failed);
    }
    let known = words.address().map(|address| (address.clone(), address));
    let found = || people(asked).or_else(|| asked.outcomes().iter().find_map(who));
    let Some((name, address)) = known.or_else(found) else {
        return Some(look(asked, &fetched));
    };
    let query = format!("from:{address}");
    let answered = fetched
        .iter()
        .rfind(|outcome| outcome.arguments["query"] == query.as_str());
    Some(answered.map_or_else(
        || {
            let most = words.number().unwrap_or(5);
            reach::call(
                asked,
                FETCH,
                &[json!({"query": query, "max_results": most})],
            )
        },
        |outcome| summary(&mails(outcome), &name),
    ))
}

/// Still unknown: among the contacts first, then in the mailbox.
fn look(asked: &Asked, fetched: &[Outcome]) -> Turn {
    if asked.offers(PEOPLE) && reach::outcomes(asked, PEOPLE).is_empty() {
        return reach::call(asked, PEOPLE, &[json!({"query": "manager"})]);
    }
    if fetched.is_empty() {
        return reach::call(
            asked,
            FETCH,
            &[json!({"query": "\"your manager\"", "max_results": 5})],
        );
    }
    Turn::says(
        "I could not find out who your manager is: neither your contacts nor a mail in your mailbox say so. \
         Tell me the address, as in *summarize the last 5 emails from my manager grace@example.com*.",
    )
}

/// Name and address, where a mail says `Your manager is NAME <ADDRESS>`.
fn who(outcome: &Outcome) -> Option<(String, String)> {
    let told = mails(outcome)
        .iter()
        .find_map(|mail| sentence(&mail.snippet()).or_else(|| sentence(&mail.body())));
    let told = told.or_else(|| found::string(outcome, &sentence))?;
    let address = address_in(&told)?;
    let name = told.split(['<', '(']).next().unwrap_or_default().trim();
    Some((name.trim_end_matches(',').to_owned(), address))
}

/// What follows `Your manager is`, if an address does.
fn sentence(text: &str) -> Option<String> {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let lower = text.to_ascii_lowercase();
    let at = lower.find("your manager is ")? + "your manager is ".len();
    let rest: String = text.get(at..)?.chars().take(120).collect();
    address_in(&rest).map(|_| rest)
}

/// The contact who is called a manager.
fn people(asked: &Asked) -> Option<(String, String)> {
    let outcome = reach::outcomes(asked, PEOPLE).pop()?;
    let found = found::list(&outcome, &["results", "connections", "people"])?;
    let one = found
        .iter()
        .find(|one| one.to_string().to_lowercase().contains("\"manager\""))?;
    let person = one.get("person").unwrap_or(one);
    let address = person["emailAddresses"][0]["value"].as_str()?;
    let name = person["names"][0]["displayName"]
        .as_str()
        .unwrap_or(address);
    Some((name.to_owned(), address.to_owned()))
}

fn summary(mails: &[Mail], name: &str) -> Turn {
    let name = plain(name);
    if mails.is_empty() {
        return Turn::says(format!("There are no mails from your manager, {name}."));
    }
    let line = |(at, mail): (usize, &Mail)| {
        let (subject, sender) = (mail.subject(), mail.sender());
        let (number, date, gist) = (at + 1, mail.date(), mail.gist());
        format!("{number}. **{subject}** ({sender}, {date}): {gist}")
    };
    let lines: Vec<String> = mails.iter().enumerate().map(line).collect();
    let last = match mails.len() {
        1 => "only mail".to_owned(),
        number => format!("last {number} mails"),
    };
    Turn::says(format!(
        "Your manager is **{name}**. Their {}:\n\n{}",
        last,
        lines.join("\n"),
    ))
}
