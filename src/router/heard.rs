//! What a model has said so far of a reply that is on its way. It may still break off, be
//! said anew by another try, or turn out to be no answer: only the reply itself counts.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// The words so far. They begin anew with each try; the channel closes with the reply.
pub(crate) type Spoken = watch::Receiver<String>;

/// Hears the words of one reply.
#[derive(Clone)]
pub(super) struct Ear(Arc<watch::Sender<String>>);

impl Ear {
    pub(super) fn new() -> (Self, Spoken) {
        let (sender, spoken) = watch::channel(String::new());
        (Self(Arc::new(sender)), spoken)
    }

    /// Another try: what an earlier one said is not said.
    pub(super) fn begin(&self) {
        self.0.send_if_modified(|heard| {
            let had_words = !heard.is_empty();
            heard.clear();
            had_words
        });
    }

    /// All the words so far, which only grow, unless a whole message takes their place.
    pub(super) fn hear(&self, words: &str) {
        self.0
            .send_if_modified(|heard| match words.get(heard.len()..) {
                Some("") => false,
                Some(more) => {
                    heard.push_str(more);
                    true
                }
                None => {
                    words.clone_into(heard);
                    true
                }
            });
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ear")
    }
}
