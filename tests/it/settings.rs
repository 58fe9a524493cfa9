//! Settings: every mistake at once, with its name and the fix, before a port is bound.

use crate::bot::{Bot, Process};

#[tokio::test]
async fn every_mistake_is_told_at_once_and_before_a_port_is_bound() {
    let bot = Bot::world(|settings| {
        settings.unset("SLACK_SIGNING_SECRET");
        settings.set("SCALEKIT_ENVIRONMENT_URL", "http://vault.example.com");
        settings.set("VALET_LISTEN", "everywhere");
    })
    .await;
    let (code, told) = Process::spawn(&bot.settings).wait();
    assert_eq!(code, Some(2));
    for name in [
        "SLACK_SIGNING_SECRET",
        "SCALEKIT_ENVIRONMENT_URL",
        "VALET_LISTEN",
    ] {
        assert!(told.contains(name), "{name} is named:\n{told}");
    }
    bot.finish().await;
}
