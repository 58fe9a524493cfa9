//! The log: sentences for people at a terminal, JSON for machines, never a foreign body.

use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, FilterFn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogShape {
    /// Lines of JSON.
    Machines,
    /// Lines of text.
    People,
}

/// What other libraries may say, whatever `RUST_LOG` asks for. Slack's client logs whole
/// bodies, at any level; the others log addresses and headers when they are talkative,
/// and an address of the vault holds an identifier.
const CAPS: &[(&str, LevelFilter)] = &[
    ("slack_morphism", LevelFilter::OFF),
    ("axum", LevelFilter::WARN),
    ("h2", LevelFilter::WARN),
    ("hyper", LevelFilter::WARN),
    ("hyper_rustls", LevelFilter::WARN),
    ("hyper_util", LevelFilter::WARN),
    ("reqwest", LevelFilter::WARN),
    ("rustls", LevelFilter::WARN),
    ("sled", LevelFilter::WARN),
    ("tower", LevelFilter::WARN),
    ("tower_http", LevelFilter::WARN),
];

/// A log of this shape. `directives` are those of `RUST_LOG`; without any, `info`.
pub fn log<W>(directives: Option<&str>, shape: LogShape, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let wanted = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(directives.unwrap_or_default());
    let capped = FilterFn::new(|metadata| may_speak(metadata.target(), *metadata.level()));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match shape {
        LogShape::Machines => lines.json().flatten_event(true).boxed(),
        LogShape::People => lines.boxed(),
    };
    Registry::default().with(lines.with_filter(wanted.and(capped)))
}

fn may_speak(target: &str, level: Level) -> bool {
    let crate_name = target.split("::").next().unwrap_or_default();
    CAPS.iter()
        .find(|(name, _)| *name == crate_name)
        .is_none_or(|(_, cap)| level <= *cap)
}

/// Sends panics to the log: where, but of what was said only our own fixed words, since
/// words put together at run time can hold anything.
pub fn log_panics() {
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(
        panic.place = place.as_deref().unwrap_or("unknown"),
        panic.words = panic.payload().downcast_ref::<&'static str>().copied(),
        "a part of Valet stopped unexpectedly"
    );
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn of(directives: Option<&str>, shape: LogShape, speak: impl FnOnce()) -> String {
            let paper = Self::default();
            let writer = paper.clone();
            let log = log(directives, shape, move || writer.clone());
            tracing::subscriber::with_default(log, speak);
            let bytes = paper.0.lock().unwrap().clone();
            String::from_utf8(bytes).unwrap()
        }
    }

    #[test]
    fn libraries_keep_quiet_whatever_is_asked_for() {
        for (target, level, speaks) in [
            ("valet::app", Level::TRACE, true),
            ("slack_morphism", Level::ERROR, false),
            (
                "slack_morphism::hyper_tokio::connector",
                Level::ERROR,
                false,
            ),
            ("hyper_util::client", Level::INFO, false),
            ("hyper_util::client", Level::WARN, true),
            ("h2::codec", Level::TRACE, false),
            ("reqwest::connect", Level::DEBUG, false),
            ("sled::pagecache", Level::WARN, true),
            ("slack_morphism_like", Level::ERROR, true),
        ] {
            assert_eq!(may_speak(target, level), speaks, "{target} {level}");
        }
    }

    #[test]
    fn a_body_is_not_logged_even_by_name() {
        let asked = "trace,slack_morphism::client=trace,slack_morphism=trace";
        let written = Paper::of(Some(asked), LogShape::People, || {
            tracing::error!(target: "slack_morphism::client", "planted");
            tracing::trace!(target: "valet::app", "said");
        });
        assert!(written.contains("said") && !written.contains("planted"));
    }

    #[test]
    fn the_level_is_info_unless_asked_for() {
        let speak = || {
            tracing::info!("loud");
            tracing::debug!("soft");
        };
        for (asked, soft) in [(None, false), (Some("debug"), true)] {
            let written = Paper::of(asked, LogShape::People, speak);
            assert!(written.contains("loud"));
            assert_eq!(written.contains("soft"), soft, "{asked:?}");
        }
    }

    #[test]
    fn a_line_for_machines_is_json() {
        let written = Paper::of(None, LogShape::Machines, || {
            tracing::info!(run.id = 7, "a run began");
        });
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(line["message"], "a run began");
        assert_eq!(line["run.id"], 7);
        assert_eq!(line["level"], "INFO");
    }
}
