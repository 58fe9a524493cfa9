//! The disk is nearly full.

use serde_json::json;
use valet::Outcome;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::RetryPolicy;

use super::{Disk, on, readiness, until_it_says};
use crate::checking::checked;

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_no_new_events_and_lets_runs_finish() {
    let Some(disk) = Disk::of_mib(96) else { return };
    let (bot, process) = on(&disk).await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let gate = Gate::closed();
    bot.router
        .expect(Turn::says("On the reserve.").held_by(&gate));
    let at_work = ada.mentions_in("general", "Will you finish?").await;
    bot.router.asked(1).await;

    disk.fill_but_for(10 << 10);
    let told = until_it_says(&bot, "nearly full").await;
    assert_eq!(readiness(&bot).await.0, 503);
    assert!(told.contains("VALET_DATA_DIR"), "{told}");
    assert!(told.contains("32 MiB"), "{told}");
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let refused = ada.direct("help").await;
    assert_eq!(refused.delivered.as_ref().unwrap().status, Some(503));
    gate.open();
    assert_eq!(bot.answer(&at_work).await, "On the reserve.");

    disk.empty();
    until_it_says(&bot, "ready").await;
    let again = bot.slack.redeliver(&refused.event_id).await;
    assert_eq!(again.status, Some(200));
    bot.slack.next_reply(&refused).await;
    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("is nearly full").count(), 1, "{log}");
    assert_eq!(log.matches("there is room on the disk again").count(), 1);
    assert_eq!(bot.slack.thread(&refused).len(), 2, "answered once");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn a_check_beside_a_service_on_a_disk_that_is_nearly_full_says_so_twice() {
    let Some(disk) = Disk::of_mib(96) else { return };
    let (bot, process) = on(&disk).await;
    disk.fill_but_for(10 << 10);
    until_it_says(&bot, "nearly full").await;
    bot.router.will_call("report_ready", &json!({}));
    let checked = checked(&bot, &bot.settings).await;
    assert_eq!(checked.outcome(), Outcome::Errors);
    let told = checked.for_people();
    for line in [
        "error    data directory: ",
        " MiB are free, and Valet starts with 32 or more\n",
        "warning  public address: Valet answers there, and takes nothing in for now\n",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    disk.empty();
    until_it_says(&bot, "ready").await;
    let (code, log) = process.stop().await;
    assert_eq!(code, Some(0), "{log}");

    disk.read_only();
    bot.router.will_call("report_ready", &json!({}));
    let told = self::checked(&bot, &bot.settings).await.for_people();
    assert!(
        told.contains("data directory: it cannot be written (read-only"),
        "{told}"
    );
    bot.finish().await;
}
