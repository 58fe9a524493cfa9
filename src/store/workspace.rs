//! The workspace this store is of, and whether Valet is still installed there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::{Error, Store};
use crate::ids::RunId;
use crate::workspace::Workspace;

const TREE: &str = "workspace";

/// There is one workspace, so there is one key.
const KEY: &[u8] = b"workspace";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    workspace: Workspace,
    /// Since when Slack takes our token.
    since: Timestamp,
    is_installed: bool,
    /// What was accepted before this belongs to an installation that is over.
    ended_at: Option<Timestamp>,
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// To an installation that is over. Nothing is said of it: there is no token to say it
    /// with.
    ToThePast,
    /// To the next installation, whose token we do not have yet.
    ToWhatComes,
    Here,
}

/// A cheap handle on what is known of the workspace.
#[derive(Clone)]
pub(crate) struct Installed {
    record: sled::Tree,
    known: Arc<Mutex<Option<Record>>>,
}

impl Installed {
    pub(super) fn open(engine: &Engine) -> Result<Self, Error> {
        let record = engine.tree(TREE)?;
        let known = match record.get(KEY)? {
            Some(bytes) => serde_json::from_slice(&bytes).ok(),
            None => None,
        };
        Ok(Self {
            record,
            known: Arc::new(Mutex::new(known)),
        })
    }

    /// The workspace that Slack named last, and since when.
    pub(crate) fn workspace(&self) -> Option<(Workspace, Timestamp)> {
        let known = self.known();
        known
            .as_ref()
            .map(|record| (record.workspace.clone(), record.since))
    }

    /// Whether Slack has told that Valet is installed there no more.
    pub(crate) fn is_gone(&self) -> bool {
        self.known()
            .as_ref()
            .is_some_and(|record| !record.is_installed)
    }

    /// What becomes of an event that was accepted then.
    pub(crate) fn belongs(&self, accepted_at: Timestamp) -> Belongs {
        let known = self.known();
        let Some(record) = known.as_ref() else {
            return Belongs::Here;
        };
        if record
            .ended_at
            .is_some_and(|ended_at| accepted_at <= ended_at)
        {
            Belongs::ToThePast
        } else if record.is_installed {
            Belongs::Here
        } else {
            Belongs::ToWhatComes
        }
    }

    fn begin(&self, workspace: &Workspace, now: Timestamp) -> Result<(), Error> {
        let mut known = self.known();
        let since = match known.as_ref() {
            Some(record) if record.is_installed && record.workspace == *workspace => return Ok(()),
            Some(record) if record.is_installed && record.workspace.team == workspace.team => {
                record.since
            }
            Some(_) | None => now,
        };
        let ended_at = known.as_ref().and_then(|record| record.ended_at);
        self.put(
            &mut known,
            Record {
                workspace: workspace.clone(),
                since,
                is_installed: true,
                ended_at,
            },
        )
    }

    pub(super) fn end(&self, workspace: &Workspace, now: Timestamp) -> Result<(), Error> {
        let mut known = self.known();
        let since = known.as_ref().map_or(now, |record| record.since);
        self.put(
            &mut known,
            Record {
                workspace: workspace.clone(),
                since,
                is_installed: false,
                ended_at: Some(now),
            },
        )
    }

    fn put(&self, known: &mut Option<Record>, record: Record) -> Result<(), Error> {
        let bytes = serde_json::to_vec(&record).map_err(|_| Error::Unwritable { tree: TREE })?;
        self.record.insert(KEY, bytes)?;
        *known = Some(record);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Option<Record>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Slack takes our token, for this workspace. If Valet had been uninstalled there, nothing
    /// of before is left when this returns.
    pub(crate) fn know_workspace(
        &self,
        workspace: &Workspace,
        now: Timestamp,
    ) -> Result<(), Error> {
        if self.installed.is_gone()
            && let Some((gone, _)) = self.installed.workspace()
        {
            self.forget_all_of(&gone)?;
        }
        self.installed.begin(workspace, now)
    }

    /// Valet is installed there no more: approvals, attempts, grants, links, names of accounts, reports, turns, counts of use and waiting runs go, and no
    /// identifier is used any more. Those that were are kept until
    /// their accounts are deleted at the vault. Returns the runs that waited.
    ///
    /// It can be done again. On disk with the next commit. Blocking: it looks at everybody.
    pub(crate) fn forget_workspace(
        &self,
        workspace: &Workspace,
        now: Timestamp,
    ) -> Result<Vec<RunId>, Error> {
        self.installed.end(workspace, now)?;
        self.forget_all_of(workspace)
    }

    fn forget_all_of(&self, workspace: &Workspace) -> Result<Vec<RunId>, Error> {
        self.people.retire(workspace.homes())?;
        let mut waited = self.approvals.forget_all()?;
        self.accounts.forget_all()?;
        self.grants.forget_all()?;
        self.notices.forget_all()?;
        self.attempts.forget_all()?;
        self.consents.forget_all()?;
        self.threads.forget_all()?;
        self.usage.forget_all()?;
        waited.extend(self.parked.forget_all()?);
        Ok(waited)
    }
}
