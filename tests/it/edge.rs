//! The edges: what reaches Valet from outside, and what each thing gets for an answer.

mod connections;
mod stopping;
mod wire;

use crate::bot::Bot;

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let bot = Bot::start().await;
    let ops = bot.ops_url();
    let status = |path: &'static str| {
        let address = format!("{ops}{path}");
        async move { reqwest::get(address).await.unwrap().status().as_u16() }
    };
    assert_eq!(status("/healthz").await, 200);
    assert_eq!(status("/readyz").await, 200);
    bot.vault.down().await;
    bot.vault.expire_tokens();
    assert_eq!(status("/healthz").await, 200);
    bot.vault.up();
    bot.finish().await;
}
