//! What the handlers work with.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::{Notify, OnceCell, mpsc};

use super::automated::Told;
use super::catalogues::{Catalogues, Listed};
use super::homes::Homes;
use super::line::SharedLine;
use super::not_set_up::NotSetUp;
use super::results::Results;
use super::sessions::Sessions;
use super::spending::Spending;
use super::stop::AtWork;
use super::uninstall::LettingGo;
use crate::account::{Account, AccountStatus};
use crate::addresses::Addresses;
use crate::agent::Tool;
use crate::clock::Clock;
use crate::ids::{
    ChannelId, ConnectionName, Identifier, Person, RunId, TeamId, UserGroupId, UserId,
};
use crate::metrics::{Load, Metrics};
use crate::policy::Policy;
use crate::random::Randomness;
use crate::slack::{self, Installation, Profile, SignIn, Slack};
use crate::store::Store;
use crate::tasks::Tasks;
use crate::traces::Traces;
use crate::{router, scalekit};

/// A cheap handle on everything the handlers need.
pub(crate) type Context = Arc<Services>;

/// A guest who was a member a while ago must not pass for long.
const PROFILES_LIVE: Duration = Duration::from_mins(2);

/// Tools change with connecting and disconnecting, and then they are forgotten at once.
const TOOLS_LIVE: Duration = Duration::from_mins(5);

/// A probe gives up soon: Kubernetes waits a second by default.
const LONGEST_PROBE: Duration = Duration::from_millis(700);

/// What whoever runs Valet is to do about it.
const UNINSTALLED: &str = "Valet is uninstalled from its workspace: install it again, put the new token into SLACK_BOT_TOKEN, and restart";

/// People whose profile or tools are remembered.
const REMEMBERED: u64 = 1_000;

/// Where Slack has refused to show an answer while it is written, it is not asked again
/// for this long.
const UNSTREAMED: Duration = Duration::from_mins(10);

/// User groups whose members are remembered.
const REMEMBERED_GROUPS: u64 = 100;

/// Different tools that are remembered: those of all connectors that the vault has.
const KNOWN_TOOLS: u64 = 20_000;

/// What Valet is made of.
pub(crate) struct Services {
    pub(crate) store: Store,
    pub(crate) slack: Slack,
    pub(crate) sign_in: SignIn,
    pub(crate) vault: scalekit::Vault,
    pub(crate) router: router::Client,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    pub(crate) policy: Policy,
    pub(crate) addresses: Addresses,
    pub(crate) connections: Vec<ConnectionName>,
    pub(crate) command_prefix: Option<String>,
    /// All work under way, so that stopping can wait for it.
    pub(crate) tasks: Tasks,
    /// After this long no run begins another turn.
    pub(crate) longest_run: Duration,
    /// An answer that is written within this time of its first word is not shown before.
    pub(crate) unshown: Duration,
    /// Of reads that are over within this time nobody is told.
    pub(crate) untold: Duration,
    /// Runs whose person has connected an account.
    pub(crate) resumed: mpsc::Sender<RunId>,
    /// The vault has reported something.
    pub(crate) noticed: Notify,
    pub(crate) at_work: AtWork,
    pub(crate) letting_go: LettingGo,
    pub(crate) sessions: Sessions,
    pub(crate) told_bots: Told,
    pub(crate) line: SharedLine,
    pub(crate) spending: Spending,
    pub(crate) remembered: Remembered,
}

/// What need not be asked again for a while.
pub(crate) struct Remembered {
    pub(super) homes: Homes,
    installation: OnceCell<Installation>,
    pub(super) not_set_up: NotSetUp,
    profiles: Cache<UserId, Arc<Profile>>,
    /// Channels in which no answer can be shown while it is written.
    pub(super) unstreamed: Cache<ChannelId, ()>,
    /// By group, and the workspace that had to be named.
    groups: Cache<(UserGroupId, Option<TeamId>), Arc<HashSet<UserId>>>,
    tools: Cache<(Person, ConnectionName), Listed>,
    pub(super) catalogues: Catalogues,
    pub(super) results: Results,
    /// Tools by connection and name: most people's are the same, and are kept once.
    known_tools: Cache<(ConnectionName, String), Arc<Tool>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            homes: Homes::default(),
            installation: OnceCell::new(),
            not_set_up: NotSetUp::default(),
            unstreamed: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(UNSTREAMED)
                .build(),
            profiles: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(PROFILES_LIVE)
                .build(),
            groups: Cache::builder()
                .max_capacity(REMEMBERED_GROUPS)
                .time_to_live(PROFILES_LIVE)
                .build(),
            tools: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(TOOLS_LIVE)
                .build(),
            catalogues: Catalogues::default(),
            results: Results::default(),
            known_tools: Cache::builder()
                .max_capacity(KNOWN_TOOLS)
                .time_to_idle(TOOLS_LIVE * 2)
                .build(),
        }
    }
}

impl Remembered {
    /// Whoever they were, they are asked about again.
    pub(super) fn forget_people(&self) {
        self.profiles.invalidate_all();
        self.groups.invalidate_all();
        self.tools.invalidate_all();
        self.homes.forget_all();
    }

    /// This tool, or the same one that somebody else has listed.
    async fn known(&self, tool: Tool) -> Arc<Tool> {
        let key = (tool.connection.clone(), tool.name.clone());
        if let Some(known) = self.known_tools.get(&key).await
            && known.is_same_as(&tool)
        {
            return known;
        }
        let tool = Arc::new(tool);
        self.known_tools.insert(key, Arc::clone(&tool)).await;
        tool
    }
}

impl Services {
    /// The workspace our token speaks in.
    pub(crate) async fn installation(&self) -> Result<&Installation, slack::Error> {
        self.remembered
            .installation
            .get_or_try_init(|| async {
                let installation = self.slack.installation().await?;
                self.know(&installation);
                Ok(installation)
            })
            .await
    }

    /// Remembers it for when Slack cannot be asked any more.
    fn know(&self, installation: &Installation) {
        let now = self.clock.now();
        let known = self.store.know_workspace(&installation.workspace(), now);
        if let Err(cause) = known {
            tracing::error!(error = &cause as &dyn std::error::Error, "the store failed");
        }
    }

    /// The same, if Slack has been asked already.
    pub(crate) fn known_installation(&self) -> Option<&Installation> {
        self.remembered.installation.get()
    }

    pub(super) async fn profile(&self, user: &UserId) -> Result<Arc<Profile>, slack::Error> {
        if let Some(profile) = self.remembered.profiles.get(user).await {
            return Ok(profile);
        }
        let profile = Arc::new(self.slack.profile(user, self.installation().await?).await?);
        self.remembered
            .profiles
            .insert(user.clone(), Arc::clone(&profile))
            .await;
        Ok(profile)
    }

    /// Who is in a user group; of many who ask at once, one asks Slack.
    pub(super) async fn group_members(
        &self,
        group: &UserGroupId,
        team: Option<&TeamId>,
    ) -> Result<Arc<HashSet<UserId>>, Arc<slack::Error>> {
        let asked = async { self.slack.group_members(group, team).await.map(Arc::new) };
        let key = (group.clone(), team.cloned());
        self.remembered.groups.try_get_with(key, asked).await
    }

    /// All tools of one account of this person.
    pub(super) async fn tools(
        &self,
        person: &Person,
        connection: &ConnectionName,
        identifier: &Identifier,
    ) -> Result<Listed, scalekit::Error> {
        let key = (person.clone(), connection.clone());
        if let Some(tools) = self.remembered.tools.get(&key).await {
            return Ok(tools);
        }
        let mut tools = Vec::new();
        for tool in self.vault.tools(connection, identifier).await? {
            tools.push(self.remembered.known(tool).await);
        }
        let tools = Arc::new(tools);
        self.remembered.tools.insert(key, Arc::clone(&tools)).await;
        Ok(tools)
    }

    /// The person's account has changed: what it offers must be asked again.
    pub(super) async fn forget_tools(&self, person: &Person, connection: &ConnectionName) {
        let key = (person.clone(), connection.clone());
        self.remembered.tools.invalidate(&key).await;
    }

    /// The account that this person has on each configured connection, asked all at once.
    pub(super) async fn accounts(
        &self,
        identifier: &Identifier,
    ) -> Result<Vec<(ConnectionName, Option<Account>)>, scalekit::Error> {
        let asked = self.connections.iter().map(|connection| async {
            let account = match self.vault.account(connection, identifier).await {
                // One that is not set up takes nothing from the others.
                Err(scalekit::Error::NoConnection) => {
                    self.remembered.not_set_up.note(connection);
                    None
                }
                account => account?,
            };
            Ok((connection.clone(), account))
        });
        // All to their end: one of them may find out for everybody that the vault is back.
        let answers = futures_util::future::join_all(asked).await;
        answers.into_iter().collect()
    }

    /// Whether the vault knows this connection, as far as it has said.
    pub(super) fn is_set_up(&self, connection: &ConnectionName) -> bool {
        !self.remembered.not_set_up.holds(connection)
    }

    /// The configured connection that somebody means by this word.
    pub(super) fn connection(&self, word: &str) -> Option<&ConnectionName> {
        slack::meant(word, &self.connections)
    }

    /// The same; without a word the only one there is.
    pub(super) fn connection_or_only(&self, word: Option<&str>) -> Option<&ConnectionName> {
        match (word, self.connections.as_slice()) {
            (Some(word), _) => self.connection(word),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// What is open now, for the figures.
    pub(crate) fn load(&self) -> Load {
        let now = self.clock.now();
        let figures = self.line.with(|line| line.figures(now));
        Load {
            open: self.store.inbox.open_count(),
            at_work: figures.at_work,
            waiting: figures.waiting,
            oldest_wait: figures.oldest_wait.as_secs(),
            approvals: self.store.approvals.waiting().unwrap_or_default(),
        }
    }

    pub(super) fn command_prefix(&self) -> Option<&str> {
        self.command_prefix.as_deref()
    }

    /// Why events could not be accepted and answered now; empty when they can.
    ///
    /// That Slack or the vault is down for a while is no reason: events are kept until
    /// they are back, whereas one turned away may be lost.
    pub(crate) async fn problems(&self) -> Vec<&'static str> {
        let (store, slack, vault) = tokio::join!(
            tokio::time::timeout(LONGEST_PROBE, self.store.check_writable()),
            self.problem_with_slack(),
            tokio::time::timeout(LONGEST_PROBE, self.vault.check_credentials()),
        );
        [
            (!matches!(store, Ok(true))).then_some("the disk does not take writes"),
            slack,
            matches!(vault, Ok(Err(scalekit::Error::Token))).then_some(
                "the vault does not accept SCALEKIT_CLIENT_ID and SCALEKIT_CLIENT_SECRET",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Asks anew, since a token can be taken back at any time.
    async fn problem_with_slack(&self) -> Option<&'static str> {
        if self.store.installed.is_gone() {
            return Some(UNINSTALLED);
        }
        let asked = async {
            // Before anybody knows, an answer is for all who wait for it.
            match self.known_installation() {
                None => self.installation().await.map(drop),
                Some(_) => self.slack.installation().await.map(drop),
            }
        };
        match tokio::time::timeout(LONGEST_PROBE, asked).await {
            Ok(Ok(())) => None,
            Ok(Err(slack::Error::Refused { .. })) => Some("Slack does not accept SLACK_BOT_TOKEN"),
            Ok(Err(_)) | Err(_) => self
                .known_installation()
                .is_none()
                .then_some("Slack cannot be asked whether SLACK_BOT_TOKEN is good"),
        }
    }
}

/// Whether an account can be worked in.
pub(super) fn is_active(account: Option<&Account>) -> bool {
    account.is_some_and(|account| account.status == AccountStatus::Active)
}
