//! Socket Mode: the app fetches a ticket, opens a WebSocket, and gets over it what would be
//! posted to its doors. What it does not acknowledge is brought again, on another connection
//! if there is one.
//!
//! Strict about what the app sends: acknowledgements, each once, for what it was brought.

mod bring;
mod link;
mod verbs;

use std::collections::HashMap;

use tokio::sync::{mpsc, oneshot};

pub(crate) use self::link::upgrade;
pub use self::verbs::Sockets;
use super::world::World;

/// Seconds for which a ticket is good.
const TICKET: i64 = 30;

/// What the simulated Slack knows of an app's connections.
#[derive(Default)]
pub(crate) struct SocketState {
    /// Switched on for the app.
    pub(crate) on: bool,
    /// Until when each ticket is good, in seconds. One that was used is gone.
    tickets: HashMap<String, i64>,
    /// Those that stand, the oldest first.
    links: Vec<Standing>,
    /// Whose turn it is to be brought something.
    turn: usize,
    /// All that was brought, by envelope.
    brought: HashMap<String, Brought>,
    /// So many of the next acknowledgements get lost on the way.
    losing: u32,
    /// Connections that ever stood.
    opened: usize,
    /// What stands in front of it, such as `wss://127.0.0.1:9`.
    front: Option<String>,
}

/// A connection that stands.
struct Standing {
    number: u64,
    orders: mpsc::UnboundedSender<Order>,
    /// Something is brought over it; no more, once the app was told to leave.
    taking: bool,
}

/// What a connection is told to do.
enum Order {
    /// Close it in order.
    Close,
    /// Drop it without a word.
    Cut,
    /// Neither read nor write any more.
    FallSilent,
    Send(tokio_tungstenite::tungstenite::Message),
}

struct Brought {
    over: u64,
    takes_payload: bool,
    /// Taken when the app has acknowledged it.
    waiting: Option<oneshot::Sender<serde_json::Value>>,
    acknowledged: bool,
    /// Its acknowledgement never arrives.
    gets_lost: bool,
}

impl World {
    /// An address with a ticket that is good once.
    pub(crate) fn ticket(&self) -> String {
        let ticket = format!("canary-ticket-{}", self.number());
        let ends = self.seconds() + TICKET;
        let mut state = self.state();
        state.socket.tickets.insert(ticket.clone(), ends);
        let front = state.socket.front.clone();
        drop(state);
        let front = front.unwrap_or_else(|| self.url().replacen("http", "ws", 1));
        let app = super::APP_ID;
        format!("{front}/link?ticket={ticket}&app_id={app}")
    }

    fn order(&self, to: u64, order: Order) {
        let state = self.state();
        let link = state.socket.links.iter().find(|one| one.number == to);
        if let Some(link) = link {
            // It may end at this very moment.
            let _ = link.orders.send(order);
        }
    }

    /// No connection stands any more.
    pub(crate) fn cut_links(&self) {
        for link in &self.state().socket.links {
            let _ = link.orders.send(Order::Cut);
        }
    }
}
