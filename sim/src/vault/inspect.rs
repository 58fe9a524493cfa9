//! What a test can see of the vault.

use std::collections::BTreeMap;

use super::Vault;
use super::account::{Account, Status};
use super::call::Call;
use super::provider::{IssueView, MailView, SentMail};
use super::world::Execution;

/// An account that tools can run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveAccount {
    pub connection: String,
    pub identifier: String,
    /// Whose account at the provider it is.
    pub mailbox: String,
}

/// An account, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    pub id: String,
    pub connection: String,
    pub identifier: String,
    pub status: Status,
    /// Whose account at the provider it is, or was.
    pub mailbox: Option<String>,
}

impl AccountView {
    fn of(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            connection: account.connection.clone(),
            identifier: account.identifier.clone(),
            status: account.status,
            mailbox: account.mailbox.clone(),
        }
    }
}

impl Vault {
    /// Every account, oldest first.
    pub fn accounts(&self) -> Vec<AccountView> {
        self.world
            .lock()
            .accounts
            .iter()
            .map(AccountView::of)
            .collect()
    }

    /// The account on this connection that is connected to this mailbox.
    pub fn account(&self, connection: &str, mailbox: &str) -> Option<AccountView> {
        let mut accounts = self.accounts().into_iter();
        accounts.find(|account| {
            account.connection == connection && account.mailbox.as_deref() == Some(mailbox)
        })
    }

    /// The accounts that tools can run in, oldest first.
    pub fn active_accounts(&self) -> Vec<ActiveAccount> {
        let active = |account: AccountView| {
            (account.status == Status::Active).then(|| ActiveAccount {
                connection: account.connection,
                identifier: account.identifier,
                mailbox: account.mailbox.unwrap_or_default(),
            })
        };
        self.accounts().into_iter().filter_map(active).collect()
    }

    /// Every identifier that came with a link or a new account, in that order.
    pub fn identifiers(&self) -> Vec<String> {
        self.world.lock().introduced().to_vec()
    }

    /// Every tool that ran, in order. What a provider refused is not among them.
    pub fn executions(&self) -> Vec<Execution> {
        self.world.lock().executions.clone()
    }

    /// Every auth request for which `user/verify` was a success, and how often it was.
    pub fn verified(&self) -> BTreeMap<String, u32> {
        self.world.lock().verified.clone()
    }

    /// Forgets the requests, so that a long story fits into memory.
    pub fn forget_record(&self) {
        self.world.lock().requests.clear();
    }

    /// Every mail that left a mailbox.
    pub fn sent_mail(&self) -> Vec<SentMail> {
        self.world.lock().providers.sent().to_vec()
    }

    /// The mails of this address, newest first, spam and trash aside.
    pub fn mails(&self, address: &str) -> Vec<MailView> {
        self.world.lock().providers.mails(address)
    }

    /// The issues of the tracker that everybody shares, newest first.
    pub fn issues(&self) -> Vec<IssueView> {
        self.world.lock().providers.issues()
    }

    /// Every request, in order. A request that a fault stopped is not among them.
    pub fn all_requests(&self) -> Vec<Call> {
        self.world.lock().requests.clone()
    }

    /// How often a machine token was asked for.
    pub fn token_calls(&self) -> usize {
        self.world.lock().token_calls
    }

    /// The requests to paths with this end. A request that a fault stopped is not among
    /// them.
    pub fn requests(&self, path: &str) -> Vec<Call> {
        let world = self.world.lock();
        let named = world
            .requests
            .iter()
            .filter(|call| call.path.ends_with(path));
        named.cloned().collect()
    }

    /// All that must never be seen outside: identifiers, links, states, auth requests,
    /// tokens, the client's secret.
    pub fn secrets(&self) -> Vec<String> {
        self.world.lock().secrets().to_vec()
    }

    /// What the program should not have done.
    pub fn violations(&self) -> Vec<String> {
        self.world.lock().violations.clone()
    }

    /// Hands over the violations, so that a test can show one and go on.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.world.lock().violations)
    }

    /// Nothing was sent that should not have been, and everything planned has happened.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn finish(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "the vault saw: {violations:#?}");
        let unused = self.faults().unused();
        assert!(
            unused.is_empty(),
            "the vault never failed with: {unused:#?}"
        );
        let world = self.world.lock();
        assert!(
            world.outcomes.is_empty(),
            "tools that were never called: {:#?}",
            world.outcomes
        );
    }
}
