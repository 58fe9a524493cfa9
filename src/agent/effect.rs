//! Whether a tool may change anything, judged by its name: the vault does not say. A
//! wrong *write* costs a question; a wrong *read* costs somebody's data. So a tool is a
//! read only if its name says so and nothing in the name or in its arguments speaks against
//! it. What goes to a place that a model may choose is no read: that carries data out.

use serde_json::{Map, Value};

use super::tool::Effect;

/// At the first or the last place, these say that a tool reads.
const READING: &[&str] = &[
    "check", "compare", "fetch", "find", "get", "list", "lookup", "query", "retrieve", "search",
    "whoami",
];

/// Of these, the ones that are nothing but verbs: what stands before them is a thing.
const READING_ONLY: &[&str] = &["fetch", "find", "get", "lookup", "retrieve", "whoami"];

/// At either end, these say that it does not read, whatever stands at the other. In the
/// middle they say so too: `sharepoint_delete_list` is no list.
const CHANGING: &[&str] = &[
    "abort",
    "accept",
    "activate",
    "add",
    "append",
    "apply",
    "approve",
    "archive",
    "assign",
    "attach",
    "ban",
    "buy",
    "cancel",
    "charge",
    "clear",
    "clone",
    "close",
    "complete",
    "compose",
    "configure",
    "confirm",
    "connect",
    "convert",
    "create",
    "deactivate",
    "decline",
    "delete",
    "deploy",
    "destroy",
    "detach",
    "disable",
    "disconnect",
    "dismiss",
    "dispatch",
    "drop",
    "edit",
    "empty",
    "enable",
    "enroll",
    "erase",
    "execute",
    "flush",
    "follow",
    "generate",
    "grant",
    "graphql",
    "initiate",
    "insert",
    "install",
    "invoke",
    "join",
    "kick",
    "kill",
    "launch",
    "leave",
    "mark",
    "merge",
    "modify",
    "move",
    "mute",
    "open",
    "overwrite",
    "pause",
    "pay",
    "promote",
    "provision",
    "publish",
    "purge",
    "push",
    "put",
    "quick",
    "react",
    "rebase",
    "redeem",
    "refresh",
    "register",
    "reject",
    "remove",
    "rename",
    "reorder",
    "replace",
    "rerun",
    "resend",
    "reset",
    "resolve",
    "restore",
    "resume",
    "retry",
    "revert",
    "revoke",
    "rotate",
    "run",
    "rw",
    "save",
    "sell",
    "send",
    "set",
    "snooze",
    "stop",
    "submit",
    "subscribe",
    "swap",
    "terminate",
    "truncate",
    "unarchive",
    "unassign",
    "unblock",
    "undo",
    "unfollow",
    "uninstall",
    "unlink",
    "unlock",
    "unmute",
    "unpin",
    "unpublish",
    "unschedule",
    "unshare",
    "unstar",
    "unsubscribe",
    "untrash",
    "update",
    "upgrade",
    "upsert",
    "wipe",
    "withdraw",
    "write",
];

/// Verbs that change something, or names of things: `get_label` reads a label, and so
/// does `label_get`; but `copy_list` copies.
const CHANGING_OR_THING: &[&str] = &[
    "batch",
    "block",
    "book",
    "bulk",
    "change",
    "commit",
    "copy",
    "download",
    "draft",
    "duplicate",
    "end",
    "export",
    "fork",
    "forward",
    "import",
    "invite",
    "label",
    "like",
    "link",
    "lock",
    "log",
    "patch",
    "pin",
    "post",
    "read",
    "record",
    "refund",
    "release",
    "reply",
    "request",
    "schedule",
    "share",
    "sign",
    "star",
    "start",
    "sync",
    "tag",
    "transfer",
    "trash",
    "trigger",
    "upload",
    "void",
    "vote",
    "watch",
];

/// Of the changing words, those that are things in the middle of a name: `get_send_as`
/// and `workflow_run_get` read. Beside a word that only reads, that is: `list` and `query`
/// are things themselves.
const THINGS_IN_THE_MIDDLE: &[&str] = &[
    "archive", "charge", "connect", "empty", "grant", "join", "merge", "open", "pay", "react",
    "refresh", "restore", "run", "send", "set", "swap", "upgrade",
];

/// Words that join two verbs: `get_or_create`, `search_and_replace`.
const JOINING: &[&str] = &["and", "else", "or", "then"];

/// Reads whose names do not say so.
const KNOWN_READS: &[&str] = &[
    "github_pull_request_merge_check",
    "github_user_get_authenticated",
    "github_workflow_run_jobs_list",
    "gmail_list_send_as",
    "notion_user_get_self",
    "slack_auth_test",
];

/// Names that say *read* and do not mean it.
const KNOWN_WRITES: &[&str] = &[
    // Creates a tile, by its description.
    "deelmcp_org_analytics_tile_get",
    // Takes any mutation as well as any query.
    "linear_graphql_query",
    // Gives and takes access.
    "phantombustermcp_scripts_access_list",
    // Begins a job.
    "sendgrid_list_email_job_for_verification",
    // Opens an upload.
    "slack_get_upload_url_external",
];

/// Words for going to a place that the arguments name, or to somebody else's machine: such
/// a read carries out what stands in its arguments.
const CARRYING: &[&str] = &[
    "browse",
    "browser",
    "crawl",
    "curl",
    "dns",
    "http",
    "https",
    "internet",
    "navigate",
    "proxy",
    "scrape",
    "scraper",
    "screenshot",
    "sitemap",
    "translate",
    "url",
    "urls",
    "visit",
    "web",
    "webpage",
    "webpages",
    "website",
    "websites",
    "whois",
];

/// Providers whose every read goes out into the web, whatever it is called; also with `mcp`
/// behind the name.
const OF_THE_WEB: &[&str] = &[
    "apify",
    "brave",
    "bravesearch",
    "brightdata",
    "browserbase",
    "browserless",
    "exa",
    "firecrawl",
    "googlesearch",
    "jina",
    "linkup",
    "parallelaitask",
    "perplexity",
    "scrapingbee",
    "serpapi",
    "serper",
    "tavily",
];

/// Arguments that name a place to go to.
const PLACES: &[&str] = &["url", "urls", "webhook"];

/// Arguments that say what to do in a language of their own, which can do anything.
const PROGRAMS: &[&str] = &["code", "command", "graphql", "script", "sql", "statement"];

/// Whether a tool with this schema of arguments is more than a read, whatever its name.
pub(super) fn speaks_against_reading(input_schema: &Map<String, Value>) -> bool {
    let properties = input_schema.get("properties").and_then(Value::as_object);
    let mut names = properties.into_iter().flat_map(Map::keys);
    names.any(|name| {
        let words = words(name);
        let is_program = matches!(words.as_slice(), [word] if is_in(PROGRAMS, word));
        is_program || words.iter().any(|word| is_in(PLACES, word))
    })
}

/// Providers that are called like a verb.
const PROVIDERS: &[&str] = &["close", "resend"];

/// The effect of the tool with this name. Its first word is the provider's, except where
/// somebody's own tools go without.
pub(crate) fn classify(tool_name: &str) -> Effect {
    if KNOWN_WRITES.contains(&tool_name) {
        return Effect::Write;
    }
    if KNOWN_READS.contains(&tool_name) {
        return Effect::Read;
    }
    let words = words(tool_name);
    let Some((provider, words)) = words.split_first() else {
        return Effect::Write;
    };
    let has_no_provider = is_in(CHANGING, provider) && !is_in(PROVIDERS, provider);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Effect::Write;
    };
    let reads = is_in(READING, first) || is_in(READING, last);
    let changes = is_in(CHANGING, first)
        || is_in(CHANGING, last)
        || (is_in(CHANGING_OR_THING, first) && !is_in(READING_ONLY, last));
    let only_reads = is_in(READING_ONLY, first) || is_in(READING_ONLY, last);
    let changes_inside = words
        .iter()
        .any(|word| is_in(CHANGING, word) && !(only_reads && is_in(THINGS_IN_THE_MIDDLE, word)));
    // With two verbs in it, a name says nothing by its ends.
    let joined = words.iter().any(|word| is_in(JOINING, word));
    // To check in somewhere is not to check something.
    let checks_in = matches!(words, [check, in_or_out, ..]
        if check == "check" && matches!(in_or_out.as_str(), "in" | "out"));
    let is_bare_query = matches!(words, [only] if only == "query");
    let carries = is_in(OF_THE_WEB, provider.strip_suffix("mcp").unwrap_or(provider))
        || is_in(CARRYING, provider)
        || words.iter().any(|word| is_in(CARRYING, word))
        || is_bare_query;
    let reads = reads && !carries;
    if reads && !changes && !changes_inside && !has_no_provider && !joined && !checks_in {
        Effect::Read
    } else {
        Effect::Write
    }
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// Split at everything that is no letter or digit, and where camelCase goes up.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower_case = false;
    for character in name.chars() {
        let begins = !character.is_alphanumeric() || (after_lower_case && character.is_uppercase());
        if begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        after_lower_case = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The real names of six connectors, and what they do.
    const READS: &[(&str, &str)] = &[
        (
            "gmail",
            "fetch_mails get_attachment_by_id get_auto_forwarding get_contacts get_draft \
            get_filter get_forwarding_address get_label get_message_by_id get_profile get_send_as \
            get_thread_by_id get_vacation_settings list_delegates list_drafts list_filters \
            list_forwarding_addresses list_history list_labels list_send_as list_threads \
            search_people",
        ),
        (
            "github",
            "issues_list issue_get user_get_authenticated user_repos_list \
            pull_requests_list search_issues file_contents_get repo_get workflow_run_get \
            pull_request_merge_check workflow_run_jobs_list",
        ),
        (
            "slack",
            "list_channels fetch_conversation_history get_conversation_replies \
            search_messages lookup_user_by_email get_user_info auth_test",
        ),
        (
            "linear",
            "issue_search issues_list issue_get teams_list viewer_get",
        ),
        (
            "googlecalendar",
            "list_events get_event_by_id search_events list_calendars query_freebusy",
        ),
        (
            "notion",
            "page_search page_get page_content_get database_query database_fetch \
            data_source_query data_fetch user_get_self",
        ),
        ("scholargateway", "semanticSearch"),
        ("resend", "get_email automation_run_get"),
        ("invented", "get_record post_get search_copy list_trash"),
    ];

    const WRITES: &[(&str, &str)] = &[
        (
            "gmail",
            "batch_delete_messages batch_modify_messages create_delegate create_draft \
            create_filter create_forwarding_address create_label create_send_as delete_draft \
            delete_filter delete_forwarding_address delete_label delete_message delete_send_as \
            delete_thread import_message insert_message modify_message_labels modify_thread_labels \
            reply_to_thread send_draft send_message stop_mailbox_watch trash_message trash_thread \
            untrash_message untrash_thread update_auto_forwarding update_draft update_label \
            update_send_as update_vacation_settings verify_send_as watch_mailbox",
        ),
        (
            "github",
            "issue_create issue_comment_create pull_request_create pull_request_merge \
            repo_delete check_run_create",
        ),
        (
            "slack",
            "send_message send_rich_message delete_message mark_conversation_read open_view \
            push_view publish_view update_view set_user_status get_upload_url_external",
        ),
        (
            "linear",
            "issue_create issue_update issue_delete comment_create graphql_query",
        ),
        (
            "googlecalendar",
            "create_event update_event delete_event quick_add_event \
            add_calendar_to_list remove_calendar_from_list",
        ),
        (
            "notion",
            "page_create page_update page_content_append comment_create block_delete \
            view_create view_update view_delete view_query_create view_query_delete",
        ),
        ("airtable", "delete_view"),
        ("attiomcp", "add_record_to_list"),
        ("mailercloudmcp", "create_list"),
        ("clickup", "view_update"),
        ("attio", "create_status"),
        // Each of these passed for a read once: what they end or begin with is a thing.
        (
            "brevomcp",
            "lists_add_contact_to_list lists_create_list lists_delete_list \
            lists_remove_contact_from_list lists_update_list",
        ),
        (
            "clickup",
            "comment_create_list list_create_folderless list_create_from_template",
        ),
        (
            "hubspot",
            "list_memberships_add_from_list list_memberships_delete_all list_move_to_folder",
        ),
        ("mailchimp", "list_member_delete_permanent"),
        (
            "microsoft365",
            "sharepoint_create_list sharepoint_delete_list sharepoint_update_list",
        ),
        ("motherduckmcp", "query_rw"),
        ("phantombustermcp", "scripts_access_list"),
        ("planetscalemcp", "planetscale_execute_write_query"),
        ("sendgrid", "list_email_job_for_verification"),
        (
            "typeformmcp",
            "contacts_public_create_contacts_list contacts_public_delete_contacts_list",
        ),
        // What goes out into the web, or to a place that is given with it.
        (
            "invented",
            "fetch_url url_fetch get_url_content http_get get_http_response search_web web_search \
            find_website fetch_webpage list_urls get_screenshot translate_find whois_lookup dns_lookup \
            crawl_list scrape_get browser_find query",
        ),
        ("exa", "search find_similar"),
        ("tavilymcp", "tavily_search"),
        ("bravesearch", "local_search"),
        ("http", "get"),
        ("postgres", "query"),
        // Without a provider in front.
        ("delete", "list"),
        ("send", "query find_all"),
        (
            "invented",
            "get_or_create_label search_and_replace find_then_delete_all getOrCreate \
            check_in_guest list_empty copy_list post_query star_list frobnicate query_execute listThenDelete",
        ),
    ];

    fn names(table: &[(&str, &str)]) -> Vec<String> {
        table
            .iter()
            .flat_map(|(prefix, rest)| {
                rest.split_whitespace()
                    .map(move |rest| format!("{prefix}_{rest}"))
            })
            .collect()
    }

    #[test]
    fn the_tools_we_know_are_what_they_are() {
        assert_eq!(names(READS).len() + names(WRITES).len(), 201);
        for name in names(READS) {
            assert_eq!(classify(&name), Effect::Read, "{name}");
        }
        for name in names(WRITES) {
            assert_eq!(classify(&name), Effect::Write, "{name}");
        }
    }

    #[test]
    fn arguments_can_speak_against_reading() {
        for (arguments, wanted) in [
            ("query", false),
            ("issue_id", false),
            ("country_code", false),
            ("url", true),
            ("imageUrl", true),
            ("webhook_id", true),
            ("sql", true),
            ("code", true),
            ("graphql", true),
        ] {
            let schema = serde_json::json!({"properties": {"limit": {}, arguments: {}}});
            let schema = schema.as_object().unwrap();
            assert_eq!(speaks_against_reading(schema), wanted, "{arguments}");
        }
        assert!(!speaks_against_reading(&Map::new()));
    }

    #[test]
    fn a_name_that_says_too_little_is_a_write() {
        for name in [
            "",
            "_",
            "gmail",
            "search",
            "gmail_",
            "get-",
            "a__b",
            "🦀_🦀",
        ] {
            assert_eq!(classify(name), Effect::Write, "{name:?}");
        }
    }

    #[test]
    fn words_can_be_looked_up() {
        let lists = [
            READING,
            READING_ONLY,
            CHANGING,
            CHANGING_OR_THING,
            CARRYING,
            JOINING,
            OF_THE_WEB,
            PLACES,
            PROGRAMS,
            PROVIDERS,
            THINGS_IN_THE_MIDDLE,
        ];
        assert!(lists.iter().all(|list| list.is_sorted()));
    }

    proptest! {
        #[test]
        fn a_changing_word_at_an_end_is_always_a_write(
            changing in prop::sample::select(CHANGING.to_vec()),
            middle in "([a-z]{1,8}_){0,3}",
            reading in prop::sample::select(READING.to_vec()),
        ) {
            prop_assert_eq!(classify(&format!("p_{changing}_{middle}{reading}")), Effect::Write);
            prop_assert_eq!(classify(&format!("p_{reading}_{middle}{changing}")), Effect::Write);
        }
    }
}
