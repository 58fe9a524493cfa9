//! The commands themselves: exit codes, what is printed where, and `valet manifest`.

use std::process::{Command, Output};

use serde_json::{Value, json};

use super::cases::{Case, WELL};
use super::{text, world};
use crate::bot::Settings;

async fn run(arguments: &[&str], settings: &Settings) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_valet"));
    command.args(arguments).env_clear().envs(settings.all());
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let printed = printed(output);
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_exit_code_says_whether_there_is_an_error_also_in_json() {
    let case = Case {
        answers: false,
        ..WELL
    };
    let (bot, mut settings) = world(&case).await;
    for json in [false, true] {
        let arguments: &[&str] = if json {
            &["check", "--json"]
        } else {
            &["check"]
        };

        bot.router.will_call("report_ready", &json!({}));
        let well = run(arguments, &settings).await;
        assert_eq!(well.status.code(), Some(0), "{well:?}");

        settings.set("VALET_CONNECTIONS", "gmail,fax");
        bot.router.will_call("report_ready", &json!({}));
        let wrong = run(arguments, &settings).await;
        assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");

        settings.set("VALET_CONNECTIONS", "canary/gmail");
        let unusable = run(arguments, &settings).await;
        assert_eq!(unusable.status.code(), Some(2), "{unusable:?}");
        settings.set("VALET_CONNECTIONS", "gmail");

        if json {
            assert!(lines(&well).iter().all(|one| text(one, "verdict") == "ok"));
            let fax = lines(&wrong);
            let fax = fax.iter().find(|one| text(one, "verdict") == "error");
            assert_eq!(text(fax.unwrap(), "check"), "connection fax");
            let [mistake] = &lines(&unusable)[..] else {
                panic!("{unusable:?}");
            };
            assert!(text(mistake, "found").starts_with("VALET_CONNECTIONS"));
        } else {
            assert!(printed(&well).ends_with("\nErrors: 0. Warnings: 0.\n"));
            assert!(printed(&wrong).contains("\nerror    connection fax: "));
            let unusable = printed(&unusable);
            assert!(unusable.starts_with("error    settings: VALET_CONNECTIONS"));
            assert!(!unusable.contains("canary"), "{unusable}");
        }
    }
    bot.finish().await;
}

fn yaml(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_yaml_ng::from_str(&printed(output)).unwrap()
}

#[tokio::test]
async fn the_manifest_is_printed_ready_to_paste() {
    let given = [
        "manifest",
        "--public-url",
        "https://v.acme.example",
        "--command-prefix",
        "acme",
    ];
    let filled = yaml(&run(&given, &Settings::default()).await);
    let command = &filled["features"]["slash_commands"][0];
    assert_eq!(text(command, "command"), "/acme-connect");
    assert_eq!(
        text(command, "url"),
        "https://v.acme.example/slack/commands"
    );

    // What is not given comes from the settings.
    let mut settings = Settings::only("VALET_PUBLIC_URL", "https://v.acme.example/");
    settings.set("VALET_COMMAND_PREFIX", "acme-");
    assert_eq!(yaml(&run(&["manifest"], &settings).await), filled);
    settings.set("VALET_COMMAND_PREFIX", "other");
    settings.set("VALET_PUBLIC_URL", "https://other.example");
    assert_eq!(yaml(&run(&given, &settings).await), filled);

    // With an app token Slack comes over Socket Mode, and posts to no address.
    settings.set("SLACK_APP_TOKEN", "xapp-1-canary");
    let over_socket = yaml(&run(&given, &settings).await);
    assert_eq!(over_socket["settings"]["socket_mode_enabled"], true);
    let command = &over_socket["features"]["slash_commands"][0];
    assert_eq!(text(command, "command"), "/acme-connect");
    assert_eq!(text(command, "url"), "");
}

#[tokio::test]
async fn no_manifest_is_printed_for_what_cannot_be_an_address_or_a_prefix() {
    let address = ["manifest", "--public-url", "https://v.acme.example"];
    for (arguments, named) in [
        (vec!["manifest"], "VALET_PUBLIC_URL is not set"),
        (
            vec!["manifest", "--public-url", "http://v.acme.example"],
            "VALET_PUBLIC_URL is not https",
        ),
        (
            [&address[..], &["--command-prefix", "A B"]].concat(),
            "VALET_COMMAND_PREFIX is not 1 to 20",
        ),
    ] {
        let output = run(&arguments, &Settings::default()).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(named), "{told}");
    }
}
