//! As in production: over TLS, by the certificates that the machine trusts.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{until_it_says, world};
use crate::bot::{Bot, Process};

const CERTIFICATE: &[u8] = include_bytes!("../../data/self-signed.der");

/// Ends TLS in front of the simulated Slack, and gives the address of that.
async fn tls_in_front(bot: &mut Bot) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = include_bytes!("../../../sim/src/slack/keys/foreign.der");
    let key = PrivateKeyDer::Pkcs8(key.to_vec().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFICATE.to_vec().into()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap();
    let slack = bot.slack.url().replace("http://", "");
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, slack) = (acceptor.clone(), slack.clone());
            tokio::spawn(async move {
                // Whoever does not trust the certificate goes away.
                let Ok(mut tls) = acceptor.accept(tcp).await else {
                    return;
                };
                let mut plain = TcpStream::connect(slack).await.unwrap();
                let _ = copy_bidirectional(&mut tls, &mut plain).await;
            });
        }
    });
    bot.settings
        .set("SLACK_API_URL", &format!("https://{front}/api"));
    bot.slack.set_socket_front(&format!("wss://{front}"));
    format!("{front}")
}

/// What the machine trusts besides: the certificate of the world.
fn trust(bot: &mut Bot) -> std::path::PathBuf {
    let folder = std::path::Path::new(bot.settings.value("VALET_DATA_DIR"));
    let path = folder.with_file_name("trusted.pem");
    let encoded = STANDARD.encode(CERTIFICATE);
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    );
    std::fs::write(&path, pem).unwrap();
    bot.settings
        .set("SSL_CERT_FILE", &path.display().to_string());
    path
}

#[tokio::test]
async fn a_connection_is_opened_over_tls_by_a_certificate_that_the_machine_trusts() {
    let mut bot = world().await;
    tls_in_front(&mut bot).await;
    trust(&mut bot);
    let process = Process::serve(&bot.settings).await;
    let asked = bot.slack.person("ada").direct("help").await;
    assert_eq!(asked.delivered.as_ref().unwrap().status, Some(200));
    bot.slack.next_reply(&asked).await;
    let (code, log) = process.ended_after_stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("canary-ticket"), "{log}");
    bot.finish().await;
}

#[tokio::test]
async fn nobody_is_taken_for_slack_whose_certificate_is_not_trusted_or_who_does_without() {
    let mut bot = world().await;
    let front = tls_in_front(&mut bot).await;
    let trusted = trust(&mut bot);
    // The Web API is Slack's; the address that it gives is without TLS.
    bot.slack
        .set_socket_front(&bot.slack.url().replacen("http", "ws", 1));
    let process = Process::spawn(&bot.settings);
    while reqwest::get(format!(
        "http://{}/healthz",
        bot.settings.value("VALET_OPS_LISTEN")
    ))
    .await
    .is_err()
    {
        tokio::task::yield_now().await;
    }
    until_it_says(&bot, "does without TLS").await;
    process.ended_after_stop().await;

    // And now nothing is trusted at all but somebody else.
    bot.slack.set_socket_front(&format!("wss://{front}"));
    std::fs::remove_file(trusted).unwrap();
    let (code, log) = Process::spawn(&bot.settings).ended().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("certificates"), "{log}");
    assert_eq!(bot.slack.sockets().opened(), 0);
    bot.finish().await;
}
