//! What people do at the playground. Each story has a town of its own.

mod asking;
mod moving;
mod writing;

use crate::Story;

pub const STORIES: [Story; 10] = [
    (
        "who_opens_the_page_is_told_what_to_do_and_no_place_is_without_a_word",
        moving::opening,
    ),
    (
        "a_question_waits_for_the_mailbox_and_is_answered_once_it_is_connected",
        asking::connecting,
    ),
    (
        "an_approved_mail_stands_in_both_mailboxes_and_a_denied_one_in_none",
        writing::approving,
    ),
    (
        "a_form_says_what_is_wrong_and_what_is_changed_there_stands_in_everybodys_tracker",
        writing::filing,
    ),
    ("an_answer_grows_and_stop_ends_the_work", asking::stopping),
    (
        "what_is_looked_for_is_told_before_the_answer_is_there",
        asking::steps,
    ),
    (
        "with_a_key_a_real_model_is_asked_and_what_it_is_asked_is_shown_too",
        asking::with_a_real_model,
    ),
    (
        "app_home_shows_the_accounts_and_disconnects_after_a_question",
        moving::home,
    ),
    (
        "everything_can_be_done_by_keyboard_and_a_guest_is_refused_with_a_word",
        moving::keyboard,
    ),
    (
        "on_a_phone_in_the_dark_everything_is_within_reach",
        moving::phone,
    ),
];
