//! The settings: read once, from an injected source, before a port is bound. Every
//! mistake is reported at once, by the variable's name and with its fix.

mod parts;
mod reader;
mod traces;
mod variables;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use url::Url;

use crate::agent::Prompt;
use crate::ids::ConnectionName;
use crate::policy::Policy;
use crate::traces::Destination;

use reader::Reader;

pub(crate) use parts::{RouterSettings, SlackSettings, VaultSettings};
pub use reader::Mistakes;
pub use variables::{Environment, Variables};

/// Every variable that is read; each may also be given as `<name>_FILE`.
pub const SETTING_NAMES: &[&str] = &[
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_LOGIN_CLIENT_ID",
    "SLACK_LOGIN_CLIENT_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_API_URL",
    "SLACK_OPENID_URL",
    "SCALEKIT_ENVIRONMENT_URL",
    "SCALEKIT_CLIENT_ID",
    "SCALEKIT_CLIENT_SECRET",
    "SCALEKIT_WEBHOOK_SECRET",
    "FASTROUTER_API_KEY",
    "FASTROUTER_BASE_URL",
    "FASTROUTER_MODEL",
    "FASTROUTER_FALLBACK_MODELS",
    "VALET_CONNECTIONS",
    "VALET_COMMAND_PREFIX",
    "VALET_PUBLIC_URL",
    "VALET_LISTEN",
    "VALET_OPS_LISTEN",
    "VALET_DATA_DIR",
    "VALET_POLICY",
    "DATABASE_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
];

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
const OPS_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) slack: SlackSettings,
    pub(crate) vault: VaultSettings,
    pub(crate) router: RouterSettings,
    /// At least one, none twice, in the operator's order.
    pub(crate) connections: Vec<ConnectionName>,
    /// Stands before the names of the slash commands; empty, or ends with `-` or `_`.
    pub(crate) command_prefix: String,
    /// An origin: no path but `/`.
    pub(crate) public_url: Url,
    pub(crate) listen: SocketAddr,
    pub(crate) ops_listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) policy: Policy,
    pub(crate) traces: Option<Destination>,
    warnings: Vec<String>,
}

impl Config {
    /// Reads all settings.
    pub fn read(variables: &dyn Variables) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(variables);
        let read = Self::gather(&mut reader);
        reader.finish(read)
    }

    /// What the operator should know though it stops nothing, to be logged at start.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Reads every part before it gives up on any.
    fn gather(reader: &mut Reader<'_>) -> Option<Self> {
        let slack = SlackSettings::read(reader);
        let vault = VaultSettings::read(reader);
        let router = RouterSettings::read(reader);
        let connections = connections(reader);
        let command_prefix = command_prefix(reader);
        let public_url = public_url(reader);
        let listen = reader.address_or("VALET_LISTEN", LISTEN);
        let ops_listen = reader.address_or("VALET_OPS_LISTEN", OPS_LISTEN);
        let data_dir = data_folder(reader);
        let policy = policy(reader);
        let traces = traces::traces(reader);
        let warnings = warnings(policy.as_ref());
        refuse_database(reader);
        refuse_one_port_for_both(reader, listen, ops_listen);
        Some(Self {
            slack: slack?,
            vault: vault?,
            router: router?,
            connections,
            command_prefix,
            public_url: public_url?,
            listen: listen?,
            ops_listen: ops_listen?,
            data_dir: data_dir?,
            policy: policy?,
            traces,
            warnings,
        })
    }
}

/// The ops listener's address, which is all that a health check needs to know.
pub fn ops_listen(variables: &dyn Variables) -> Result<SocketAddr, Mistakes> {
    let mut reader = Reader::new(variables);
    let address = reader.address_or("VALET_OPS_LISTEN", OPS_LISTEN);
    reader.finish(address)
}

/// The data directory alone: for commands that work beside the service.
pub fn data_dir(variables: &dyn Variables) -> Result<PathBuf, Mistakes> {
    let mut reader = Reader::new(variables);
    let folder = data_folder(&mut reader);
    reader.finish(folder)
}

/// What the Slack app has to be told.
pub(crate) struct SlackApp {
    pub(crate) public_url: Url,
    pub(crate) command_prefix: String,
    /// It brings everything over Socket Mode.
    pub(crate) socket_mode: bool,
}

/// The settings that the Slack app has to be told, and no others.
pub(crate) fn slack_app(variables: &dyn Variables) -> Result<SlackApp, Mistakes> {
    let mut reader = Reader::new(variables);
    let command_prefix = command_prefix(&mut reader);
    let socket_mode = SlackSettings::app_token(&mut reader).is_ok_and(|token| token.is_some());
    let read = public_url(&mut reader).map(|public_url| SlackApp {
        public_url,
        command_prefix,
        socket_mode,
    });
    reader.finish(read)
}

fn data_folder(reader: &mut Reader<'_>) -> Option<PathBuf> {
    reader
        .word_or("VALET_DATA_DIR", "./data")
        .map(PathBuf::from)
}

fn connections(reader: &mut Reader<'_>) -> Vec<ConnectionName> {
    const NAME: &str = "VALET_CONNECTIONS";
    let mut names = reader.list(NAME);
    if names.is_empty() {
        names.push("gmail".to_owned());
    }
    let mut connections = Vec::new();
    for name in names {
        match ConnectionName::parse(&name) {
            Ok(name) if connections.contains(&name) => {
                reader.wrong(NAME, format!("names {name} twice; remove one"));
            }
            Ok(name) => connections.push(name),
            Err(_) => reader.wrong(
                NAME,
                "holds a name that cannot be a connection's; copy the names from the Scalekit \
                 dashboard (letters, digits, _, :, - and spaces) and put commas between them",
            ),
        }
    }
    connections
}

/// Slack takes command names of 32 characters; `connections` needs 11 of them, the
/// separator one.
const LONGEST_PREFIX: usize = 20;

/// `acme`, `acme-` and `/acme-` all make `/acme-connect`.
fn command_prefix(reader: &mut Reader<'_>) -> String {
    const NAME: &str = "VALET_COMMAND_PREFIX";
    let Ok(Some(word)) = reader.word(NAME) else {
        return String::new();
    };
    let word = word.trim_start_matches('/');
    let lawful = (1..=LONGEST_PREFIX).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    if !lawful {
        reader.wrong(
            NAME,
            format!("is not 1 to {LONGEST_PREFIX} of a-z, 0-9, - and _; shorten or respell it"),
        );
    }
    if word.ends_with(['-', '_']) {
        word.to_owned()
    } else {
        format!("{word}-")
    }
}

fn public_url(reader: &mut Reader<'_>) -> Option<Url> {
    const NAME: &str = "VALET_PUBLIC_URL";
    let url = reader.required_url(
        NAME,
        "the address under which browsers and Slack reach Valet, such as https://valet.example.com",
    )?;
    if url.path() != "/" {
        reader.wrong(NAME, "has a path; give scheme and host alone");
        return None;
    }
    Some(url)
}

fn policy(reader: &mut Reader<'_>) -> Option<Policy> {
    const NAME: &str = "VALET_POLICY";
    let Some(path) = reader.word(NAME).ok()?.map(PathBuf::from) else {
        return Some(Policy::default());
    };
    let text = match reader.read_file(&path) {
        Ok(text) => text,
        Err(error) => {
            reader.wrong(
                NAME,
                format!(
                    "names a file that cannot be read ({}); give a readable one",
                    error.kind()
                ),
            );
            return None;
        }
    };
    let mistake = match Policy::parse(&text) {
        Ok(policy) => return with_prompt(reader, &path, policy),
        Err(mistake) => mistake,
    };
    reader.wrong(
        NAME,
        format!("cannot be used: {}, {mistake}", path.display()),
    );
    None
}

/// The policy with the prompt that it names, which is read as strictly as the policy.
fn with_prompt(reader: &mut Reader<'_>, beside: &Path, policy: Policy) -> Option<Policy> {
    const NAME: &str = "VALET_POLICY";
    let Some(named) = policy.prompt_file() else {
        return Some(policy);
    };
    let path = beside.with_file_name(named);
    let text = match reader.read_file(&path) {
        Ok(text) => text,
        Err(error) => {
            let path = path.display();
            let kind = error.kind();
            reader.wrong(
                NAME,
                format!("names the prompt {path}, which cannot be read ({kind}); give a readable file of UTF-8"),
            );
            return None;
        }
    };
    match Prompt::parse(&text) {
        Ok(prompt) => Some(policy.with_prompt(prompt)),
        Err(mistake) => {
            let path = path.display();
            reader.wrong(
                NAME,
                format!("names the prompt {path}, which cannot be used: {mistake}"),
            );
            None
        }
    }
}

fn warnings(policy: Option<&Policy>) -> Vec<String> {
    policy
        .into_iter()
        .flat_map(Policy::vouched_for)
        .map(|pattern| {
            format!(
                "the policy calls {pattern} a read, but it may name tools that change something \
                 or carry data out: these run without anybody's word"
            )
        })
        .collect()
}

fn refuse_database(reader: &mut Reader<'_>) {
    if matches!(reader.text("DATABASE_URL"), Ok(Some(_))) {
        reader.wrong(
            "DATABASE_URL",
            "is not supported by this version, which keeps all in VALET_DATA_DIR; unset it",
        );
    }
}

fn refuse_one_port_for_both(
    reader: &mut Reader<'_>,
    listen: Option<SocketAddr>,
    ops_listen: Option<SocketAddr>,
) {
    if listen == ops_listen && listen.is_some_and(|address| address.port() != 0) {
        reader.wrong(
            "VALET_OPS_LISTEN",
            "is the same as VALET_LISTEN; give it another port, not reachable from outside",
        );
    }
}
