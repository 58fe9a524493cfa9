//! What is said at the end of a run, and to whom.

use super::run::Running;
use crate::agent::Provenance;
use crate::run::{Conclusion, Failure};
use crate::slack::{Message, render};

/// Who reads a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Whoever asked, in their direct messages.
    Asker,
    /// Everybody in the thread.
    Thread,
}

/// One message, and who reads it.
pub(super) struct Word {
    pub(super) to: Reader,
    pub(super) message: Message,
}

impl Word {
    fn to_asker(message: Message) -> Self {
        let to = Reader::Asker;
        Self { to, message }
    }

    fn to_thread(message: Message) -> Self {
        let to = Reader::Thread;
        Self { to, message }
    }
}

impl Running<'_> {
    /// All that is said at the end, in order. The thread hears last that its asker was told.
    pub(super) fn words(&self, conclusion: &Conclusion) -> Vec<Word> {
        if self.is_private() {
            return self.words_alone(conclusion);
        }
        let messages = match conclusion {
            Conclusion::Answer(markdown) => self.answered(markdown),
            Conclusion::Failed(failure) => vec![self.ending(render::failed(*failure))],
            Conclusion::Stopped => vec![self.ending(render::stopped())],
        };
        messages.into_iter().map(Word::to_thread).collect()
    }

    fn words_alone(&self, conclusion: &Conclusion) -> Vec<Word> {
        let in_thread = match conclusion {
            Conclusion::Answer(markdown) => {
                let parts = self.answered(markdown);
                let offer = render::may_be_shared(&self.said.thread.channel, self.run);
                let alone = parts.into_iter().chain([offer]).map(Word::to_asker);
                return alone
                    .chain([Word::to_thread(render::told_alone())])
                    .collect();
            }
            Conclusion::Failed(failure) => render::failed(*failure),
            Conclusion::Stopped => render::stopped(),
        };
        let writes = render::writes_of(&self.progress.ledger, self.asker.zone());
        let alone = writes.map(|writes| Word::to_asker(in_thread.clone().followed_by(writes)));
        alone
            .into_iter()
            .chain([Word::to_thread(in_thread)])
            .collect()
    }

    /// A word that is no answer, and below it what was done before it, or may have been.
    pub(super) fn ending(&self, word: Message) -> Message {
        match render::writes_of(&self.progress.ledger, self.asker.zone()) {
            Some(writes) => word.followed_by(writes),
            None => word,
        }
    }

    /// The answer with the thumbs below it.
    fn answered(&self, markdown: &str) -> Vec<Message> {
        let mut parts = self.answer(markdown);
        match parts.pop() {
            Some(last) => parts.push(last.with_feedback()),
            None => parts.push(render::failed(Failure::NoAnswer)),
        }
        parts
    }

    /// The answer, and below it what was not done although the model wanted to, and what
    /// may have been done: that is not left to the model to say.
    pub(super) fn answer(&self, markdown: &str) -> Vec<Message> {
        let known = Provenance::of(self.question, &self.progress.lines);
        let mut parts = render::answer(markdown, &known);
        let not_shown = self.writes_not_shown();
        let not_shown: Vec<&str> = not_shown.iter().map(String::as_str).collect();
        let not_shown = (!not_shown.is_empty()).then(|| render::writes_not_shown(&not_shown));
        let unknown = render::writes_unknown(&self.progress.ledger, self.asker.zone());
        for note in [not_shown, unknown].into_iter().flatten() {
            parts = match parts.pop() {
                Some(last) => {
                    parts.push(last.followed_by(note));
                    parts
                }
                None => vec![note],
            };
        }
        parts
    }
}
