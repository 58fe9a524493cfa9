//! The built-in demo model: a few rules that read what a person wants, call what is
//! offered, and put the results into words. Each step is worked out anew from the
//! request, as a real model would.

mod actions;
mod agenda;
mod filing;
mod found;
mod gist;
mod inbox;
mod mail;
mod manager;
mod markdown;
mod outgoing;
mod phrase;
mod reach;
mod talk;

use super::asked::Asked;
use super::turn::Turn;

/// The next turn of this conversation.
pub(super) fn turn(asked: &Asked) -> Turn {
    let words = phrase::Words::of(asked.last_words());
    let rules: [fn(&Asked, &phrase::Words) -> Option<Turn>; 7] = [
        outgoing::turn,
        filing::turn,
        actions::turn,
        manager::turn,
        agenda::turn,
        inbox::turn,
        talk::turn,
    ];
    rules
        .iter()
        .find_map(|rule| rule(asked, &words))
        .unwrap_or_else(talk::honest)
}
