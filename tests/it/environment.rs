//! What the environment may say besides the settings.

use crate::bot::{Bot, Process};

#[tokio::test]
async fn a_proxy_that_is_no_setting_is_not_gone_through() {
    let mut bot = Bot::world(|_| {}).await;
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        // Nobody listens there.
        bot.settings.set(name, "http://127.0.0.1:9");
    }
    let process = Process::serve(&bot.settings).await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Straight ahead.");
    let question = bot.slack.person("ada").direct("Which way?").await;
    assert_eq!(bot.answer(&question).await, "Straight ahead.");
    process.stop();
    bot.finish().await;
}
