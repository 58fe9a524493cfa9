//! Reports of the vault: not signed, signed otherwise, too old, again, and untrue.

use serde_json::json;
use valet_sim::vault::{Sending, Status};

use super::row::{By, Row, row};
use super::scene::Scene;

const WEBHOOK: &str = "src/scalekit/webhook.rs";
const ADAS: (&str, &str) = ("gmail", "ada@example.com");
const LAPSED: (Status, Status) = (Status::Active, Status::Expired);

async fn adas(scene: &Scene) -> valet_sim::vault::Report {
    scene.connected("ada", "gmail").await;
    scene.bot.slack.read_all();
    scene.bot.vault.status_report(ADAS, LAPSED)
}

fn sent(attack: &'static str, tried: &'static str, how: Sending) -> Row {
    row(
        (attack, By::Stranger),
        tried,
        WEBHOOK,
        async move |scene: &Scene| {
            let report = adas(scene).await;
            scene
                .strikes(async {
                    let app = scene.bot.settings.public_url();
                    let status = scene.bot.vault.sends(&app, &report, how).await;
                    status.unwrap_or_default().to_string()
                })
                .await
        },
    )
}

pub fn rows() -> Vec<Row> {
    vec![
        sent(
            "a report without a signature",
            "no header of it",
            Sending::Unsigned,
        ),
        sent(
            "a report by another key",
            "the right form",
            Sending::OtherKey,
        ),
        sent(
            "a report changed after it was signed",
            "one letter",
            Sending::Altered,
        ),
        sent(
            "a report under another id",
            "the id is signed too",
            Sending::OtherId,
        ),
        sent(
            "a report of 301 seconds ago",
            "well signed then",
            Sending::Off(-301),
        ),
        sent(
            "a report from the future",
            "in 301 seconds",
            Sending::Off(301),
        ),
        row(
            ("a report that is not true", By::Operator),
            "well signed, it says that Ada's account has lapsed, and it has not",
            "src/notice.rs",
            async |scene: &Scene| {
                let report = adas(scene).await;
                scene
                    .strikes(async {
                        let app = scene.bot.settings.public_url();
                        let status = scene.bot.vault.sends(&app, &report, Sending::Good).await;
                        status.unwrap_or_default().to_string()
                    })
                    .await
            },
        ),
        row(
            ("a report about nobody", By::Operator),
            "well signed, about an identifier that Valet has not given out",
            "src/store/people.rs",
            async |scene: &Scene| {
                let report = adas(scene).await.with("identifier", json!("U0ADA"));
                scene
                    .strikes(async {
                        let app = scene.bot.settings.public_url();
                        let status = scene.bot.vault.sends(&app, &report, Sending::Good).await;
                        status.unwrap_or_default().to_string()
                    })
                    .await
            },
        ),
    ]
}
