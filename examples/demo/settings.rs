//! Valet's settings, made for the world around it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::Context as _;
use valet::Variables;
use valet_sim::demo::Playground;

/// In place of the environment, in which a developer's own `SLACK_…` may stand.
pub(crate) struct Settings {
    variables: BTreeMap<&'static str, String>,
    public_url: String,
}

impl Settings {
    pub(crate) fn of(playground: &Playground, folder: &Path) -> anyhow::Result<Self> {
        let [public, ops] = free_addresses()?;
        let public_url = format!("http://{public}");
        let mut variables = playground.settings();
        variables.extend([
            ("VALET_LISTEN", public),
            ("VALET_OPS_LISTEN", ops),
            ("VALET_PUBLIC_URL", public_url.clone()),
            ("VALET_DATA_DIR", folder.join("data").display().to_string()),
        ]);
        Ok(Self {
            variables,
            public_url,
        })
    }

    /// Where browsers and Slack reach Valet.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }
}

impl Variables for Settings {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// No setting of the demo names a file.
    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Two addresses on loopback that nobody had a moment ago: a port has to be known before
/// Valet binds it, since it stands in the public URL.
fn free_addresses() -> anyhow::Result<[String; 2]> {
    let bind =
        || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port on loopback");
    // Both are held at once, so that they differ.
    let (public, ops) = (bind()?, bind()?);
    Ok([
        public.local_addr()?.to_string(),
        ops.local_addr()?.to_string(),
    ])
}
