//! The scopes of the bot token, held against those that the manifest asks for.

use std::collections::BTreeSet;

use super::super::manifest;
use super::report::Finding;

const SCOPES: &str = "scopes";

/// What there is not without a scope.
const WITHOUT: [(&str, &str); 10] = [
    ("app_mentions:read", "questions in channels are not heard"),
    ("assistant:write", "Slack does not show Valet as an agent"),
    (
        "channels:history",
        "after a crash a word may stand twice in a public channel",
    ),
    ("chat:write", "nothing can be answered"),
    (
        "commands",
        "there is no /connect, /disconnect and /connections",
    ),
    (
        "groups:history",
        "after a crash a word may stand twice in a private channel",
    ),
    ("im:history", "questions in direct messages are not heard"),
    ("im:write", "after a crash a link may be sent twice"),
    (
        "usergroups:read",
        "nobody in the user groups of the policy is let in",
    ),
    (
        "users:read",
        "members cannot be told from guests and strangers, so nobody is answered",
    ),
];

/// What is missing, a line each, and what there is too much. `groups`: whether the policy
/// names user groups.
pub(super) fn compared(scopes: Option<&BTreeSet<String>>, groups: bool) -> Vec<Finding> {
    let Some(scopes) = scopes else {
        return vec![Finding::warning(
            SCOPES,
            "Slack did not say which ones the token has",
            "compare Bot Token Scopes under OAuth & Permissions of the Slack app with what `valet manifest` prints",
        )];
    };
    let optional: Vec<&str> = manifest::optional_scopes().collect();
    let wanted = manifest::scopes().chain(optional.iter().copied().filter(|_| groups));
    let missing = wanted.filter(|scope| !scopes.contains(*scope));
    let mut findings: Vec<Finding> = missing.map(lacks).collect();
    let known: Vec<&str> = manifest::scopes().chain(optional).collect();
    let beyond = scopes.iter().map(String::as_str);
    let beyond: Vec<&str> = beyond.filter(|scope| !known.contains(scope)).collect();
    if !beyond.is_empty() {
        findings.push(Finding::warning(
            SCOPES,
            &format!("the token may do more than Valet needs: {}", beyond.join(", ")),
            "remove them under OAuth & Permissions > Bot Token Scopes of the Slack app, and reinstall it",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(SCOPES, "those of the manifest, and no others"));
    }
    findings
}

fn lacks(scope: &str) -> Finding {
    let without = WITHOUT.iter().find(|(known, _)| *known == scope);
    let without = without.map_or("what needs it does not work", |(_, without)| without);
    Finding::error(
        SCOPES,
        &format!("{scope} is missing: {without}"),
        "add it under OAuth & Permissions > Bot Token Scopes of the Slack app, and reinstall it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_scope_it_is_known_what_there_is_not_without_it() {
        for scope in manifest::scopes().chain(manifest::optional_scopes()) {
            assert!(WITHOUT.iter().any(|(known, _)| *known == scope), "{scope}");
        }
    }

    #[test]
    fn the_optional_ones_are_needed_where_the_policy_needs_them() {
        let usual: BTreeSet<String> = manifest::scopes().map(str::to_owned).collect();
        let all: BTreeSet<String> = manifest::optional_scopes()
            .map(str::to_owned)
            .chain(usual.clone())
            .collect();
        let well = vec![Finding::ok(SCOPES, "those of the manifest, and no others")];
        assert_eq!(compared(Some(&usual), false), well);
        assert_eq!(compared(Some(&all), false), well);
        assert_eq!(compared(Some(&all), true), well);
        assert_eq!(compared(Some(&usual), true), vec![lacks("usergroups:read")]);
    }
}
