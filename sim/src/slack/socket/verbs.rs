//! What a story can do with the connections of Socket Mode.

use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::super::Slack;
use super::Order;
use super::link::farewell;

/// The app's connections, in the hand of a story.
pub struct Sockets<'a>(&'a Slack);

impl Slack {
    /// Switches Socket Mode on or off for the app. At first: off.
    pub fn set_socket_mode(&self, on: bool) {
        self.world.state().socket.on = on;
    }

    /// Connections are opened at this address, such as `wss://127.0.0.1:9`, and lead here.
    pub fn set_socket_front(&self, address: &str) {
        self.world.state().socket.front = Some(address.to_owned());
    }

    pub fn sockets(&self) -> Sockets<'_> {
        Sockets(self)
    }
}

impl Sockets<'_> {
    /// How many ever stood.
    pub fn opened(&self) -> usize {
        self.0.world.state().socket.opened
    }

    /// How many stand.
    pub fn standing(&self) -> usize {
        self.0.world.state().socket.links.len()
    }

    /// Comes back when so many stand that ever did, and this many do now.
    pub async fn until(&self, opened: usize, standing: usize) {
        let mut changes = self.0.changes();
        while self.opened() < opened || self.standing() != standing {
            changes.changed().await.expect("the world goes on");
        }
    }

    /// Says on the newest connection that it is about to end. Nothing new comes over it.
    pub fn warns(&self, reason: &str) {
        let number = self.newest();
        self.warns_on(number, reason);
    }

    /// The same on all of them.
    pub fn warns_all(&self, reason: &str) {
        for number in self.numbers() {
            self.warns_on(number, reason);
        }
    }

    fn warns_on(&self, number: u64, reason: &str) {
        for link in &mut self.0.world.state().socket.links {
            link.taking &= link.number != number;
        }
        self.order(number, Order::Send(farewell(reason)));
    }

    /// Closes the oldest connection in order.
    pub fn closes_oldest(&self) {
        let oldest = self.numbers()[0];
        self.order(oldest, Order::Close);
    }

    /// Drops the oldest connection without a word.
    pub fn cuts_oldest(&self) {
        let oldest = self.numbers()[0];
        self.order(oldest, Order::Cut);
    }

    /// Drops all connections without a word.
    pub fn cuts_all(&self) {
        self.0.world.cut_links();
    }

    /// From now on the newest connection is dead, and nobody is told.
    pub fn falls_silent(&self) {
        self.order(self.newest(), Order::FallSilent);
    }

    /// So many of the next acknowledgements get lost on their way.
    pub fn loses_acknowledgements(&self, count: u32) {
        self.0.world.state().socket.losing = count;
    }

    /// Says this on the newest connection, whatever it is.
    pub fn says(&self, text: &str) {
        self.sends(Message::text(text));
    }

    /// Sends these bytes on the newest connection.
    pub fn says_binary(&self, bytes: &[u8]) {
        self.sends(Message::binary(bytes.to_vec()));
    }

    /// Asks the app so many times whether it is there.
    pub fn pings(&self, count: usize) {
        for _ in 0..count {
            self.sends(Message::Ping(Bytes::from_static(
                b"Ping from applink-canary",
            )));
        }
    }

    /// Begins to say this on the newest connection, and does not finish.
    pub fn begins_to_say(&self, text: &str) {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        let frame = Frame::message(bytes, OpCode::Data(Data::Text), false);
        self.sends(Message::Frame(frame));
    }

    /// An envelope that nobody waits for, to be said.
    pub fn envelope(&self, id: &str, kind: &str, payload: &serde_json::Value) -> String {
        serde_json::json!({ "envelope_id": id, "type": kind, "payload": payload }).to_string()
    }

    fn sends(&self, message: Message) {
        self.order(self.newest(), Order::Send(message));
    }

    fn order(&self, number: u64, order: Order) {
        self.0.world.order(number, order);
    }

    fn newest(&self) -> u64 {
        *self.numbers().last().expect("a connection that stands")
    }

    fn numbers(&self) -> Vec<u64> {
        let state = self.0.world.state();
        state.socket.links.iter().map(|one| one.number).collect()
    }
}
