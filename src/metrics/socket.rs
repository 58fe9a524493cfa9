//! How Slack reaches us over Socket Mode; all at 0 without it.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::parts::register;

#[derive(Clone)]
pub(super) struct SocketMetrics {
    pub(super) connections: Gauge,
    pub(super) not_opened: Counter,
    pub(super) odd: Counter,
}

impl SocketMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        Self {
            connections: register(
                registry,
                "socket_connections",
                "Connections of Socket Mode that stand",
            ),
            not_opened: register(
                registry,
                "socket_not_opened",
                "Tries to open a connection of Socket Mode that failed",
            ),
            odd: register(
                registry,
                "socket_messages_odd",
                "Messages of Socket Mode that were not understood",
            ),
        }
    }
}
