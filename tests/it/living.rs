//! The life of a connection, as its person sees it from Slack.

mod disconnecting;
mod home;
mod listing;
mod several;
mod statuses;
mod suggesting;
mod unknown;

use crate::bot::Bot;

/// Ada, whose mailbox is connected.
async fn ada_is_connected() -> Bot {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot
}
