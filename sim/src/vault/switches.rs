//! What is not known about the real vault. Each question is a switch, and the program
//! must pass under every setting of it.

use jiff::SignedDuration;

/// How this vault answers where the contract leaves it open.
#[derive(Debug, Clone)]
pub struct Switches {
    /// `expires_in` of a machine token; `None` leaves the field out.
    pub expires_in: Option<u64>,
    pub verification: Verification,
    pub unset: Unset,
    pub extra_fields: ExtraFields,
    pub unknown_fields: UnknownFields,
    pub numbers: Numbers,
    pub lists: Lists,
    /// Whether our credentials may list the connections.
    pub connection_list: ConnectionList,
    /// 200 or 201.
    pub created: u16,
    pub unknown_pair: UnknownPair,
    pub unauthenticated: Unauthenticated,
    pub new_link: NewLink,
    pub links: Links,
    pub link_life: SignedDuration,
    pub auth_request_life: SignedDuration,
    pub missing_verify_url: MissingVerifyUrl,
    /// Does the query string of `user_verify_url` survive the way back?
    pub verify_url_query: Query,
    pub verified_again: VerifiedAgain,
    /// Sent as `post_user_verify_redirect_url` in place of the vault's own page.
    pub hostile_redirect: Option<String>,
    pub page_tokens: PageTokens,
    /// Tools on a page of the scoped list when none is asked for, and the most there can be.
    pub scoped_page: usize,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            expires_in: Some(86_399),
            verification: Verification::Custom,
            unset: Unset::Absent,
            extra_fields: ExtraFields::None,
            unknown_fields: UnknownFields::Refuse,
            numbers: Numbers::AsTheyAre,
            lists: Lists::Array,
            connection_list: ConnectionList::Allowed,
            created: 200,
            unknown_pair: UnknownPair::ResourceNotFound,
            unauthenticated: Unauthenticated::Named,
            new_link: NewLink::Keeps,
            links: Links::UntilConsent,
            link_life: SignedDuration::from_mins(10),
            auth_request_life: SignedDuration::from_mins(10),
            missing_verify_url: MissingVerifyUrl::Refused,
            verify_url_query: Query::Kept,
            verified_again: VerifiedAgain::NotFound,
            hostile_redirect: None,
            page_tokens: PageTokens::Advance,
            scoped_page: 100,
        }
    }
}

/// The list of connections is a preview, and perhaps not for every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionList {
    Allowed,
    Forbidden,
}

/// Who confirms that the browser belongs to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The program, by `user/verify`.
    Custom,
    /// Nobody: consent makes the account ACTIVE.
    None,
}

/// How an unset message is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    Absent,
    Null,
}

/// Fields in answers that no contract mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraFields {
    None,
    Some,
}

/// What becomes of unknown fields in a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFields {
    Ignore,
    Refuse,
}

/// How whole numbers in a tool's result are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    AsTheyAre,
    /// `2.0` for 2.
    Doubles,
}

/// The key under which a tool's result carries a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    Array,
    Items,
}

/// The error code of a 404 for an unknown connector and identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownPair {
    InternalError,
    ResourceNotFound,
}

/// Whether the 401 for a bad machine token carries its error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    Bare,
    Named,
}

/// What a new link does to an ACTIVE account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewLink {
    Demotes,
    Keeps,
}

/// What uses a link up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    Reusable,
    UntilConsent,
    /// Even a robot's visit.
    UntilVisit,
}

/// A link without `user_verify_url` where verification is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingVerifyUrl {
    FailsInTheBrowser,
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    Kept,
    Lost,
}

/// `user/verify` once more after a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifiedAgain {
    NotFound,
    Ok,
}

/// The next page's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTokens {
    Advance,
    /// Always the second page's: who follows it blindly never ends.
    Repeat,
}
