//! The Slack app's manifest: what `valet manifest` prints, and what scopes it asks for. It is
//! compiled in, so that whoever has the program has the one that fits it.

use std::io;
use std::path::Path;

use crate::addresses::{SLACK_COMMANDS, SLACK_EVENTS, SLACK_INTERACTIONS};
use crate::config::{Mistakes, SlackApp, Variables, slack_app};

const MANIFEST: &str = include_str!("../../manifest.yml");

/// Where the file says Valet is.
const SOMEWHERE: &str = "https://valet.example.com";

/// What stands before the name of a command.
const COMMAND: &str = "- command: /";

/// How the file says that Slack comes by HTTP.
const BY_HTTP: &str = "  socket_mode_enabled: false";

/// The manifest of a Valet at this address, whose commands have this prefix; what is not given
/// is taken from the settings, and so is whether Slack comes over Socket Mode.
pub fn manifest(
    variables: &dyn Variables,
    public_url: Option<String>,
    command_prefix: Option<String>,
) -> Result<String, Mistakes> {
    let app = slack_app(&Given {
        variables,
        given: [
            ("VALET_PUBLIC_URL", public_url),
            ("VALET_COMMAND_PREFIX", command_prefix),
        ],
    })?;
    Ok(filled(&app))
}

fn filled(app: &SlackApp) -> String {
    let origin = app.public_url.as_str().trim_end_matches('/');
    let lines = MANIFEST
        .lines()
        // What the file says of itself is done.
        .skip_while(|line| line.starts_with('#'))
        .filter(|line| !(app.socket_mode && is_posted_to(line)))
        .map(|line| {
            if app.socket_mode && line == BY_HTTP {
                return BY_HTTP.replace("false", "true");
            }
            line.replace(SOMEWHERE, origin)
                .replace(COMMAND, &format!("{COMMAND}{}", app.command_prefix))
        });
    lines.fold(String::new(), |whole, line| whole + &line + "\n")
}

/// Whether this line names an address to which Slack posts: over Socket Mode to none, and an
/// address on a laptop is not taken for one.
fn is_posted_to(line: &str) -> bool {
    [SLACK_COMMANDS, SLACK_EVENTS, SLACK_INTERACTIONS]
        .iter()
        .any(|path| line.ends_with(&format!("{SOMEWHERE}{path}")))
}

/// The scopes that every Valet needs.
pub(super) fn scopes() -> impl Iterator<Item = &'static str> {
    list("bot")
}

/// Those that only some policies need.
pub(super) fn optional_scopes() -> impl Iterator<Item = &'static str> {
    list("bot_optional")
}

/// A list of scopes in a file of which we know how it is written.
fn list(key: &str) -> impl Iterator<Item = &'static str> {
    let start = format!("    {key}:");
    MANIFEST
        .lines()
        .skip_while(move |line| *line != start)
        .skip(1)
        .take_while(|line| line.starts_with("      "))
        .filter_map(|line| line.trim().strip_prefix("- "))
}

/// Settings, some of which were given on the command line.
struct Given<'a> {
    variables: &'a dyn Variables,
    given: [(&'static str, Option<String>); 2],
}

impl Variables for Given<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let of = name.strip_suffix("_FILE").unwrap_or(name);
        let given = self.given.iter().find(|(given, _)| *given == of);
        match given.and_then(|(_, value)| value.clone()) {
            Some(value) => (of == name).then_some(value),
            None => self.variables.get(name),
        }
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        self.variables.read_file(path)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn app(public_url: &str, prefix: &str) -> SlackApp {
        SlackApp {
            public_url: public_url.parse().unwrap(),
            command_prefix: prefix.to_owned(),
            socket_mode: false,
        }
    }

    #[test]
    fn over_socket_mode_slack_is_given_no_address_but_that_for_browsers() {
        let by_http = app("https://localhost:8443", "");
        let filled = filled(&SlackApp {
            socket_mode: true,
            ..by_http
        });
        let addresses: Vec<&str> = filled
            .lines()
            .filter(|line| line.contains("https://"))
            .map(str::trim)
            .collect();
        assert_eq!(
            addresses,
            ["- https://localhost:8443/slack/openid/callback"]
        );
        let is: Value = serde_yaml_ng::from_str(&filled).unwrap();
        assert_eq!(is["settings"]["socket_mode_enabled"], true);
        assert_eq!(is["settings"]["interactivity"]["is_enabled"], true);
        let events = &is["settings"]["event_subscriptions"]["bot_events"];
        assert!(events.as_array().unwrap().len() > 3);
        let schema = include_str!("../../tests/data/slack-manifest.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        let fits = jsonschema::validator_for(&schema).unwrap();
        assert!(fits.is_valid(&is));
    }

    #[test]
    fn scopes_are_those_of_the_file_as_yaml_reads_it() {
        let yaml: Value = serde_yaml_ng::from_str(MANIFEST).unwrap();
        let of_yaml = |key: &str| {
            let list = yaml["oauth_config"]["scopes"][key].as_array().unwrap();
            let scopes = list.iter().map(|scope| scope.as_str().unwrap().to_owned());
            scopes.collect::<Vec<_>>()
        };
        assert_eq!(scopes().collect::<Vec<_>>(), of_yaml("bot"));
        assert_eq!(
            optional_scopes().collect::<Vec<_>>(),
            of_yaml("bot_optional")
        );
    }

    #[test]
    fn everything_that_is_different_elsewhere_is_filled_in() {
        let filled = filled(&app("https://v.acme.example", "acme-"));
        assert!(filled.starts_with("_metadata:\n"));
        assert!(!filled.contains("valet.example.com"));
        let was: Value = serde_yaml_ng::from_str(MANIFEST).unwrap();
        let expected = was
            .to_string()
            .replace("https://valet.example.com", "https://v.acme.example")
            .replace(r#""command":"/"#, r#""command":"/acme-"#);
        let is: Value = serde_yaml_ng::from_str(&filled).unwrap();
        assert_eq!(is.to_string(), expected);
    }
}
