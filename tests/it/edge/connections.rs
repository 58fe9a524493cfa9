//! What a connection may cost: bodies and headers without end, and hands that never send
//! them.

use std::io::Write as _;
use std::time::Duration;

use super::wire::{begun, head, is_open, told, until_hung_up};
use crate::bot::{Bot, is_placeholder};

const TWO_MIB: usize = 2 << 20;

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_before_a_byte_of_it_is_read() {
    let bot = Bot::start().await;
    let announced = format!("content-length: {TWO_MIB}\r\n");
    let stream = begun(&bot, head(&bot, b"", &announced).as_bytes());
    let said = until_hung_up(stream).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    bot.finish().await;
}

#[tokio::test]
async fn a_body_that_does_not_say_its_size_is_cut_off_at_a_mebibyte() {
    let bot = Bot::start().await;
    let mut stream = begun(
        &bot,
        head(&bot, b"", "transfer-encoding: chunked\r\n").as_bytes(),
    );
    // Sixteen times what is allowed: the rest finds nobody who reads it.
    let chunk = [b"10000\r\n", vec![b'x'; 0x10000].as_slice(), b"\r\n"].concat();
    let (sent, stream) = tokio::task::spawn_blocking(move || {
        let sent = (0..256)
            .take_while(|_| stream.write_all(&chunk).is_ok())
            .count();
        (sent, stream)
    })
    .await
    .unwrap();
    assert!(sent < 256, "all of 16 MiB were read");
    drop(stream);
    still_answers(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_body_just_too_large_gets_a_413_though_it_is_signed_and_one_just_small_enough_is_read() {
    let bot = Bot::start().await;
    for (size, status) in [((1 << 20) + 1, 413), (1 << 20, 200)] {
        let body = " ".repeat(size);
        for length in [
            format!("content-length: {size}\r\n"),
            "transfer-encoding: chunked\r\n".to_owned(),
        ] {
            let sent = if length.starts_with("content") {
                body.clone()
            } else {
                format!("{size:x}\r\n{body}\r\n0\r\n\r\n")
            };
            let all = head(&bot, body.as_bytes(), &(length + "connection: close\r\n")) + &sent;
            let said = told(&bot, all.into_bytes()).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_says_is_no_request() {
    let bot = Bot::start().await;
    for length in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: -1\r\n",
        "content-length: many\r\n",
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip\r\n",
    ] {
        let said = told(&bot, (head(&bot, b"{}", length) + "{}").into_bytes()).await;
        assert!(
            said.starts_with("HTTP/1.1 400") || said.starts_with("HTTP/1.1 411"),
            "{length:?}: {said}"
        );
        assert_eq!(said.matches("HTTP/1.1").count(), 1, "{length:?}: {said}");
    }
    still_answers(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn too_many_headers_and_too_long_ones_are_refused() {
    let bot = Bot::start().await;
    let many = "x-odd: y\r\n".repeat(100);
    let long = format!("x-long: {}\r\n", "y".repeat(64 << 10));
    for headers in [many, long] {
        let said = told(&bot, head(&bot, b"", &headers).into_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    }
    let said = told(&bot, b"GET / SPDY/7\r\n\r\n".to_vec()).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    still_answers(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn who_is_slow_to_send_is_hung_up_on() {
    // As long as the service itself waits for a head.
    let slower = Bot::start_with_patience(|patience| patience.head = Duration::from_secs(5)).await;
    let waits = begun(&slower, b"");
    let bot = Bot::start_with_patience(|patience| {
        patience.head = Duration::from_millis(500);
        patience.request = Duration::from_millis(500);
    })
    .await;
    let whole = head(&bot, b"{}", "content-length: 2\r\n");
    let (headers, body, silence) = tokio::join!(
        until_hung_up(begun(&bot, &whole.as_bytes()[..40])),
        until_hung_up(begun(&bot, (whole.clone() + "{").as_bytes())),
        until_hung_up(begun(&bot, b"")),
    );
    assert_eq!(headers, "", "half a head is no request");
    assert_eq!(silence, "");
    assert!(body.starts_with("HTTP/1.1 408"), "{body}");
    assert!(is_open(&waits), "hung up on sooner, though it began sooner");
    drop(waits);
    slower.finish().await;
    bot.finish().await;
}

#[tokio::test]
async fn many_who_hold_a_connection_and_say_nothing_keep_nobody_out() {
    let bot = Bot::start().await;
    let idle: Vec<_> = (0..100).map(|_| begun(&bot, b"POST /sla")).collect();
    still_answers(&bot).await;
    drop(idle);
    bot.finish().await;
}

/// After all that, Slack is served as before.
async fn still_answers(bot: &Bot) {
    let asked = bot.slack.person("ada").direct("help").await;
    let told = bot.slack.final_answer(&asked, is_placeholder).await;
    assert!(told.visible_text().contains("connect"), "{told:?}");
}
