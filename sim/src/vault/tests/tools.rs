//! Listing tools and running them.

use serde_json::{Map, Value, json};

use super::{Client, code};
use crate::fault::Fault;
use crate::vault::{Lists, Numbers, Outcome, PageTokens, VaultSetup, rate_limited};

async fn connected() -> Client {
    let client = Client::new().await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    client
        .vault
        .connect_directly("id-1", "github", "ada@example.com");
    client
        .vault
        .connect_directly("id-1", "linear", "ada@example.com");
    client
        .vault
        .connect_directly("id-1", "googlecalendar", "ada@example.com");
    client
        .vault
        .connect_directly("id-2", "gmail", "ben@example.com");
    client
}

async fn data(client: &Client, tool: &str, identifier: &str, params: Value) -> Value {
    let (status, body) = client.run(tool, identifier, params).await;
    assert_eq!(status, 200, "{body}");
    body["data"].clone()
}

#[tokio::test]
async fn an_account_with_250_tools_lists_them_over_three_pages() {
    let client = connected().await;
    client.vault.add_filler_tools("gmail", 250 - 56);
    let path = "tools/scoped?identifier=id-1&filter.connection_names=gmail&page_size=100";
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let query: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let (status, body) = client.get(&format!("{path}&page_token={query}")).await;
        assert_eq!((status, &body["total_size"]), (200, &json!(250)));
        for item in body["tools"].as_array().unwrap() {
            assert_eq!(item["identifier"], "id-1");
            names.push(item["tool"]["definition"]["name"].clone());
        }
        pages += 1;
        token = body["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((pages, names.len()), (3, 250));
    client
        .vault
        .switch(|switches| switches.page_tokens = PageTokens::Repeat);
    let (_, first) = client.get(path).await;
    let token = first["next_page_token"].as_str().unwrap();
    let query: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let (_, second) = client.get(&format!("{path}&page_token={query}")).await;
    assert_eq!(second["next_page_token"], token);
    let mut odd = names
        .iter()
        .filter(|name| name.as_str().unwrap().len() > 64);
    let odd = odd.next().unwrap();
    let said = data(&client, odd.as_str().unwrap(), "id-1", json!({})).await;
    assert!(said["result"].is_string());
    client.vault.finish();
}

#[tokio::test]
async fn the_scoped_list_wants_a_filter_and_one_account_for_each_provider() {
    let two = [
        ("gmail", "GMAIL"),
        ("gmail-work", "GMAIL"),
        ("github", "GITHUB"),
    ];
    let connections = two.map(|(name, provider)| (name.to_owned(), provider.to_owned()));
    let setup = VaultSetup {
        connections: connections.to_vec(),
        ..VaultSetup::default()
    };
    let client = Client::of(setup).await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    client
        .vault
        .connect_directly("id-1", "gmail-work", "ada@example.com");
    let cases = [
        ("identifier=id-1&filter.connection_names=gmail", 200),
        (
            "identifier=id-1&filter.connection_names=gmail&filter.connection_names=github",
            200,
        ),
        ("identifier=id-1&filter.connection_names=github", 404),
        ("identifier=id-9&filter.connection_names=gmail", 404),
        ("identifier=id-1&filter.providers=GMAIL", 400),
        (
            "identifier=id-1&filter.connection_names=gmail&page_token=made-up",
            400,
        ),
    ];
    for (query, status) in cases {
        assert_eq!(
            client.get(&format!("tools/scoped?{query}")).await.0,
            status,
            "{query}"
        );
    }
    client.vault.finish();
    assert_eq!(client.get("tools/scoped?identifier=id-1").await.0, 400);
    assert_eq!(
        client
            .get("tools/scoped?filter.connection_names=gmail")
            .await
            .0,
        400
    );
    let (_, body) = client
        .get("tools?filter.summary=true&filter.provider=GMAIL")
        .await;
    assert_eq!(body["tool_names"].as_array().unwrap().len(), 56);
    client.vault.take_violations();
    let alone = json!({"tool_name": "gmail_get_profile", "identifier": "id-1", "params": {}});
    assert_eq!(client.post("execute_tool", alone).await.0, 400);
    client.vault.finish();
}

#[tokio::test]
async fn the_account_a_call_means_must_be_clear_and_fit() {
    let client = connected().await;
    let id = |at: usize| client.vault.accounts()[at].id.clone();
    let cases = [
        (json!({"identifier": "id-1"}), 200),
        (json!({"identifier": "id-1", "connector": "gmail"}), 200),
        (json!({"connected_account_id": id(0)}), 200),
        (json!({"connected_account_id": id(1)}), 400),
        (json!({"connected_account_id": "ca_1"}), 404),
        (json!({"identifier": "id-2", "connector": "github"}), 404),
        (json!({}), 400),
    ];
    for (account, status) in cases {
        let mut body = json!({"tool_name": "gmail_get_profile", "params": {}});
        body.as_object_mut()
            .unwrap()
            .extend(account.as_object().unwrap().clone());
        assert_eq!(
            client.post("execute_tool", body).await.0,
            status,
            "{account}"
        );
    }
    client.vault.finish();
    let swapped = json!({"tool_name": "gmail_get_profile", "connected_account_id": id(0), "identifier": "id-2"});
    assert_eq!(client.post("execute_tool", swapped).await.0, 400);
    let missing = client
        .run("gmail_get_message_by_id", "id-1", json!({}))
        .await;
    assert_eq!(missing.0, 400);
    assert_eq!(client.vault.take_violations().len(), 2);
}

#[tokio::test]
async fn what_ran_is_kept_with_its_account_and_run() {
    let client = connected().await;
    let body = json!({
        "tool_name": "gmail_fetch_mails",
        "connector": "gmail",
        "identifier": "id-2",
        "params": {"query": "from:linus", "max_results": 1},
        "agent_run_id": "run-7",
    });
    client.post("execute_tool", body).await;
    let ran = client.vault.executions();
    let params = json!({"query": "from:linus", "max_results": 1});
    assert_eq!(ran.len(), 1);
    assert_eq!(Value::Object(ran[0].params.clone()), params);
    assert_eq!(
        (ran[0].mailbox.as_str(), ran[0].identifier.as_str()),
        ("ben@example.com", "id-2")
    );
    assert_eq!(ran[0].agent_run_id.as_deref(), Some("run-7"));
}

#[tokio::test]
async fn a_call_can_end_in_every_way() {
    let client = connected().await;
    let tool = "gmail_get_profile";
    let outcomes = [
        (
            Outcome::ReauthenticationNeeded,
            401,
            "REAUTHENTICATION_NEEDED",
        ),
        (Outcome::RefreshTokenMissing, 401, "REFRESH_TOKEN_MISSING"),
        (Outcome::tool_error(401), 401, "TOOL_ERROR"),
        (Outcome::tool_error(403), 403, "TOOL_ERROR"),
        (Outcome::tool_error(404), 404, "TOOL_ERROR"),
        (Outcome::tool_error(429), 429, "TOOL_ERROR"),
        (Outcome::tool_error(500), 500, "TOOL_ERROR"),
        (Outcome::Data(None), 200, ""),
        (Outcome::Data(Some(json!({"ok": false}))), 200, ""),
    ];
    for (outcome, status, error_code) in outcomes {
        client.vault.tool_error_next(tool, outcome.clone());
        let (answer, body) = client.run(tool, "id-1", json!({})).await;
        assert_eq!((answer, code(&body)), (status, error_code), "{outcome:?}");
        let info = &body["details"][0]["tool_error_info"];
        assert_eq!(info["execution_id"].is_string(), error_code == "TOOL_ERROR");
    }
    let (status, body) = client.run("gmail_fetch_emails", "id-1", json!({})).await;
    assert_eq!((status, code(&body)), (400, "RESOURCE_NOT_FOUND"));
    let (status, body) = client
        .run("gmail_watch_mailbox", "id-1", json!({"topic_name": "t"}))
        .await;
    assert_eq!((status, code(&body)), (500, "TOOL_ERROR"));
    client
        .vault
        .faults()
        .once("execute_tool", rate_limited(None));
    let (status, body) = client.run(tool, "id-1", json!({})).await;
    assert_eq!((status, code(&body)), (429, "RATE_LIMITED"));
    let before = client.vault.executions().len();
    client.vault.faults().once(
        "execute_tool",
        Fault::ActThenAnswer(crate::fault::Canned::new(502, "text/html", "")),
    );
    let url = format!("{}/api/v1/execute_tool", client.vault.url());
    let body = json!({"tool_name": tool, "identifier": "id-1", "params": {}});
    let request = client.http.post(url).bearer_auth(&client.token).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 502);
    assert_eq!(client.vault.executions().len(), before + 1);
    client.vault.finish();
}

#[tokio::test]
async fn results_keep_the_provider_s_shape() {
    let client = connected().await;
    let issues = json!({"owner": "ada", "repo": "calendar-import"});
    let found = data(&client, "github_issues_list", "id-1", issues.clone()).await;
    assert_eq!(found["array"].as_array().unwrap().len(), 2);
    client.vault.switch(|switches| {
        switches.lists = Lists::Items;
        switches.numbers = Numbers::Doubles;
    });
    let found = data(&client, "github_issues_list", "id-1", issues).await;
    assert_eq!(found["items"][0]["number"].to_string(), "1.0");
    let viewer = data(&client, "linear_viewer_get", "id-1", json!({})).await;
    assert_eq!(viewer["data"]["viewer"]["email"], "ada@example.com");
    client.vault.finish();
}

#[tokio::test]
async fn mails_are_paged_and_read_by_message_and_thread() {
    let client = connected().await;
    let mut query = json!({"query": "from:grace", "max_results": 3});
    let mut sizes = Vec::new();
    loop {
        let page = data(&client, "gmail_fetch_mails", "id-1", query.clone()).await;
        sizes.push(page["messages"].as_array().unwrap().len());
        match page.get("nextPageToken") {
            Some(token) => query["page_token"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [3, 3, 2]);
    let q3 = json!({"query": "subject:\"Q3 planning\""});
    let threads = data(&client, "gmail_list_threads", "id-1", q3).await;
    assert_eq!(threads["threads"].as_array().unwrap().len(), 1);
    let id = threads["threads"][0]["id"].clone();
    let thread = data(
        &client,
        "gmail_get_thread_by_id",
        "id-1",
        json!({"thread_id": id}),
    )
    .await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 5);
    let id = thread["messages"][4]["id"].clone();
    let message = data(
        &client,
        "gmail_get_message_by_id",
        "id-1",
        json!({"message_id": id}),
    )
    .await;
    assert!(
        message["snippet"]
            .as_str()
            .unwrap()
            .contains("Grace: book the review")
    );
    let (status, _) = client
        .run("gmail_get_message_by_id", "id-2", json!({"message_id": id}))
        .await;
    assert_eq!(status, 404);
    let none = data(
        &client,
        "gmail_fetch_mails",
        "id-1",
        json!({"query": "zebra"}),
    )
    .await;
    assert_eq!(none, json!({"resultSizeEstimate": 0}));
    let people = data(
        &client,
        "gmail_search_people",
        "id-1",
        json!({"query": "manager"}),
    )
    .await;
    let address = &people["results"][0]["person"]["emailAddresses"][0]["value"];
    assert_eq!(address, "grace@example.com");
    client.vault.finish();
}

#[tokio::test]
async fn mail_that_is_sent_arrives_and_mail_in_the_trash_is_gone() {
    let client = connected().await;
    let mail = json!({"to": "Ben <ben@example.com>", "subject": "Adapter", "body": "Take mine."});
    data(&client, "gmail_send_message", "id-1", mail.clone()).await;
    data(&client, "gmail_create_draft", "id-1", mail).await;
    let sent = client.vault.sent_mail();
    assert_eq!((sent.len(), sent[0].from.as_str()), (1, "ada@example.com"));
    let query = json!({"query": "subject:adapter"});
    let found = data(&client, "gmail_fetch_mails", "id-2", query.clone()).await;
    let message = &found["messages"][0];
    let reply =
        json!({"thread_id": message["threadId"], "to": "ada@example.com", "body": "Thanks!"});
    data(&client, "gmail_reply_to_thread", "id-2", reply).await;
    assert_eq!(client.vault.sent_mail()[1].subject, "Re: Adapter");
    data(
        &client,
        "gmail_trash_message",
        "id-2",
        json!({"message_id": message["id"]}),
    )
    .await;
    let found = data(&client, "gmail_fetch_mails", "id-2", query).await;
    assert_eq!(found["messages"][0]["labelIds"], json!(["SENT"]));
    client.vault.finish();
}

#[tokio::test]
async fn trackers_and_calendars_change() {
    let client = connected().await;
    let issue = json!({"owner": "ada", "repo": "notes", "title": "Sort by year"});
    let made = data(&client, "github_issue_create", "id-1", issue).await;
    assert_eq!(made["number"], 2);
    let q = json!({"q": "is:open assignee:@me midnight"});
    let found = data(&client, "github_search_issues", "id-1", q).await;
    assert_eq!(found["total_count"], 1);
    let query = json!({"query": "mutation($input: IssueCreateInput!) { issueCreate(input: $input) { success } }",
        "variables": {"input": {"teamId": "team-product", "title": "Written by a reader"}}});
    let made = data(&client, "linear_graphql_query", "id-1", query).await;
    assert_eq!(made["data"]["issueCreate"]["issue"]["identifier"], "PRO-5");
    let search = json!({"query": "reader"});
    let found = data(&client, "linear_issue_search", "id-1", search).await;
    assert_eq!(
        found["data"]["searchIssues"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let event = json!({"summary": "Walk", "start_datetime": "2026-12-01T10:00:00", "event_duration_minutes": 45});
    let made = data(&client, "googlecalendar_create_event", "id-1", event).await;
    assert_eq!(made["end"]["dateTime"], "2026-12-01T10:45:00Z");
    let id = Map::from_iter([("event_id".to_owned(), made["id"].clone())]);
    data(&client, "googlecalendar_delete_event", "id-1", id.into()).await;
    let found = data(
        &client,
        "googlecalendar_list_events",
        "id-1",
        json!({"query": "walk"}),
    )
    .await;
    assert_eq!(
        found["events"].as_array().unwrap().len(),
        1,
        "the walk through the experiment"
    );
    client.vault.finish();
}
