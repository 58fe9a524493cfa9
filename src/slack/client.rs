//! Valet's calls of Slack's Web API, in Valet's own words.

use std::collections::HashSet;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value, json};
use url::Url;

use super::inbound::Trigger;
use super::json::{id, text};
use super::mark::Mark;
use super::people::{self, Installation, Profile};
use super::render::Message;
use super::transport::{Call, Deadlines, NoTrustRoots, Repeatable, Transport};
use super::wire::Error;
use crate::circuit::Breaker;
use crate::event::ViewHash;
use crate::ids::{ChannelId, MessageTs, TeamId, Thread, UserGroupId, UserId};
use crate::random::Randomness;
use crate::run::Posted;

/// Where a message goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// To this person alone.
    Direct(&'a UserId),
    Thread(&'a Thread),
}

/// A cheap handle on one workspace's Web API.
#[derive(Clone)]
pub(crate) struct Slack(pub(super) Arc<Transport>);

impl Slack {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "takes the token so that no copy stays behind"
    )]
    pub(crate) fn new(
        api_url: &Url,
        token: SecretString,
        deadlines: Deadlines,
        randomness: Randomness,
        breaker: Breaker,
    ) -> Result<Self, NoTrustRoots> {
        let transport = Transport::new(api_url, &token, deadlines, randomness, breaker)?;
        Ok(Self(Arc::new(transport)))
    }

    /// Which workspace the token is for, and who Valet is there.
    pub(crate) async fn installation(&self) -> Result<Installation, Error> {
        let call = Call::Read("auth.test", Vec::new());
        people::installation(&self.0.tried(&call, Repeatable::Yes).await?)
    }

    /// Who a user is to the workspace of this installation.
    pub(crate) async fn profile(
        &self,
        user: &UserId,
        here: &Installation,
    ) -> Result<Profile, Error> {
        let call = Call::Read("users.info", vec![("user", Some(user.as_str()))]);
        let answer = self.0.tried(&call, Repeatable::Yes).await?;
        people::profile(&answer, user, here)
    }

    /// Who is in a user group. An installation of a whole enterprise names its workspace.
    pub(crate) async fn group_members(
        &self,
        group: &UserGroupId,
        team: Option<&TeamId>,
    ) -> Result<HashSet<UserId>, Error> {
        let mut query = vec![("usergroup", Some(group.as_str()))];
        query.extend(team.map(|team| ("team_id", Some(team.as_str()))));
        let call = Call::Read("usergroups.users.list", query);
        people::members(&self.0.tried(&call, Repeatable::Yes).await?)
    }

    /// Posts a message. It is not repeated when its outcome is unknown, since Slack has no
    /// key to know it again by; the mark travels along so that it can be found.
    pub(crate) async fn post(
        &self,
        to: Target<'_>,
        message: &Message,
        mark: Mark,
    ) -> Result<Posted, Error> {
        let mut body = Map::new();
        match to {
            // Slack opens the direct message itself when given a user for a channel.
            Target::Direct(user) => {
                body.insert("channel".to_owned(), json!(user));
            }
            Target::Thread(thread) => {
                body.insert("channel".to_owned(), json!(thread.channel.as_str()));
                body.insert("thread_ts".to_owned(), json!(thread.ts));
            }
        }
        body.insert("text".to_owned(), json!(message.text));
        body.insert("blocks".to_owned(), json!(message.blocks));
        // Slack's servers would ask for every address in what a model wrote.
        body.insert("unfurl_links".to_owned(), json!(false));
        body.insert("unfurl_media".to_owned(), json!(false));
        body.insert("metadata".to_owned(), mark.metadata());
        let call = Call::Write("chat.postMessage", Value::Object(body));
        posted_by(&self.0.tried(&call, Repeatable::No).await?)
    }

    /// Replaces a message of ours; the same again changes nothing.
    pub(crate) async fn update(&self, posted: &Posted, message: &Message) -> Result<(), Error> {
        self.put(replacement(posted, message)).await
    }

    /// The same for a message that was begun without a mark.
    pub(crate) async fn update_and_mark(
        &self,
        posted: &Posted,
        message: &Message,
        mark: Mark,
    ) -> Result<(), Error> {
        let mut body = replacement(posted, message);
        body.insert("metadata".to_owned(), mark.metadata());
        self.put(body).await
    }

    async fn put(&self, body: Map<String, Value>) -> Result<(), Error> {
        let call = Call::Write("chat.update", Value::Object(body));
        self.0.tried(&call, Repeatable::Yes).await.map(drop)
    }

    /// Takes a message of ours away; one that is gone already stays so.
    pub(crate) async fn delete(&self, posted: &Posted) -> Result<(), Error> {
        let body = json!({"channel": posted.channel, "ts": posted.ts});
        let call = Call::Write("chat.delete", body);
        self.0.tried(&call, Repeatable::Yes).await.map(drop)
    }

    /// Shows this in the person's App Home, unless something newer than `over` stands
    /// there, and says what it is known by now.
    pub(crate) async fn publish(
        &self,
        user: &UserId,
        shown: &Message,
        over: Option<&ViewHash>,
    ) -> Result<Option<ViewHash>, Error> {
        let mut body = json!({
            "user_id": user,
            "view": {"type": "home", "blocks": shown.blocks},
        });
        if let (Some(fields), Some(over)) = (body.as_object_mut(), over) {
            fields.insert("hash".to_owned(), json!(over));
        }
        let call = Call::Write("views.publish", body);
        let answer = self.0.tried(&call, Repeatable::Yes).await?;
        Ok(text(&answer, &["view", "hash"]).and_then(ViewHash::parse))
    }

    /// Opens a form for whoever has just pressed a button. A trigger is good once.
    pub(crate) async fn open_form(&self, trigger: &Trigger, form: &Value) -> Result<(), Error> {
        let body = json!({"trigger_id": trigger.expose(), "view": form});
        let call = Call::Write("views.open", body);
        self.0.tried(&call, Repeatable::No).await.map(drop)
    }

    /// Says something only the person sees who used a command or a button; in the thread
    /// where the button stands.
    pub(crate) async fn respond(
        &self,
        response_url: &str,
        thread: Option<&MessageTs>,
        message: &Message,
    ) -> Result<(), Error> {
        let mut body = Map::new();
        body.insert("response_type".to_owned(), json!("ephemeral"));
        body.insert("replace_original".to_owned(), json!(false));
        body.insert("text".to_owned(), json!(message.text));
        body.insert("blocks".to_owned(), json!(message.blocks));
        if let Some(thread) = thread {
            body.insert("thread_ts".to_owned(), json!(thread));
        }
        let call = Call::Respond(self.0.address(response_url)?, Value::Object(body));
        self.0.tried(&call, Repeatable::No).await.map(drop)
    }
}

/// Where the message stands of which this is the answer.
pub(super) fn posted_by(answer: &Value) -> Result<Posted, Error> {
    Ok(Posted {
        channel: id(answer, &[&["channel"]], ChannelId::parse).ok_or(Error::BadAnswer)?,
        ts: id(answer, &[&["ts"]], MessageTs::parse).ok_or(Error::BadAnswer)?,
    })
}

/// This message in the place of that one.
fn replacement(posted: &Posted, message: &Message) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("channel".to_owned(), json!(posted.channel));
    body.insert("ts".to_owned(), json!(posted.ts));
    body.insert("text".to_owned(), json!(message.text));
    body.insert("blocks".to_owned(), json!(message.blocks));
    body
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slack")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::{RunId, TeamId};
    use crate::slack::mark::{Of, Slot};
    use crate::slack::scripted::{Reply, Scripted, impatient};
    use crate::slack::wire::ErrorCode;

    const POSTED: &str = r#"{"ok":true,"channel":"D1","ts":"1.1","message":{"odd":[]}}"#;

    fn slack(server: &Scripted) -> Slack {
        impatient(&server.url.join("/api").unwrap())
    }

    fn message() -> Message {
        Message {
            text: "Working on it…".to_owned(),
            blocks: vec![json!({"type": "markdown", "text": "Working on it…"})],
        }
    }

    fn thread() -> Thread {
        Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse("C1").unwrap(),
            ts: MessageTs::parse("9.9").unwrap(),
        }
    }

    fn posted() -> Posted {
        Posted {
            channel: ChannelId::parse("D1").unwrap(),
            ts: MessageTs::parse("1.1").unwrap(),
        }
    }

    fn run() -> RunId {
        Randomness::seeded(1).run_id(jiff::Timestamp::UNIX_EPOCH)
    }

    fn mark() -> Mark {
        Mark {
            of: Of::Run(run()),
            slot: Slot::Part(1),
        }
    }

    fn body_of(request: &str) -> Value {
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    async fn post(server: &Scripted) -> Result<Posted, Error> {
        let thread = thread();
        let to = Target::Thread(&thread);
        slack(server).post(to, &message(), mark()).await
    }

    async fn update(server: &Scripted) -> Result<(), Error> {
        slack(server).update(&posted(), &message()).await
    }

    fn limited(seconds: &str) -> Reply {
        Reply::Raw(format!(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: {seconds}\r\nContent-Type: text/html\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        ))
    }

    fn page() -> Reply {
        Reply::Raw(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\
             Connection: close\r\n\r\n<ok>"
                .to_owned(),
        )
    }

    #[tokio::test]
    async fn a_message_goes_into_its_thread_and_unfurls_nothing() {
        let server = Scripted::answering(vec![Reply::Json(200, POSTED)]);
        let thread = thread();
        let answer = slack(&server)
            .post(Target::Thread(&thread), &message(), mark())
            .await;
        assert_eq!(answer, Ok(posted()));

        let asked = server.asked();
        assert!(asked[0].starts_with("POST /api/chat.postMessage HTTP/1.1"));
        assert!(
            asked[0]
                .to_lowercase()
                .contains("authorization: bearer xoxb-s3cret")
        );
        assert_eq!(
            body_of(&asked[0]),
            json!({
                "channel": "C1",
                "thread_ts": "9.9",
                "text": "Working on it…",
                "blocks": [{"type": "markdown", "text": "Working on it…"}],
                "unfurl_links": false,
                "unfurl_media": false,
                "metadata": {
                    "event_type": "valet_run",
                    "event_payload": {"run": run().to_string(), "slot": "part-1"},
                },
            })
        );
    }

    #[tokio::test]
    async fn a_direct_message_needs_no_channel() {
        let server = Scripted::answering(vec![Reply::Json(200, POSTED)]);
        let ada = UserId::parse("UADA").unwrap();
        let answer = slack(&server)
            .post(Target::Direct(&ada), &message(), mark())
            .await;
        assert_eq!(answer, Ok(posted()));
        let body = body_of(&server.asked()[0]);
        assert_eq!(body["channel"], "UADA");
        assert!(body.get("thread_ts").is_none());
    }

    #[tokio::test]
    async fn who_we_are_and_who_they_are() {
        let server = Scripted::answering(vec![
            Reply::Json(
                200,
                r#"{"ok":true,"team":"Acme","team_id":"T1","user_id":"UBOT","bot_id":"B1","enterprise_id":null}"#,
            ),
            Reply::Json(
                200,
                r#"{"ok":true,"user":{"id":"UADA","team_id":"T1","tz":"Europe/Vienna","profile":{"display_name":"Ada"}}}"#,
            ),
        ]);
        let slack = slack(&server);
        let here = slack.installation().await.unwrap();
        assert_eq!((here.team.as_str(), here.bot_user.as_str()), ("T1", "UBOT"));
        let ada = UserId::parse("UADA").unwrap();
        let profile = slack.profile(&ada, &here).await.unwrap();
        assert_eq!(profile.name, "Ada");
        assert_eq!(profile.standing, crate::audience::Standing::Member);
        assert_eq!(profile.time_zone.as_deref(), Some("Europe/Vienna"));
        let asked = server.asked();
        assert!(asked[0].starts_with("GET /api/auth.test"));
        assert!(asked[1].starts_with("GET /api/users.info?user=UADA HTTP/1.1"));
    }

    #[tokio::test]
    async fn what_went_wrong_has_a_name() {
        let refused = |code| Error::Refused {
            code: ErrorCode::new(code),
        };
        for (reply, expected) in [
            (
                Reply::Json(200, r#"{"ok":false,"error":"not_in_channel"}"#),
                refused("not_in_channel"),
            ),
            (
                Reply::Json(200, r#"{"ok":false,"error":"Say <@U1>"}"#),
                refused("unnamed_error"),
            ),
            (Reply::Json(200, r#"{"ok":false}"#), Error::BadAnswer),
            (Reply::Json(200, "{}"), Error::BadAnswer),
            (Reply::Json(200, "[]"), Error::BadAnswer),
            (Reply::Json(200, "no json"), Error::BadAnswer),
            (
                Reply::Json(200, r#"{"ok":true,"channel":"D1"}"#),
                Error::BadAnswer,
            ),
            (
                Reply::Json(200, r#"{"ok":true,"channel":"D1","ts":7}"#),
                Error::BadAnswer,
            ),
            (Reply::Json(404, "{}"), Error::BadAnswer),
            (Reply::Json(503, "secret text"), Error::Unavailable),
            (
                Reply::Json(200, r#"{"ok":false,"error":"fatal_error"}"#),
                Error::Unavailable,
            ),
            (Reply::Hangup, Error::Interrupted),
            (Reply::Silence, Error::TimedOut),
            (page(), Error::BadAnswer),
            (
                limited("31"),
                Error::RateLimited {
                    after: Some(Duration::from_secs(31)),
                },
            ),
        ] {
            let server = Scripted::answering(vec![reply]);
            let error = post(&server).await.unwrap_err();
            assert_eq!(error, expected);
            assert!(!format!("{error} {error:?}").contains("secret"));
            assert_eq!(server.asked().len(), 1, "{error:?}");
        }
    }

    #[tokio::test]
    async fn nobody_home_is_unreachable_and_surely_not_done() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        drop(listener);
        let thread = thread();
        let error = impatient(&url.parse().unwrap())
            .post(Target::Thread(&thread), &message(), mark())
            .await
            .unwrap_err();
        assert_eq!(error, Error::Unreachable);
        assert!(!error.may_be_done());
    }

    #[tokio::test]
    async fn a_limited_call_is_tried_three_times() {
        let server =
            Scripted::answering(vec![limited("0"), limited("0"), Reply::Json(200, POSTED)]);
        assert_eq!(post(&server).await, Ok(posted()));
        assert_eq!(server.asked().len(), 3);

        let server = Scripted::answering(vec![limited("0"), limited("0"), limited("0")]);
        let after = Some(Duration::ZERO);
        assert_eq!(post(&server).await, Err(Error::RateLimited { after }));
    }

    #[tokio::test]
    async fn only_what_may_be_done_twice_is_tried_again() {
        let trouble = || {
            vec![
                Reply::Json(500, "{}"),
                Reply::Hangup,
                Reply::Json(200, POSTED),
            ]
        };
        let server = Scripted::answering(trouble());
        assert_eq!(update(&server).await, Ok(()));
        assert_eq!(server.asked().len(), 3);

        let server = Scripted::answering(trouble());
        assert_eq!(post(&server).await, Err(Error::Unavailable));
        assert_eq!(server.asked().len(), 1);
    }

    #[tokio::test]
    async fn a_response_goes_to_slack_without_the_token() {
        for reply in [page(), Reply::Json(200, r#"{"ok":true}"#)] {
            let server = Scripted::answering(vec![reply]);
            let url = server.url.join("/commands/T1/s3cret").unwrap();
            let answer = slack(&server).respond(url.as_str(), None, &message()).await;
            assert_eq!(answer, Ok(()));
            let asked = server.asked();
            assert!(asked[0].starts_with("POST /commands/T1/s3cret HTTP/1.1"));
            assert!(!asked[0].contains("xoxb"));
            assert_eq!(body_of(&asked[0])["response_type"], "ephemeral");
        }
        let server =
            Scripted::answering(vec![Reply::Json(200, r#"{"ok":false,"error":"used_url"}"#)]);
        let answer = slack(&server)
            .respond(server.url.as_str(), None, &message())
            .await;
        let code = ErrorCode::new("used_url");
        assert_eq!(answer, Err(Error::Refused { code }));
    }

    #[test]
    fn a_response_goes_nowhere_else() {
        let allowed =
            |api_url: &str, url| impatient(&api_url.parse().unwrap()).0.address(url).is_ok();
        for (url, real, simulated) in [
            ("https://hooks.slack.com/commands/T1/1/x", true, true),
            ("https://slack.com/x", true, false),
            ("http://127.0.0.1:4000/respond/x", false, true),
            ("http://127.0.0.1:4001/respond/x", false, true),
            ("http://hooks.slack.com/commands/T1/1/x", false, false),
            ("https://hooks.slack.com:8443/x", false, false),
            ("https://hooks.slack.com.evil.example/x", false, false),
            ("https://hooks.slack.com@evil.example/x", false, false),
            ("https://127.0.0.1:4000/x", false, false),
            ("http://169.254.169.254/", false, false),
            ("file:///etc/passwd", false, false),
            ("data:text/plain,x", false, false),
            ("", false, false),
        ] {
            assert_eq!(allowed("https://slack.com/api", url), real, "{url}");
            assert_eq!(
                allowed("http://127.0.0.1:4000/api", url),
                simulated,
                "{url}"
            );
        }
    }
}
