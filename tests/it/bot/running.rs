//! Valet inside the story's own process, with its clock in the story's hand.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use valet::{App, Config, Patience, Randomness, Room, Surroundings};

use super::settings::until_free;
use super::{Settings, StoryClock};

/// A Valet that serves until it is told to stop.
pub struct Running {
    ops_url: String,
    stop: CancellationToken,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub async fn start(
        settings: &Settings,
        clock: &StoryClock,
        (patience, room): (&Patience, Room),
    ) -> Self {
        // Only the first story of a process installs it; the others find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config::read(settings).expect("the settings of a story are good");
        let surroundings = Surroundings {
            clock: clock.for_valet(),
            randomness: Randomness::system(),
            patience: *patience,
            room,
        };
        for listener in ["VALET_LISTEN", "VALET_OPS_LISTEN"] {
            until_free(settings.value(listener)).await;
        }
        let app = App::open(config, surroundings).await.expect("Valet starts");
        let ops_url = format!("http://{}", app.ops_addr().expect("a bound address"));
        let stop = CancellationToken::new();
        let told = stop.clone();
        let serving = tokio::spawn(app.serve_until(async move { told.cancelled().await }));
        Self {
            ops_url,
            stop,
            serving,
        }
    }

    pub fn ops_url(&self) -> String {
        self.ops_url.clone()
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.serving
            .await
            .expect("Valet does not panic")
            .expect("Valet stops in order");
    }
}

/// Longer than a story waits for anything: none goes on because a deadline has passed.
pub const LONG: Duration = Duration::from_secs(30);

/// A story is to come to the same end on a machine that is busy: it waits for what comes.
pub fn patient() -> Patience {
    Patience {
        head: LONG,
        request: LONG,
        slack: LONG,
        // The world has no such rule, unless a story switches it on.
        post: Duration::ZERO,
        limited: Duration::from_millis(200),
        vault: LONG,
        tools: LONG,
        router: LONG,
        reply: Duration::from_mins(1),
        // A story that is about it says so.
        words: Duration::from_hours(1),
        steps: Duration::from_hours(1),
        run: Duration::from_mins(10),
        // Whatever fails: a story is to go on in the world in which it failed.
        trouble: Duration::from_hours(1),
        probe: Duration::from_millis(100),
        pause: Duration::from_millis(10),
        sweep: Duration::from_millis(50),
        // A story that wants to be looked at says so.
        connections: Duration::from_hours(1),
        disk: Duration::from_millis(50),
        backup: Duration::from_hours(1),
        spans: Duration::from_millis(10),
        // Many stories stop it while it works.
        drain: Duration::from_secs(2),
        // A story that is about it says so.
        silence: Duration::from_hours(1),
        reconnect: Duration::from_millis(10),
        unconnected: Duration::ZERO,
    }
}

/// Where services fall silent, a story does not wait long for what will not come.
pub fn impatient() -> Patience {
    Patience {
        slack: Duration::from_secs(2),
        // Long enough to come again when told to come again in a second.
        vault: Duration::from_millis(2_500),
        tools: Duration::from_millis(2_500),
        router: Duration::from_secs(2),
        // A long reply on a busy machine; silence is noticed sooner.
        reply: Duration::from_secs(10),
        drain: Duration::from_secs(1),
        ..patient()
    }
}
