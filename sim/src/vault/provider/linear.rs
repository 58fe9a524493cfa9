//! Teams and issues, and Linear's tools on them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::Args;
use super::{Outcome, PEOPLE, ToolError, login_of, name_of, not_simulated};

/// The tracker everybody shares.
#[derive(Debug)]
pub(super) struct Tracker {
    issues: Vec<Issue>,
}

#[derive(Debug)]
struct Issue {
    /// `PRO-3`
    key: String,
    team: &'static Team,
    title: String,
    description: String,
    state: String,
    assignee: String,
    at: Timestamp,
    comments: Vec<String>,
}

/// An issue as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueView {
    /// `PRO-3`
    pub key: String,
    pub title: String,
    pub state: String,
    /// A name; empty for nobody.
    pub assignee: String,
    pub at: Timestamp,
    pub comments: Vec<String>,
}

/// Id, key, name.
type Team = (&'static str, &'static str, &'static str);

const TEAMS: [Team; 2] = [
    ("team-product", "PRO", "Product"),
    ("team-sales", "SAL", "Sales"),
];

/// Team, assignee, state, title.
const ISSUES: [(usize, &str, &str, &str); 7] = [
    (
        0,
        "ada@example.com",
        "In Progress",
        "Plan the migration of calendars",
    ),
    (
        0,
        "ada@example.com",
        "Todo",
        "Cut a page from the onboarding draft",
    ),
    (
        0,
        "noor@example.com",
        "In Progress",
        "Capacity numbers for the quarter",
    ),
    (
        0,
        "ada@example.com",
        "Done",
        "Tooling trial: write down what we learn",
    ),
    (
        1,
        "ben@example.com",
        "In Progress",
        "Offer for the harbour customer",
    ),
    (1, "ben@example.com", "Todo", "Summarize ten interviews"),
    (
        1,
        "linus@example.com",
        "Todo",
        "Pricing: rules for discounts",
    ),
];

impl Tracker {
    pub(super) fn new(now: Timestamp) -> Self {
        let mut tracker = Self { issues: Vec::new() };
        for (days, (team, assignee, state, title)) in (1..).zip(ISSUES) {
            tracker.add(Issue {
                key: String::new(),
                team: &TEAMS[team],
                title: title.to_owned(),
                description: format!("{title}. Asked for in the plan."),
                state: state.to_owned(),
                assignee: assignee.to_owned(),
                at: now - SignedDuration::from_hours(30 * days),
                comments: Vec::new(),
            });
        }
        tracker
    }

    pub(super) fn run(&mut self, verb: &str, person: &str, args: &Args, now: Timestamp) -> Outcome {
        let data = match verb {
            "viewer_get" => json!({"viewer": user(person)}),
            "teams_list" => json!({"teams": teams()}),
            "issues_list" => json!({"issues": self.list(args)?}),
            "issue_search" => json!({"searchIssues": self.search(args)}),
            "issue_get" => json!({"issue": self.issue(args.text("issueId"))?.shown()}),
            "issue_create" => json!({"issueCreate": self.create(args, now)?}),
            "comment_create" => json!({"commentCreate": self.comment(args)?}),
            "graphql_query" => self.graphql(args, person, now)?,
            _ => return Err(not_simulated()),
        };
        Ok(json!({"data": data}))
    }

    pub(super) fn views(&self) -> Vec<IssueView> {
        let mut issues: Vec<&Issue> = self.issues.iter().collect();
        issues.sort_by_key(|issue| std::cmp::Reverse(issue.at));
        let view = |issue: &Issue| IssueView {
            key: issue.key.clone(),
            title: issue.title.clone(),
            state: issue.state.clone(),
            assignee: name_of(&issue.assignee).to_owned(),
            at: issue.at,
            comments: issue.comments.clone(),
        };
        issues.into_iter().map(view).collect()
    }

    fn add(&mut self, issue: Issue) -> &Issue {
        let same = self
            .issues
            .iter()
            .filter(|known| known.team.0 == issue.team.0);
        let key = format!("{}-{}", issue.team.1, same.count() + 1);
        let at = self.issues.len();
        self.issues.push(Issue { key, ..issue });
        &self.issues[at]
    }

    fn list(&self, args: &Args) -> Outcome {
        let fits = |wanted: &str, is: &str| {
            wanted.is_empty() || is.to_lowercase().contains(&wanted.to_lowercase())
        };
        let mut found: Vec<&Issue> = self
            .issues
            .iter()
            .filter(|issue| fits(args.text("state"), &issue.state))
            .filter(|issue| {
                let person = format!("{} {}", issue.assignee, name_of(&issue.assignee));
                fits(args.text("assignee"), &person)
            })
            .collect();
        found.sort_by_key(|issue| std::cmp::Reverse(issue.at));
        let start = args.offset("after")?;
        let shown = found
            .iter()
            .skip(start)
            .take(args.count("first", 50).max(1));
        let nodes: Vec<Value> = shown.map(|issue| issue.shown()).collect();
        let end = start + nodes.len();
        let page = json!({"hasNextPage": end < found.len(), "endCursor": end.to_string()});
        Ok(json!({"nodes": nodes, "pageInfo": page}))
    }

    fn search(&self, args: &Args) -> Value {
        let team = args.text("teamId");
        let holds = |issue: &&Issue| {
            let text =
                format!("{} {} {}", issue.key, issue.title, issue.description).to_lowercase();
            let mut words = args.text("query").split_whitespace();
            (team.is_empty() || team == issue.team.0)
                && words.all(|word| text.contains(&word.to_lowercase()))
        };
        let found = self
            .issues
            .iter()
            .filter(holds)
            .take(args.count("first", 50));
        json!({"nodes": found.map(Issue::shown).collect::<Vec<_>>()})
    }

    fn issue(&self, id: &str) -> Result<&Issue, ToolError> {
        let found = self
            .issues
            .iter()
            .find(|issue| issue.key == id || issue.id() == id);
        found.ok_or_else(|| ToolError::not_found("issue"))
    }

    fn create(&mut self, args: &Args, now: Timestamp) -> Outcome {
        let team = args.text("teamId");
        let team = TEAMS
            .iter()
            .find(|(id, key, _)| *id == team || *key == team);
        let issue = self.add(Issue {
            key: String::new(),
            team: team.ok_or_else(|| ToolError::not_found("team"))?,
            title: args.text("title").to_owned(),
            description: args.text("description").to_owned(),
            state: "Todo".to_owned(),
            assignee: args
                .text("assigneeId")
                .trim_start_matches("user-")
                .to_owned(),
            at: now,
            comments: Vec::new(),
        });
        Ok(json!({"success": true, "issue": issue.shown()}))
    }

    fn comment(&mut self, args: &Args) -> Outcome {
        let key = self.issue(args.text("issueId"))?.key.clone();
        let mut issues = self.issues.iter_mut();
        let issue = issues.find(|issue| issue.key == key);
        let issue = issue.ok_or_else(|| ToolError::not_found("issue"))?;
        issue.comments.push(args.text("body").to_owned());
        Ok(json!({"success": true}))
    }

    /// A few queries, and the one mutation that shows a write in a reader's clothes.
    fn graphql(&mut self, args: &Args, person: &str, now: Timestamp) -> Outcome {
        let query = args.text("query");
        let input = &args.value("variables")["input"];
        if query.contains("issueCreate") {
            let empty = serde_json::Map::new();
            let created = self.create(&Args::new(input.as_object().unwrap_or(&empty)), now)?;
            return Ok(json!({"issueCreate": created}));
        }
        if query.contains("mutation") {
            return Err(not_simulated());
        }
        let mut data = json!({});
        if query.contains("viewer") {
            data["viewer"] = user(person);
        }
        if query.contains("teams") {
            data["teams"] = teams();
        }
        if query.contains("issues") {
            data["issues"] = self.list(args)?;
        }
        Ok(data)
    }
}

impl Issue {
    fn id(&self) -> String {
        format!("issue-{}", self.key.to_lowercase())
    }

    fn shown(&self) -> Value {
        let (id, key, name) = self.team;
        json!({
            "id": self.id(),
            "identifier": self.key,
            "title": self.title,
            "description": self.description,
            "state": {"name": self.state},
            "assignee": if self.assignee.is_empty() { Value::Null } else { user(&self.assignee) },
            "team": {"id": id, "key": key, "name": name},
            "createdAt": self.at.to_string(),
            "comments": {"nodes": self.comments.iter().map(|body| json!({"body": body})).collect::<Vec<_>>()},
            "url": format!("https://linear.app/example/issue/{}", self.key),
        })
    }
}

fn user(address: &str) -> Value {
    let known = PEOPLE.iter().any(|(theirs, _)| *theirs == address);
    json!({
        "id": format!("user-{address}"),
        "name": name_of(address),
        "displayName": login_of(address),
        "email": address,
        "active": known,
    })
}

fn teams() -> Value {
    let shown = |(id, key, name): &Team| json!({"id": id, "key": key, "name": name});
    let nodes: Vec<Value> = TEAMS.iter().map(shown).collect();
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": ""}})
}
