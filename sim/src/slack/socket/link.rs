//! One connection.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::super::APP_ID;
use super::super::world::{Shared, World};
use super::{Order, Standing};

type Wire = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// `GET /link?ticket=…`: becomes a WebSocket.
pub(crate) async fn upgrade(State(world): State<Shared>, mut request: Request) -> Response<Body> {
    let asked = request.uri().query().unwrap_or_default().to_owned();
    let field = |wanted: &str| {
        let mut fields = url::form_urlencoded::parse(asked.as_bytes());
        let found = fields.find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let ticket = field("ticket");
    let now = world.seconds();
    let good = world.state().socket.tickets.remove(&ticket);
    if good.is_none_or(|ends| ends < now) {
        return plain(StatusCode::FORBIDDEN);
    }
    if field("app_id") != APP_ID {
        world.note_violation("a connection without its app_id".to_owned());
    }
    let Some(accept) = accept(request.headers()) else {
        world.note_violation("a connection that asks for no WebSocket".to_owned());
        return plain(StatusCode::BAD_REQUEST);
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let its_world = world.clone();
    world.on_the_side(async move {
        if let Ok(upgraded) = upgraded.await {
            let io = TokioIo::new(upgraded);
            let wire = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
            serve(&its_world, wire).await;
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::UPGRADE, "websocket")
        .header(header::CONNECTION, "Upgrade")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty())
        .expect("an answer is a response")
}

fn plain(status: StatusCode) -> Response<Body> {
    let answer = Response::builder().status(status).body(Body::empty());
    answer.expect("an answer is a response")
}

fn accept(headers: &HeaderMap) -> Option<String> {
    let is = |name, value: &str| {
        let header = headers.get(name).and_then(|one| one.to_str().ok());
        header.is_some_and(|one| one.to_ascii_lowercase().contains(value))
    };
    let asked = is(header::UPGRADE, "websocket")
        && is(header::CONNECTION, "upgrade")
        && is(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    asked.then(|| derive_accept_key(key.as_bytes()))
}

fn debug_info() -> Value {
    json!({
        "host": "applink-canary",
        "started": "2026-11-23 00:00:00.000",
        "build_number": 54,
        "approximate_connection_time": 18060,
    })
}

/// What Slack says when it is about to close a connection.
pub(super) fn farewell(reason: &str) -> Message {
    let told = json!({ "type": "disconnect", "reason": reason, "debug_info": debug_info() });
    Message::text(told.to_string())
}

async fn serve(world: &World, mut wire: Wire) {
    if !world.state().socket.on {
        let _ = wire.send(farewell("link_disabled")).await;
        let _ = wire.close(None).await;
        return;
    }
    let number = world.number();
    let (orders, mut told) = mpsc::unbounded_channel();
    let connections = {
        let mut state = world.state();
        state.socket.opened += 1;
        state.socket.links.len() + 1
    };
    let hello = json!({
        "type": "hello",
        "num_connections": connections,
        "debug_info": debug_info(),
        "connection_info": { "app_id": APP_ID },
    });
    if wire.send(Message::text(hello.to_string())).await.is_ok() {
        world.state().socket.links.push(Standing {
            number,
            orders,
            taking: true,
        });
        world.changed();
        until_over(world, number, &mut wire, &mut told).await;
    }
    let mut state = world.state();
    state.socket.links.retain(|one| one.number != number);
    // Nobody is going to acknowledge it over this one.
    for brought in state.socket.brought.values_mut() {
        if brought.over == number {
            brought.waiting = None;
        }
    }
    drop(state);
    world.changed();
}

async fn until_over(
    world: &World,
    number: u64,
    wire: &mut Wire,
    told: &mut mpsc::UnboundedReceiver<Order>,
) {
    loop {
        tokio::select! {
            order = told.recv() => match order {
                None | Some(Order::Cut) => return,
                Some(Order::Close) => {
                    let _ = wire.close(None).await;
                }
                // Until it is cut, or the world ends.
                Some(Order::FallSilent) => loop {
                    if let None | Some(Order::Cut) = told.recv().await {
                        return;
                    }
                },
                Some(Order::Send(message)) => {
                    if wire.send(message).await.is_err() {
                        return;
                    }
                }
            },
            message = wire.next() => match message {
                Some(Ok(Message::Text(text))) => world.acknowledged(number, &text),
                Some(Ok(Message::Binary(_))) => {
                    world.note_violation("the app sent something binary".to_owned());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}
