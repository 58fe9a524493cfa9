//! The calls that Valet makes, and the story in which each of them fails.

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Service {
    Router,
    Slack,
    Vault,
}

/// What a person does, so that the call is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Story {
    /// Ada, connected, asks for her labels.
    Asks,
    /// Ada asks for help, right after the start.
    Helps,
    /// Somebody whom Valet does not know yet asks for help.
    Meets,
    /// Ada, connected, has a mail sent by a tool that the policy lets pass.
    Writes,
    /// Ada connects an account.
    Connects,
    /// Ada, connected, types a command.
    Commands,
    /// Ada, connected, presses the button that disconnects.
    Disconnects,
    /// Ada, connected, asks for her labels in a thread that went on without Valet.
    Joins,
    /// Ada, asked for her word, wants to change what she was shown.
    Edits,
}

/// When a service stops to listen, so that this is the first call that finds nobody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    Everything,
    /// After so many calls of this one have been answered.
    After(u32, &'static str),
    /// When the browser sets out.
    TheBrowser,
}

/// How long it goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Lasts {
    /// Until the person has been told.
    UntilTold,
    /// For so many calls: without Slack, nobody can be told anything.
    Calls(u32),
}

pub(super) struct Call {
    pub(super) title: &'static str,
    pub(super) note: &'static str,
    pub(super) service: Service,
    pub(super) path: &'static str,
    pub(super) story: Story,
    pub(super) before: Before,
    pub(super) lasts: Lasts,
}

const fn call(
    title: &'static str,
    note: &'static str,
    (service, path): (Service, &'static str),
    story: Story,
    (before, lasts): (Before, Lasts),
) -> Call {
    Call {
        title,
        note,
        service,
        path,
        story,
        before,
        lasts,
    }
}

pub(super) const CALLS: [Call; 19] = [
    call(
        "Slack: which workspace this is (`auth.test`)",
        "A read. Fails four times after a start; a question is kept until it is known.",
        (Service::Slack, "auth.test"),
        Story::Helps,
        (Before::Everything, Lasts::Calls(4)),
    ),
    call(
        "Slack: who is asking (`users.info`)",
        "A read. Fails until the person is told.",
        (Service::Slack, "users.info"),
        Story::Meets,
        (Before::Everything, Lasts::UntilTold),
    ),
    call(
        "Slack: the sign of life (`chat.postMessage`)",
        "Slack knows no message again, so one whose outcome is unknown is not posted again. Fails once.",
        (Service::Slack, "chat.postMessage"),
        Story::Asks,
        (Before::Everything, Lasts::Calls(1)),
    ),
    call(
        "Slack: the answer (`chat.update`)",
        "The same again changes nothing. Fails four times.",
        (Service::Slack, "chat.update"),
        Story::Asks,
        (Before::After(0, "chat.postMessage"), Lasts::Calls(4)),
    ),
    call(
        "Slack: the word on a command (`response_url`)",
        "Sent once; what cannot be said there is said in a direct message. Fails once.",
        (Service::Slack, ""),
        Story::Commands,
        (Before::Everything, Lasts::Calls(1)),
    ),
    call(
        "Slack: what was said in a thread before (`conversations.replies`)",
        "A read, for five seconds at most. Without it the question is answered all the same. Fails until the person is told.",
        (Service::Slack, "conversations.replies"),
        Story::Joins,
        (Before::After(0, "chat.postMessage"), Lasts::UntilTold),
    ),
    call(
        "Slack: a form (`views.open`)",
        "Sent once, since a press is good for one form; nothing of it is kept. Fails until it has failed.",
        (Service::Slack, "views.open"),
        Story::Edits,
        (Before::Everything, Lasts::UntilTold),
    ),
    call(
        "Slack: the code of a sign-in (`openid.connect.token`)",
        "Sent once: a code counts once. Fails until the browser is told.",
        (Service::Slack, "openid.connect.token"),
        Story::Connects,
        (
            Before::After(0, "openid/connect/authorize"),
            Lasts::UntilTold,
        ),
    ),
    call(
        "Slack: the keys of a sign-in (`openid/connect/keys`)",
        "A read. Fails until the browser is told.",
        (Service::Slack, "openid/connect/keys"),
        Story::Connects,
        (Before::After(0, "openid.connect.token"), Lasts::UntilTold),
    ),
    call(
        "Vault: our own token (`/oauth/token`)",
        "A read. Fails until the person is told.",
        (Service::Vault, "/oauth/token"),
        Story::Asks,
        (Before::Everything, Lasts::UntilTold),
    ),
    call(
        "Vault: the state of an account (`/details`)",
        "A read. Fails until the person is told.",
        (Service::Vault, "/details"),
        Story::Asks,
        (Before::After(0, "/oauth/token"), Lasts::UntilTold),
    ),
    call(
        "Vault: the tools of an account (`/tools/scoped`)",
        "A read. Fails until the person is told.",
        (Service::Vault, "/tools/scoped"),
        Story::Asks,
        (Before::After(3, "/details"), Lasts::UntilTold),
    ),
    call(
        "Vault: a tool that reads (`/execute_tool`)",
        "Sent once, like every tool. The model is told, and says it in its own words.",
        (Service::Vault, "/execute_tool"),
        Story::Asks,
        (Before::After(0, "/tools/scoped"), Lasts::UntilTold),
    ),
    call(
        "Vault: a tool that writes (`/execute_tool`)",
        "Sent once, whatever comes of it. The model is told, and the person by Valet itself.",
        (Service::Vault, "/execute_tool"),
        Story::Writes,
        (Before::After(0, "/tools/scoped"), Lasts::UntilTold),
    ),
    call(
        "Vault: a link to the consent page (`/magic_link`)",
        "The same again does no harm. Fails until the browser is told.",
        (Service::Vault, "/magic_link"),
        Story::Connects,
        (Before::TheBrowser, Lasts::UntilTold),
    ),
    call(
        "Vault: our word on a consent (`/user/verify`)",
        "Sent once. Whether it counted is read from the account. Fails until the browser is told.",
        (Service::Vault, "/user/verify"),
        Story::Connects,
        (Before::After(0, "/allow"), Lasts::UntilTold),
    ),
    call(
        "Vault: deleting an account (`:delete`)",
        "The same again does no harm. Fails until the person is told.",
        (Service::Vault, ":delete"),
        Story::Disconnects,
        (Before::After(0, "/oauth/token"), Lasts::UntilTold),
    ),
    call(
        "Router: a turn of the model (`/chat/completions`)",
        "Changes nothing outside, so it is asked again. Fails until the person is told.",
        (Service::Router, "/chat/completions"),
        Story::Asks,
        (Before::Everything, Lasts::UntilTold),
    ),
    call(
        "Router: a turn of the model, failing once",
        "The same, and the next try is good, unless it is refused for longer.",
        (Service::Router, "/chat/completions"),
        Story::Asks,
        (Before::Everything, Lasts::Calls(1)),
    ),
];
