//! The settings of each edge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use url::Url;

use super::reader::{Noted, Reader};

/// What app-level tokens begin with: Slack's tokens tell what they are for.
const APP_LEVEL: &str = "xapp-";

/// How Slack is reached, and how it proves itself.
#[derive(Debug, Clone)]
pub(crate) struct SlackSettings {
    /// With it Slack's requests are verified; none: it sends none.
    pub(crate) signing_secret: Option<SecretString>,
    /// With it Slack brings everything over Socket Mode.
    pub(crate) app_token: Option<SecretString>,
    pub(crate) bot_token: SecretString,
    /// The app that people sign in to; the same one unless a second is configured.
    pub(crate) login_client_id: String,
    pub(crate) login_client_secret: SecretString,
    pub(crate) api_url: Url,
    pub(crate) openid_url: Url,
}

impl SlackSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        const BASIC: &str = "under Basic Information > App Credentials of the Slack app";
        let app_token = Self::app_token(reader);
        // A mistake in the token is told by itself.
        let signing_secret = match app_token {
            Ok(None) => {
                let secret = reader.required_secret("SLACK_SIGNING_SECRET", BASIC);
                secret.map(Some)
            }
            Ok(Some(_)) | Err(Noted) => reader.secret("SLACK_SIGNING_SECRET").ok(),
        };
        let bot_token = reader.required_secret(
            "SLACK_BOT_TOKEN",
            "under OAuth & Permissions of the Slack app once it is installed (xoxb-…)",
        );
        if let Some(token) = &bot_token
            && token.expose_secret().starts_with(APP_LEVEL)
        {
            reader.wrong(
                "SLACK_BOT_TOKEN",
                "is an app-level token, which speaks for nobody; put it into SLACK_APP_TOKEN, \
                 and here the Bot User OAuth Token (xoxb-…)",
            );
        }
        let client_id = reader.required_word("SLACK_CLIENT_ID", BASIC);
        let client_secret = reader.required_secret("SLACK_CLIENT_SECRET", BASIC);
        let login = Self::login(reader);
        let api_url = reader.url_or("SLACK_API_URL", "https://slack.com/api");
        let openid_url = reader.url_or("SLACK_OPENID_URL", "https://slack.com");
        let (client_id, client_secret) = (client_id?, client_secret?);
        let (login_client_id, login_client_secret) = login.unwrap_or((client_id, client_secret));
        Some(Self {
            signing_secret: signing_secret?,
            app_token: app_token.ok()?,
            bot_token: bot_token?,
            login_client_id,
            login_client_secret,
            api_url: api_url?,
            openid_url: openid_url?,
        })
    }

    pub(super) fn app_token(reader: &mut Reader<'_>) -> Result<Option<SecretString>, Noted> {
        const NAME: &str = "SLACK_APP_TOKEN";
        let Some(token) = reader.secret(NAME)? else {
            return Ok(None);
        };
        if token.expose_secret().starts_with(APP_LEVEL) {
            return Ok(Some(token));
        }
        reader.wrong(
            NAME,
            "is no app-level token (xapp-…); copy one with the scope connections:write under \
             Basic Information > App-Level Tokens of the Slack app",
        );
        Err(Noted)
    }

    fn login(reader: &mut Reader<'_>) -> Option<(String, SecretString)> {
        let id = reader.word("SLACK_LOGIN_CLIENT_ID");
        let secret = reader.secret("SLACK_LOGIN_CLIENT_SECRET");
        let (id, secret) = (id.ok()?, secret.ok()?);
        match (&id, &secret) {
            (Some(_), None) => reader.wrong(
                "SLACK_LOGIN_CLIENT_SECRET",
                "is missing beside SLACK_LOGIN_CLIENT_ID; set both or neither",
            ),
            (None, Some(_)) => reader.wrong(
                "SLACK_LOGIN_CLIENT_ID",
                "is missing beside SLACK_LOGIN_CLIENT_SECRET; set both or neither",
            ),
            (Some(_), Some(_)) | (None, None) => {}
        }
        id.zip(secret)
    }
}

/// How the vault is reached.
#[derive(Debug, Clone)]
pub(crate) struct VaultSettings {
    pub(crate) environment_url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    /// What the vault's reports are signed with; none: it sends none.
    pub(crate) webhook_key: Option<SecretSlice<u8>>,
}

/// Shorter keys than this are slips of copying, in bytes.
const SHORTEST_WEBHOOK_KEY: usize = 16;

impl VaultSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        const CREDENTIALS: &str = "under Settings > API Credentials of the Scalekit dashboard";
        let environment_url = reader.required_url("SCALEKIT_ENVIRONMENT_URL", CREDENTIALS);
        let client_id = reader.required_word("SCALEKIT_CLIENT_ID", CREDENTIALS);
        let client_secret = reader.required_secret("SCALEKIT_CLIENT_SECRET", CREDENTIALS);
        let webhook_key = Self::webhook_key(reader);
        Some(Self {
            environment_url: environment_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            webhook_key: webhook_key.ok()?,
        })
    }

    fn webhook_key(reader: &mut Reader<'_>) -> Result<Option<SecretSlice<u8>>, Noted> {
        const NAME: &str = "SCALEKIT_WEBHOOK_SECRET";
        let Some(secret) = reader.secret(NAME)? else {
            return Ok(None);
        };
        let key = secret.expose_secret().strip_prefix("whsec_");
        let key = key.and_then(|key| STANDARD.decode(key).ok());
        if let Some(key) = key.filter(|key| key.len() >= SHORTEST_WEBHOOK_KEY) {
            return Ok(Some(key.into()));
        }
        reader.wrong(
            NAME,
            "is no signing secret (whsec_… and base64); copy it again from the webhook in the \
             Scalekit dashboard",
        );
        Err(Noted)
    }
}

/// How the router is reached, and which models it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct RouterSettings {
    pub(crate) key: SecretString,
    pub(crate) base: Url,
    pub(crate) model: String,
    /// In order; tried by the router after `model`.
    pub(crate) fallbacks: Vec<String>,
}

impl RouterSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let key = reader.required_secret(
            "FASTROUTER_API_KEY",
            "an API key of the router, made in FastRouter's dashboard",
        );
        let base = reader.url_or("FASTROUTER_BASE_URL", "https://api.fastrouter.ai/api/v1");
        let model = reader.word_or("FASTROUTER_MODEL", "openai/gpt-4o-mini");
        let fallbacks = reader.list("FASTROUTER_FALLBACK_MODELS");
        Some(Self {
            key: key?,
            base: base?,
            model: model?,
            fallbacks,
        })
    }
}
