//! `/connections`: a person's own accounts, and how they are.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer};
use crate::account::AccountStatus;
use crate::slack::render::{self, ListedAccount};

pub(super) async fn list(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
) -> Result<Outcome, Unsaid> {
    let identifier = match context.store.people.identifier_of(asker.person()).await {
        Ok(identifier) => identifier,
        Err(cause) => {
            return reply
                .say(context, work, &answer::store_failed(&cause))
                .await;
        }
    };
    let accounts = match context.accounts(&identifier).await {
        Ok(accounts) => accounts,
        Err(cause) => {
            return reply
                .say(context, work, &answer::vault_failed(&cause))
                .await;
        }
    };
    let listed: Vec<_> = accounts
        .into_iter()
        .map(|(connection, account)| (connection, listed(account.map(|account| account.status))))
        .collect();
    reply
        .say(context, work, &render::connections(&listed))
        .await
}

fn listed(status: Option<AccountStatus>) -> ListedAccount<'static> {
    match status {
        Some(AccountStatus::Active) => ListedAccount::Connected(None),
        Some(AccountStatus::Disconnected) | None => ListedAccount::NotConnected,
        Some(AccountStatus::Expired | AccountStatus::Unknown) => ListedAccount::NeedsReconnecting,
        Some(AccountStatus::PendingAuth | AccountStatus::PendingVerification) => {
            ListedAccount::Unfinished
        }
    }
}
