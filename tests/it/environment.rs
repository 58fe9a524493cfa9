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
    process.stop().await;
    bot.finish().await;
}

#[tokio::test]
async fn the_usual_limit_on_open_files_does_not_bound_what_is_at_work() {
    let bot = Bot::world(|_| {}).await;
    let process = Process::serve_with_open_files(&bot.settings, 128).await;
    let public = bot.settings.value("VALET_LISTEN").to_owned();
    let mut held = Vec::new();
    for _ in 0..200 {
        held.push(tokio::net::TcpStream::connect(&public).await.unwrap());
    }
    let question = bot.slack.person("ada").direct("help").await;
    bot.slack.next_reply(&question).await;
    drop(held);
    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("Too many open files"), "{log}");
    bot.finish().await;
}
