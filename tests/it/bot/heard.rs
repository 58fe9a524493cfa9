//! What the program's log says on one thread.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// The lines that an operator should look at: warnings and errors, each kind once.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Listens to this thread until the guard is dropped.
    pub fn listening() -> (Self, tracing::subscriber::DefaultGuard) {
        let heard = Self::default();
        let listener = tracing_subscriber::registry().with(heard.clone());
        (heard, tracing::subscriber::set_default(listener))
    }

    pub fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    pub fn forget_after(&self, lines: usize) {
        self.0.lock().unwrap().truncate(lines);
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::WARN || !event.metadata().target().starts_with("valet") {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let said = if line.error.is_empty() {
            format!("{level}: {}", line.message)
        } else {
            format!("{level}: {} ({})", line.message, line.error)
        };
        let mut lines = self.0.lock().unwrap();
        if !lines.contains(&said) {
            lines.push(said);
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    error: String,
}

impl Visit for Line {
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        if field.name() == "error" {
            // The last cause that has words of ours; a library's are the system's.
            let ours = |text: &String| !text.contains("error sending request");
            let causes = std::iter::successors(Some(value), |cause| cause.source());
            let texts = causes.map(ToString::to_string).take_while(ours);
            self.error = texts.last().unwrap_or_default();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}
