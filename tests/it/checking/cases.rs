//! One thing broken at a time. What the service asks for too is broken for good, so that it
//! does not take the fault that is meant for the check.

use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::router::Turn;
use valet_sim::slack::SlackSetup;
use valet_sim::vault::ConnectionList;

use crate::bot::{Bot, Settings};

/// Who is out of reach.
#[derive(Clone, Copy)]
pub enum Gone {
    Nobody,
    Router,
    Slack,
    Vault,
}

/// How a set-up is broken.
pub struct Case {
    pub broken: &'static str,
    pub slack: fn(&mut SlackSetup),
    pub breaks: fn(&Bot, &mut Settings),
    pub gone: Gone,
    /// `valet serve` runs, with settings that are right.
    pub serves: bool,
    /// The model calls the tool that it is asked to call.
    pub answers: bool,
}

pub const WELL: Case = Case {
    broken: "nothing",
    slack: |_| {},
    breaks: |_, _| {},
    gone: Gone::Nobody,
    serves: true,
    answers: true,
};

const fn case(broken: &'static str, breaks: fn(&Bot, &mut Settings)) -> Case {
    Case {
        broken,
        breaks,
        ..WELL
    }
}

const fn slack(broken: &'static str, slack: fn(&mut SlackSetup)) -> Case {
    Case {
        broken,
        slack,
        ..WELL
    }
}

/// A model that does not call the tool.
const fn model(broken: &'static str, breaks: fn(&Bot, &mut Settings)) -> Case {
    Case {
        answers: false,
        ..case(broken, breaks)
    }
}

/// Something else than Valet is where the public address leads: Slack's own server, which
/// answers there as it is told.
fn elsewhere(bot: &Bot, settings: &mut Settings, fault: Option<Fault>) {
    settings.set("VALET_PUBLIC_URL", &bot.slack.url());
    if let Some(fault) = fault {
        bot.slack.faults().once("/slack/events", fault);
    }
}

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

const COMPLETIONS: &str = "/chat/completions";

/// An https address whose certificate is its own witness, for one visit.
fn self_signed() -> String {
    let certificate = include_bytes!("../../data/self-signed.der");
    let key = include_bytes!("../../../sim/src/slack/keys/foreign.der");
    let key = PrivateKeyDer::Pkcs8(key.to_vec().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.to_vec().into()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        // The visitor goes away when they have seen the certificate.
        while tls
            .complete_io(&mut stream)
            .is_ok_and(|_| tls.is_handshaking())
        {}
    });
    format!("https://{address}")
}

fn without(slack: &mut SlackSetup, scope: &str) {
    let left = slack.scopes.split(',').filter(|one| *one != scope);
    slack.scopes = left.collect::<Vec<_>>().join(",");
}

fn router_says(bot: &Bot, status: u16) {
    let body = json!({"error": {"message": "words of a router", "code": status}});
    bot.router
        .faults()
        .once(COMPLETIONS, Fault::json(status, &body));
}

fn exchange_says(bot: &Bot, error: &str) {
    let body = json!({"ok": false, "error": error});
    let fault = Fault::json(200, &body);
    bot.slack.faults().once("openid.connect.token", fault);
}

pub const CASES: &[Case] = &[
    case(
        "a bot token in the place of the app token",
        |bot, settings| {
            settings.set("SLACK_APP_TOKEN", "xoxb-canary-bot-token");
            bot.router.forget_planned();
        },
    ),
    case("an app token that is not good", |_, settings| {
        settings.set("SLACK_APP_TOKEN", "xapp-1-canary-other");
    }),
    case(
        "an app token without `connections:write`",
        |bot, settings| {
            settings.over_socket();
            let body = json!({"ok": false, "error": "missing_scope"});
            let fault = Fault::json(200, &body);
            bot.slack.faults().once("apps.connections.open", fault);
        },
    ),
    case(
        "Slack limits the rate at which connections are opened",
        |bot, settings| {
            settings.over_socket();
            bot.slack
                .faults()
                .once("apps.connections.open", Fault::too_many(1));
        },
    ),
    case("Slack has trouble with Socket Mode", |bot, settings| {
        settings.over_socket();
        bot.slack
            .faults()
            .once("apps.connections.open", Fault::status(503));
    }),
    case("a proxy that answers for Socket Mode", |bot, settings| {
        settings.over_socket();
        bot.slack
            .faults()
            .once("apps.connections.open", Fault::nonsense());
    }),
    case("two required settings are missing", |bot, settings| {
        settings.unset("SLACK_BOT_TOKEN");
        settings.unset("VALET_PUBLIC_URL");
        bot.router.forget_planned();
    }),
    case("the policy has a slip", |bot, settings| {
        settings.policy("[tools]\n\"gmail_*\" = \"maybe\"\n");
        bot.router.forget_planned();
    }),
    case("the data directory is a file", |_, settings| {
        settings.set("VALET_DATA_DIR", env!("CARGO_BIN_EXE_valet"));
    }),
    case("a bot token that is not good", |_, settings| {
        settings.set("SLACK_BOT_TOKEN", "xoxb-canary-other");
    }),
    case("a person's token in the place of the bot's", |bot, _| {
        let body = json!({"ok": true, "team": "Acme", "team_id": "T0ACME", "user_id": "U0ADA"});
        bot.slack
            .faults()
            .always("auth.test", Fault::json(200, &body));
    }),
    slack("an app installed in a whole enterprise", |slack| {
        slack.enterprise = Some("E0ACME".to_owned());
        slack.org_wide = true;
    }),
    case("Slack limits the rate", |bot, _| {
        bot.slack.faults().always("auth.test", Fault::too_many(1));
    }),
    case("a proxy answers in the place of Slack", |bot, _| {
        bot.slack.faults().always("auth.test", Fault::nonsense());
    }),
    case("Slack has trouble", |bot, _| {
        bot.slack.faults().always("auth.test", Fault::status(503));
    }),
    Case {
        broken: "Slack is out of reach",
        gone: Gone::Slack,
        ..WELL
    },
    slack("a scope is missing: `app_mentions:read`", |slack| {
        without(slack, "app_mentions:read");
    }),
    slack("a scope is missing: `assistant:write`", |slack| {
        without(slack, "assistant:write");
    }),
    slack("a scope is missing: `channels:history`", |slack| {
        without(slack, "channels:history");
    }),
    slack("a scope is missing: `chat:write`", |slack| {
        without(slack, "chat:write");
    }),
    slack("a scope is missing: `commands`", |slack| {
        without(slack, "commands");
    }),
    slack("a scope is missing: `groups:history`", |slack| {
        without(slack, "groups:history");
    }),
    slack("a scope is missing: `im:history`", |slack| {
        without(slack, "im:history");
    }),
    slack("a scope is missing: `im:write`", |slack| {
        without(slack, "im:write");
    }),
    slack("a scope is missing: `users:read`", |slack| {
        without(slack, "users:read");
    }),
    case(
        "a policy with user groups, and no scope for them",
        |_, settings| {
            settings.policy("[people]\nuser_groups = [\"S1\"]\n");
        },
    ),
    slack("scopes that Valet does not need", |slack| {
        slack.scopes += ",channels:join,files:write";
    }),
    slack("Slack does not list the scopes", |slack| {
        slack.scopes = String::new();
    }),
    case("a public address with a slip in it", |_, settings| {
        settings.set("VALET_PUBLIC_URL", "https://valet.invalid");
    }),
    case("nobody listens at the public address", |_, settings| {
        settings.set("VALET_PUBLIC_URL", NOWHERE);
    }),
    Case {
        broken: "the same, and `valet serve` does not run",
        serves: false,
        ..WELL
    },
    case("no TLS at an https address", |_, settings| {
        let listen = settings.value("VALET_LISTEN").to_owned();
        settings.set("VALET_PUBLIC_URL", &format!("https://{listen}"));
    }),
    case("a certificate that nobody vouches for", |_, settings| {
        settings.set("VALET_PUBLIC_URL", &self_signed());
    }),
    case("another program at the public address", |bot, settings| {
        elsewhere(bot, settings, None);
    }),
    case("a proxy that asks for a login", |bot, settings| {
        elsewhere(bot, settings, Some(Fault::status(401)));
    }),
    case("a proxy that leads to nobody", |bot, settings| {
        elsewhere(bot, settings, Some(Fault::status(502)));
    }),
    Case {
        serves: false,
        ..case(
            "the same, and `valet serve` does not run",
            |bot, settings| {
                elsewhere(bot, settings, Some(Fault::status(502)));
            },
        )
    },
    case("an address that leads on to another", |bot, settings| {
        elsewhere(bot, settings, Some(Fault::status(308)));
    }),
    case("a public address that is silent", |bot, settings| {
        elsewhere(bot, settings, Some(Fault::Stall));
    }),
    case("a public address that breaks off", |bot, settings| {
        elsewhere(bot, settings, Some(Fault::Cut));
    }),
    case("a signing secret of another kind", |_, settings| {
        settings.set("SLACK_SIGNING_SECRET", "xoxb-canary-wrong-one");
    }),
    case("Slack's keys cannot be had", |bot, _| {
        bot.slack
            .faults()
            .once("/openid/connect/keys", Fault::status(500));
    }),
    case("a client id that Slack does not know", |_, settings| {
        settings.set("SLACK_CLIENT_ID", "9999.0000");
    }),
    case("the client secret of another app", |_, settings| {
        settings.set("SLACK_CLIENT_SECRET", "canary-other-secret");
    }),
    case("a redirect URL that the app does not have", |bot, _| {
        exchange_says(bot, "bad_redirect_uri");
    }),
    case(
        "Slack turns the client away for a reason of its own",
        |bot, _| {
            exchange_says(bot, "some_new_reason");
        },
    ),
    case("Slack does not answer the client", |bot, _| {
        bot.slack
            .faults()
            .once("openid.connect.token", Fault::status(503));
    }),
    case("the vault's secret is not good", |_, settings| {
        settings.set("SCALEKIT_CLIENT_SECRET", "canary-other-secret");
    }),
    case(
        "something else answers in the place of the vault",
        |bot, _| {
            bot.vault.faults().always("/oauth/token", Fault::nonsense());
        },
    ),
    Case {
        broken: "the vault is out of reach",
        gone: Gone::Vault,
        ..WELL
    },
    case(
        "the vault does not let us list its connections",
        |bot, _| {
            bot.vault
                .switch(|it| it.connection_list = ConnectionList::Forbidden);
        },
    ),
    case(
        "a connection that the vault does not have",
        |_, settings| {
            settings.set("VALET_CONNECTIONS", "gmail,fax");
        },
    ),
    case("a connection that the vault has switched off", |bot, _| {
        bot.vault.disable("linear");
    }),
    model("a key that the router does not take", |_, settings| {
        settings.set("FASTROUTER_API_KEY", "sk-v1-canary-other");
    }),
    model("no credit at the router", |bot, _| router_says(bot, 402)),
    model("a model that the router does not have", |bot, settings| {
        settings.set("FASTROUTER_MODEL", "openai/gpt-0");
        router_says(bot, 404);
    }),
    model("a model that takes no tools", |bot, settings| {
        settings.set("FASTROUTER_MODEL", "openai/plain");
        router_says(bot, 400);
    }),
    model("a model that takes tools and calls none", |bot, _| {
        bot.router.expect(Turn::says("I am ready."));
    }),
    model("the router limits the rate", |bot, _| {
        bot.router.faults().once(COMPLETIONS, Fault::too_many(60));
    }),
    model("a base URL of something else", |bot, _| {
        bot.router.faults().always(COMPLETIONS, Fault::nonsense());
    }),
    model("a fallback model that calls no tools", |bot, settings| {
        settings.set("FASTROUTER_FALLBACK_MODELS", "openai/plain");
        for _ in 0..2 {
            bot.router
                .will_do(|asked| match asked.body()["model"].as_str() {
                    Some("openai/plain") => Turn::says("I am ready."),
                    _ => Turn::calls("report_ready", &json!({})),
                });
        }
    }),
    Case {
        broken: "the router is out of reach",
        gone: Gone::Router,
        answers: false,
        ..WELL
    },
];
