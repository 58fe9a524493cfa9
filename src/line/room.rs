//! How much there is room for at once.

/// Questions at work; the others wait in line.
const AT_WORK: usize = 1_024;

/// Questions of one person at work, so that nobody takes all the places of a quiet hour.
const AT_WORK_OF_ONE: usize = 8;

/// Commands, presses and short words at work, in places of their own: they must not wait
/// behind questions.
const QUICK_AT_WORK: usize = 256;

/// Accepted events that are not settled. Beyond it Slack is told to come again.
const OPEN_EVENTS: usize = 10_000;

/// That many more, for what is no question: Slack does not come again with a command.
const OPEN_COMMANDS: usize = 1_000;

/// Open questions of one person; the next one gets a word instead. As many words may be on
/// their way, and beyond these Slack is told to come again. Commands: the same.
const OPEN_OF_ONE: usize = 50;

/// Questions in line whose person is being told so: calls of Slack at once.
const TELLING: usize = 8;

/// How much at once. Stories have less room than the service.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Questions at work.
    pub at_work: usize,
    /// Questions of one person at work.
    pub at_work_of_one: usize,
    /// Commands, presses and short words at work.
    pub quick_at_work: usize,
    /// Events that are accepted and not settled.
    pub open: usize,
    /// That many more, if they are no questions.
    pub open_commands: usize,
    /// Open questions of one person.
    pub open_of_one: usize,
    /// Words on their way to people in line.
    pub telling: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            at_work: AT_WORK,
            at_work_of_one: AT_WORK_OF_ONE,
            quick_at_work: QUICK_AT_WORK,
            open: OPEN_EVENTS,
            open_commands: OPEN_COMMANDS,
            open_of_one: OPEN_OF_ONE,
            telling: TELLING,
        }
    }
}
