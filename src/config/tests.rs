//! Tables of settings and of what is said about them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::*;

/// Made-up settings, with files to go with them; notes what is asked for.
#[derive(Default)]
struct Made {
    set: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, String>,
    asked: RefCell<BTreeSet<String>>,
}

impl Variables for Made {
    fn get(&self, name: &str) -> Option<String> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.set.get(name).cloned()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        let content = self.files.get(path).cloned();
        content.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Made {
    /// The least that Valet starts with.
    fn least() -> Self {
        Self::default()
            .with("SLACK_SIGNING_SECRET", "planted-signing")
            .with("SLACK_BOT_TOKEN", "xoxb-planted")
            .with("SLACK_CLIENT_ID", "1.2")
            .with("SLACK_CLIENT_SECRET", "planted-client")
            .with("SCALEKIT_ENVIRONMENT_URL", "https://env.example.com")
            .with("SCALEKIT_CLIENT_ID", "skc_1")
            .with("SCALEKIT_CLIENT_SECRET", "planted-vault")
            .with("FASTROUTER_API_KEY", "planted-router")
            .with("VALET_PUBLIC_URL", "https://valet.example.com")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.set.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file(mut self, path: &str, content: &str) -> Self {
        self.files.insert(path.into(), content.to_owned());
        self
    }

    fn read(&self) -> Config {
        Config::read(self).unwrap()
    }

    fn mistakes(&self) -> String {
        Config::read(self).unwrap_err().to_string()
    }
}

#[test]
fn the_least_settings_get_the_defaults() {
    let config = Made::least().read();
    assert_eq!(config.slack.api_url.as_str(), "https://slack.com/api");
    assert_eq!(config.slack.openid_url.as_str(), "https://slack.com/");
    assert_eq!(config.slack.login_client_id, "1.2");
    assert_eq!(
        config.slack.login_client_secret.expose_secret(),
        "planted-client"
    );
    assert_eq!(
        config.router.base.as_str(),
        "https://api.fastrouter.ai/api/v1"
    );
    assert_eq!(config.router.model, "openai/gpt-4o-mini");
    assert!(config.router.fallbacks.is_empty());
    assert_eq!(
        config.connections,
        [ConnectionName::parse("gmail").unwrap()]
    );
    assert_eq!(config.command_prefix, "");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.ops_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.data_dir, Path::new("./data"));
    assert!(config.vault.webhook_key.is_none());
    assert!(config.warnings().is_empty());
}

#[test]
fn a_webhook_secret_is_a_key_in_base64_behind_its_prefix() {
    const NAME: &str = "SCALEKIT_WEBHOOK_SECRET";
    let good = Made::least().with(NAME, "whsec_MDEyMzQ1Njc4OWFiY2RlZg==");
    let key = good.read().vault.webhook_key.unwrap();
    assert_eq!(key.expose_secret(), b"0123456789abcdef");
    let from_file = Made::least()
        .with("SCALEKIT_WEBHOOK_SECRET_FILE", "/run/secret")
        .file("/run/secret", "whsec_MDEyMzQ1Njc4OWFiY2RlZg==\n");
    assert!(from_file.read().vault.webhook_key.is_some());
    for wrong in [
        "MDEyMzQ1Njc4OWFiY2RlZg==",
        "whsec_",
        "whsec_MDEyMzQ1Njc4OWFiY2RlZg",
        "whsec_MDEyMzQ1Njc4OWFiY2Rl",
        "WHSEC_MDEyMzQ1Njc4OWFiY2RlZg==",
        "whsec_planted!",
    ] {
        let said = Made::least().with(NAME, wrong).mistakes();
        assert!(said.starts_with("SCALEKIT_WEBHOOK_SECRET is no"), "{said}");
        assert!(
            !said.contains("MDEy") && !said.contains("planted"),
            "{said}"
        );
    }
}

#[test]
fn exactly_the_names_in_the_list_are_read() {
    let made = Made::least();
    made.read();
    let named: BTreeSet<String> = SETTING_NAMES
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{name}_FILE")])
        .collect();
    assert_eq!(*made.asked.borrow(), named);
}

#[test]
fn every_setting_that_is_missing_is_named_at_once() {
    let said = Made::default().with("SLACK_BOT_TOKEN", " \n").mistakes();
    insta::assert_snapshot!(said, @r"
    SLACK_SIGNING_SECRET is not set; it is under Basic Information > App Credentials of the Slack app
    SLACK_BOT_TOKEN is not set; it is under OAuth & Permissions of the Slack app once it is installed (xoxb-…)
    SLACK_CLIENT_ID is not set; it is under Basic Information > App Credentials of the Slack app
    SLACK_CLIENT_SECRET is not set; it is under Basic Information > App Credentials of the Slack app
    SCALEKIT_ENVIRONMENT_URL is not set; it is under Settings > API Credentials of the Scalekit dashboard
    SCALEKIT_CLIENT_ID is not set; it is under Settings > API Credentials of the Scalekit dashboard
    SCALEKIT_CLIENT_SECRET is not set; it is under Settings > API Credentials of the Scalekit dashboard
    FASTROUTER_API_KEY is not set; it is an API key of the router, made in FastRouter's dashboard
    VALET_PUBLIC_URL is not set; it is the address under which browsers and Slack reach Valet, such as https://valet.example.com
    ");
}

#[test]
fn no_setting_that_is_wrong_hides_another() {
    let said = Made::least()
        .with("SLACK_SIGNING_SECRET", "planted with space")
        .with("SLACK_LOGIN_CLIENT_ID", "3.4")
        .with("SLACK_API_URL", "http://slack.example.com")
        .with("SCALEKIT_ENVIRONMENT_URL", "env.example.com")
        .with(
            "FASTROUTER_BASE_URL",
            "https://ada:planted@router.example.com",
        )
        .with("FASTROUTER_API_KEY_FILE", "/secrets/router")
        .with("VALET_CONNECTIONS", "gmail,g/mail,gmail")
        .with("VALET_COMMAND_PREFIX", "Acme!")
        .with("VALET_PUBLIC_URL", "https://example.com/valet")
        .with("VALET_LISTEN", "3000")
        .with("VALET_POLICY", "/etc/valet.toml")
        .with("DATABASE_URL", "postgres://planted")
        .file("/etc/valet.toml", "[tools]\na = \"no\"\n")
        .mistakes();
    assert!(!said.contains("planted"), "{said}");
    insta::assert_snapshot!(said, @r"
    SLACK_SIGNING_SECRET holds a space, a line break or a character beyond ASCII; copy it again
    SLACK_LOGIN_CLIENT_SECRET is missing beside SLACK_LOGIN_CLIENT_ID; set both or neither
    SLACK_API_URL is not https; use https (plain http is for localhost alone)
    SCALEKIT_ENVIRONMENT_URL is not a URL; give one such as https://example.com
    FASTROUTER_API_KEY and FASTROUTER_API_KEY_FILE are both set; unset one of them
    FASTROUTER_BASE_URL holds more than scheme, host and path; remove user, query and fragment
    VALET_CONNECTIONS holds a name that cannot be a connection's; copy the names from the Scalekit dashboard (letters, digits, _, :, - and spaces) and put commas between them
    VALET_CONNECTIONS names gmail twice; remove one
    VALET_COMMAND_PREFIX is not 1 to 20 of a-z, 0-9, - and _; shorten or respell it
    VALET_PUBLIC_URL has a path; give scheme and host alone
    VALET_LISTEN is not an address to listen on; give IP and port, such as 127.0.0.1:3000
    VALET_POLICY cannot be used: /etc/valet.toml, line 2: unknown variant `no`, expected one of `read`, `ask`, `deny`
    DATABASE_URL is not supported by this version, which keeps all in VALET_DATA_DIR; unset it
    ");
}

#[test]
fn any_setting_may_come_from_a_file() {
    let made = Made::least()
        .with("SLACK_BOT_TOKEN", "")
        .with("SLACK_BOT_TOKEN_FILE", "/run/token")
        .file("/run/token", "xoxb-from-file\r\n")
        .with("VALET_LISTEN_FILE", "/run/listen")
        .file("/run/listen", "0.0.0.0:80\n");
    let config = made.read();
    assert_eq!(config.slack.bot_token.expose_secret(), "xoxb-from-file");
    assert_eq!(config.listen.to_string(), "0.0.0.0:80");

    let said = made.file("/run/token", "\n").mistakes();
    assert!(said.starts_with("SLACK_BOT_TOKEN is not set"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_one_mistake() {
    let mut made = Made::least().with("SLACK_BOT_TOKEN_FILE", "/nowhere");
    made.set.remove("SLACK_BOT_TOKEN");
    assert_eq!(
        made.mistakes(),
        "SLACK_BOT_TOKEN_FILE names a file that cannot be read (entity not found); give a readable one"
    );
}

#[test]
fn lists_and_prefixes_are_read_liberally() {
    let config = Made::least()
        .with("VALET_CONNECTIONS", " gmail, github-connect ,,")
        .with("FASTROUTER_FALLBACK_MODELS", "a/b, c/d")
        .read();
    assert_eq!(config.connections.len(), 2);
    assert_eq!(config.router.fallbacks, ["a/b", "c/d"]);
    for (prefix, read) in [
        ("acme", "acme-"),
        ("acme-", "acme-"),
        ("/acme-", "acme-"),
        ("acme_", "acme_"),
        ("", ""),
    ] {
        let config = Made::least().with("VALET_COMMAND_PREFIX", prefix).read();
        assert_eq!(config.command_prefix, read, "{prefix}");
    }
}

#[test]
fn the_world_may_be_on_this_machine() {
    let config = Made::least()
        .with("VALET_PUBLIC_URL", "http://localhost:3000/")
        .with("SLACK_API_URL", "http://127.0.0.1:9/api/")
        .with("SCALEKIT_ENVIRONMENT_URL", "http://[::1]:9")
        .with("VALET_LISTEN", "127.0.0.1:0")
        .with("VALET_OPS_LISTEN", "127.0.0.1:0")
        .read();
    assert_eq!(config.public_url.as_str(), "http://localhost:3000/");
}

#[test]
fn the_listeners_do_not_share_a_port() {
    let said = Made::least()
        .with("VALET_LISTEN", "127.0.0.1:9464")
        .mistakes();
    assert!(said.starts_with("VALET_OPS_LISTEN is the same"), "{said}");
}

#[test]
fn with_socket_mode_no_signing_secret_is_needed_and_one_that_is_set_is_read() {
    let made = Made::least().with("SLACK_APP_TOKEN", "xapp-1-planted");
    let config = made.read();
    assert!(config.warnings().is_empty());
    assert!(config.slack.app_token.is_some() && config.slack.signing_secret.is_some());
    let mut made = made;
    made.set.remove("SLACK_SIGNING_SECRET");
    assert!(made.read().slack.signing_secret.is_none());
    let said = made.with("SLACK_SIGNING_SECRET", "planted with space");
    assert!(
        said.mistakes()
            .starts_with("SLACK_SIGNING_SECRET holds a space")
    );
}

#[test]
fn a_token_in_the_place_of_another_is_told_by_name() {
    let swapped = Made::least()
        .with("SLACK_APP_TOKEN", "xoxb-planted")
        .with("SLACK_BOT_TOKEN", "xapp-1-planted")
        .mistakes();
    assert!(!swapped.contains("planted"), "{swapped}");
    insta::assert_snapshot!(swapped, @r"
    SLACK_APP_TOKEN is no app-level token (xapp-…); copy one with the scope connections:write under Basic Information > App-Level Tokens of the Slack app
    SLACK_BOT_TOKEN is an app-level token, which speaks for nobody; put it into SLACK_APP_TOKEN, and here the Bot User OAuth Token (xoxb-…)
    ");
}

#[test]
fn a_policy_that_calls_a_write_a_read_is_taken_with_a_warning() {
    let config = Made::least()
        .with("VALET_POLICY", "/etc/valet.toml")
        .file(
            "/etc/valet.toml",
            "[tools]\ngmail_get_profile = \"read\"\ngmail_send_message = \"read\"\n",
        )
        .read();
    let [warning] = config.warnings() else {
        panic!("{:?}", config.warnings());
    };
    assert!(warning.contains("gmail_send_message"), "{warning}");
}

#[test]
fn settings_do_not_print_their_secrets() {
    let printed = format!("{:?}", Made::least().read());
    assert!(!printed.contains("planted"), "{printed}");
}

#[test]
fn a_health_check_needs_one_setting_alone() {
    let made = Made::default().with("VALET_OPS_LISTEN", "0.0.0.0:1");
    assert_eq!(ops_listen(&made).unwrap().to_string(), "0.0.0.0:1");
    assert_eq!(made.asked.borrow().len(), 2);
}

#[test]
fn traces_go_where_the_usual_variables_say() {
    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const WHOLE: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    let url = |made: Made| made.read().traces.map(|to| to.url.to_string());
    assert_eq!(url(Made::least()), None);
    for (name, value, leads_to) in [
        (
            BASE,
            "http://localhost:4318",
            "http://localhost:4318/v1/traces",
        ),
        (
            BASE,
            "https://c.example.com/otlp/",
            "https://c.example.com/otlp/v1/traces",
        ),
        (
            WHOLE,
            "https://c.example.com/in",
            "https://c.example.com/in",
        ),
    ] {
        let made = Made::least().with(name, value);
        assert_eq!(url(made).as_deref(), Some(leads_to));
    }
    let both = || {
        Made::least()
            .with(BASE, "https://a.example.com")
            .with(WHOLE, "https://b.example.com/")
    };
    assert_eq!(url(both()).as_deref(), Some("https://b.example.com/"));
    assert_eq!(url(both().with("OTEL_SDK_DISABLED", "TRUE")), None);
}

#[test]
fn what_traces_go_with_is_read_and_printed_by_nobody() {
    let traces = Made::least()
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example.com")
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .with("OTEL_EXPORTER_OTLP_HEADERS", "api-key=planted%20key, x=1")
        .with("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,team=ops")
        .read()
        .traces
        .unwrap();
    assert_eq!(traces.headers["api-key"], "planted key");
    let resource: Vec<&str> = traces
        .resource
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(resource, ["service.name", "service.version", "team"]);
    assert_eq!(traces.resource[0].1, "valet");
    assert!(!format!("{traces:?}").contains("planted"));
}

#[test]
fn mistakes_about_traces_are_told_unless_traces_are_off() {
    let made = || {
        Made::least()
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
            .with("OTEL_EXPORTER_OTLP_HEADERS", "planted")
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
            .with("OTEL_RESOURCE_ATTRIBUTES", "planted")
    };
    let told = made().mistakes();
    for name in [
        "OTEL_EXPORTER_OTLP_ENDPOINT is not https",
        "OTEL_EXPORTER_OTLP_HEADERS is no list",
        "OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES is no list",
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert!(!told.contains("planted"), "{told}");
    let off = made().with("OTEL_SDK_DISABLED", "true").read();
    assert!(off.traces.is_none());
}
