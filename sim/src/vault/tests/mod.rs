//! The vault's own stories, told over HTTP.

mod accounts;
mod links;
mod tools;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Vault, VaultSetup};
use crate::browser::Browser;

/// A careful program's client.
struct Client {
    vault: Vault,
    http: reqwest::Client,
    token: String,
}

impl Client {
    async fn new() -> Self {
        Self::of(VaultSetup::default()).await
    }

    async fn of(setup: VaultSetup) -> Self {
        // For its TLS provider.
        drop(Browser::new());
        let mut client = Self {
            vault: Vault::start(setup).await,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: String::new(),
        };
        client.renew().await;
        client
    }

    async fn renew(&mut self) -> Value {
        let secret = self.vault.client_secret();
        let (status, body) = self.ask_token(&secret).await;
        assert_eq!(status, 200);
        self.token = body["access_token"].as_str().unwrap().to_owned();
        body
    }

    async fn ask_token(&self, secret: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.vault.client_id()),
            ("client_secret", secret),
        ];
        let url = format!("{}/oauth/token", self.vault.url());
        let response = self.http.post(url).form(&form).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!("{}/api/v1/{path}", self.vault.url());
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(&body)).await
    }

    async fn status(&self, connection: &str, identifier: &str) -> String {
        let path =
            format!("connected_accounts/details?connector={connection}&identifier={identifier}");
        let (status, body) = self.get(&path).await;
        assert_eq!(status, 200, "{body}");
        body["connected_account"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A link for gmail.
    async fn link(&self, identifier: &str) -> String {
        let (status, body) = self
            .post("connected_accounts/magic_link", wanted(identifier))
            .await;
        assert_eq!(status, 200, "{body}");
        body["link"].as_str().unwrap().to_owned()
    }

    async fn verify(&self, auth_request_id: &str, identifier: &str) -> (u16, Value) {
        let body = json!({"auth_request_id": auth_request_id, "identifier": identifier});
        self.post("connected_accounts/user/verify", body).await
    }

    async fn run(&self, tool: &str, identifier: &str, params: Value) -> (u16, Value) {
        let (connector, _) = tool.split_once('_').unwrap();
        let body = json!({"tool_name": tool, "connector": connector, "identifier": identifier, "params": params});
        self.post("execute_tool", body).await
    }
}

/// The callback does not exist: what counts is where the browser is sent.
fn wanted(identifier: &str) -> Value {
    json!({
        "connector": "gmail",
        "identifier": identifier,
        "state": "state-of-ours",
        "user_verify_url": "http://127.0.0.1:9/callback",
    })
}

fn code(body: &Value) -> &str {
    body["details"][0]["error_code"]
        .as_str()
        .unwrap_or_default()
}

/// A browser that belongs to Ada at the provider.
async fn ada(vault: &Vault) -> Browser {
    let browser = Browser::new();
    browser
        .signed_in_to_provider_as(&vault.url(), "ada@example.com")
        .await;
    browser
}
