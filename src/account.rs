use serde::{Deserialize, Serialize};
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AuthRequestId(String);
impl AuthRequestId {
    pub(crate) fn parse(t: &str) -> Option<Self> {
        Some(Self(t.to_owned()))
    }
}
impl std::fmt::Debug for AuthRequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hidden")
    }
}
