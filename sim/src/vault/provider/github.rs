//! Repositories and issues, and GitHub's tools on them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::Args;
use super::{Outcome, ToolError, login_of, name_of, not_simulated};

/// Everybody's repositories.
#[derive(Debug)]
pub(super) struct Hub {
    issues: Vec<Issue>,
}

#[derive(Debug)]
struct Issue {
    owner: String,
    repo: String,
    number: usize,
    title: String,
    body: String,
    author: String,
    assignee: String,
    labels: Vec<String>,
    open: bool,
    at: Timestamp,
    comments: Vec<String>,
}

/// Owner, name, description.
const REPOS: [(&str, &str, &str); 4] = [
    (
        "ada",
        "calendar-import",
        "Moves calendars from one place to another.",
    ),
    ("ada", "notes", "How Ada remembers things."),
    (
        "ben",
        "demo-kit",
        "Everything a demo needs but the adapter.",
    ),
    ("example", "handbook", "How the team works."),
];

/// Owner, repository, author, assignee, labels, state, title.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static str,
);

const ISSUES: [Row; 7] = [
    (
        "ada",
        "calendar-import",
        "ben",
        "ada",
        "bug",
        true,
        "Events at midnight land on the wrong day",
    ),
    (
        "ada",
        "calendar-import",
        "ada",
        "ada",
        "bug",
        false,
        "Time zones with half hours are cut",
    ),
    (
        "ada",
        "calendar-import",
        "noor",
        "ada",
        "feature",
        true,
        "Say how long the import will take",
    ),
    ("ada", "notes", "ada", "ada", "", true, "Sort by week"),
    (
        "ben",
        "demo-kit",
        "ben",
        "ben",
        "feature",
        true,
        "A demo without a network",
    ),
    (
        "example",
        "handbook",
        "grace",
        "ada",
        "docs",
        true,
        "Write down how we plan a quarter",
    ),
    (
        "example",
        "handbook",
        "linus",
        "ben",
        "docs",
        true,
        "Pricing: who may give a discount",
    ),
];

impl Hub {
    pub(super) fn new(now: Timestamp) -> Self {
        let mut hub = Self { issues: Vec::new() };
        for (days, (owner, repo, author, assignee, label, open, title)) in (1..).zip(ISSUES) {
            let labels = if label.is_empty() {
                vec![]
            } else {
                vec![label.to_owned()]
            };
            hub.add(Issue {
                owner: owner.into(),
                repo: repo.into(),
                number: 0,
                title: title.into(),
                body: format!("{title}. Reported by {author}."),
                author: author.into(),
                assignee: assignee.into(),
                labels,
                open,
                at: now - SignedDuration::from_hours(20 * days),
                comments: Vec::new(),
            });
        }
        hub
    }

    pub(super) fn run(&mut self, verb: &str, person: &str, args: &Args, now: Timestamp) -> Outcome {
        match verb {
            "user_get_authenticated" => Ok(json!({
                "login": login_of(person),
                "id": 1_000_000 + person.len(),
                "name": name_of(person),
                "email": person,
                "html_url": format!("https://github.com/{}", login_of(person)),
            })),
            "user_repos_list" => Ok(self.repos(login_of(person))),
            "repo_get" => self.repo(args),
            "issues_list" => self.list(args),
            "issue_get" => Ok(self.issue(args)?.shown()),
            "search_issues" => Ok(self.search(args, login_of(person))),
            "issue_create" => self.create(args, login_of(person), now),
            "issue_comment_create" => self.comment(args, login_of(person)),
            _ => Err(not_simulated()),
        }
    }

    fn add(&mut self, issue: Issue) -> &Issue {
        let same = |known: &&Issue| known.owner == issue.owner && known.repo == issue.repo;
        let number = self.issues.iter().filter(same).count() + 1;
        let at = self.issues.len();
        self.issues.push(Issue { number, ..issue });
        &self.issues[at]
    }

    fn repos(&self, login: &str) -> Value {
        let theirs = REPOS
            .iter()
            .filter(|(owner, ..)| *owner == login || *owner == "example");
        theirs.map(|row| self.shown(row)).collect()
    }

    fn repo(&self, args: &Args) -> Outcome {
        Ok(self.shown(known(args)?))
    }

    fn shown(&self, (owner, name, description): &(&str, &str, &str)) -> Value {
        let open = |issue: &&Issue| issue.open && issue.owner == *owner && issue.repo == *name;
        json!({
            "full_name": format!("{owner}/{name}"),
            "name": name,
            "owner": {"login": owner},
            "description": description,
            "private": *name == "notes",
            "open_issues_count": self.issues.iter().filter(open).count(),
        })
    }

    fn list(&self, args: &Args) -> Outcome {
        let (owner, name, _) = known(args)?;
        let state = args.text("state");
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let mut found: Vec<&Issue> = self
            .issues
            .iter()
            .filter(|issue| issue.owner == *owner && issue.repo == *name)
            .filter(|issue| state == "all" || issue.open != (state == "closed"))
            .filter(|issue| fits(args.text("assignee"), &issue.assignee))
            .filter(|issue| fits(args.text("creator"), &issue.author))
            .filter(|issue| {
                let mut wanted = args
                    .text("labels")
                    .split(',')
                    .filter(|label| !label.is_empty());
                wanted.all(|label| issue.labels.iter().any(|has| has == label.trim()))
            })
            .collect();
        found.sort_by_key(|issue| std::cmp::Reverse(issue.at));
        Ok(page(args, &found))
    }

    fn issue(&self, args: &Args) -> Result<&Issue, ToolError> {
        let (owner, name, _) = known(args)?;
        let number = args.count("issue_number", 0);
        let mut issues = self.issues.iter();
        let found = issues
            .find(|issue| issue.owner == *owner && issue.repo == *name && issue.number == number);
        found.ok_or_else(|| ToolError::not_found("issue"))
    }

    fn search(&self, args: &Args, login: &str) -> Value {
        let me = |name: &str| {
            if name == "@me" {
                login.to_owned()
            } else {
                name.to_owned()
            }
        };
        let holds = |issue: &&Issue| {
            args.text("q")
                .split_whitespace()
                .all(|word| match word.split_once(':') {
                    Some(("repo", repo)) => repo == format!("{}/{}", issue.owner, issue.repo),
                    Some(("is" | "state", "open")) => issue.open,
                    Some(("is" | "state", "closed")) => !issue.open,
                    Some(("is" | "type", "pr")) => false,
                    Some(("author", name)) => issue.author == me(name),
                    Some(("assignee", name)) => issue.assignee == me(name),
                    Some(("user" | "org", name)) => issue.owner == me(name),
                    Some(("label", label)) => issue.labels.iter().any(|has| has == label),
                    Some(_) => true,
                    None => {
                        let word = word.trim_matches('"').to_lowercase();
                        format!("{} {}", issue.title, issue.body)
                            .to_lowercase()
                            .contains(&word)
                    }
                })
        };
        let found: Vec<&Issue> = self.issues.iter().filter(holds).collect();
        json!({
            "total_count": found.len(),
            "incomplete_results": false,
            "items": page(args, &found),
        })
    }

    fn create(&mut self, args: &Args, login: &str, now: Timestamp) -> Outcome {
        let (owner, name, _) = known(args)?;
        let copied = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let issue = self.add(Issue {
            owner: (*owner).to_owned(),
            repo: (*name).to_owned(),
            number: 0,
            title: args.text("title").to_owned(),
            body: args.text("body").to_owned(),
            author: login.to_owned(),
            assignee: copied(args.list("assignees")).pop().unwrap_or_default(),
            labels: copied(args.list("labels")),
            open: true,
            at: now,
            comments: Vec::new(),
        });
        Ok(issue.shown())
    }

    fn comment(&mut self, args: &Args, login: &str) -> Outcome {
        let number = self.issue(args)?.number;
        let (owner, name) = (args.text("owner"), args.text("repo"));
        let mut issues = self.issues.iter_mut();
        let issue = issues
            .find(|issue| issue.owner == owner && issue.repo == name && issue.number == number);
        let issue = issue.ok_or_else(|| ToolError::not_found("issue"))?;
        issue.comments.push(args.text("body").to_owned());
        Ok(json!({"id": issue.comments.len(), "user": {"login": login}, "body": args.text("body")}))
    }
}

impl Issue {
    fn shown(&self) -> Value {
        let name = |login: &str| json!({"login": login});
        let label = |label: &String| json!({"name": label});
        let address = format!(
            "https://github.com/{}/{}/issues/{}",
            self.owner, self.repo, self.number
        );
        json!({
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": if self.open { "open" } else { "closed" },
            "user": name(&self.author),
            "assignees": if self.assignee.is_empty() { vec![] } else { vec![name(&self.assignee)] },
            "labels": self.labels.iter().map(label).collect::<Vec<_>>(),
            "comments": self.comments.len(),
            "created_at": self.at.to_string(),
            "html_url": address,
        })
    }
}

fn known(args: &Args) -> Result<&'static (&'static str, &'static str, &'static str), ToolError> {
    let (owner, name) = (args.text("owner"), args.text("repo"));
    let mut repos = REPOS.iter();
    let found = repos.find(|(theirs, repo, _)| *theirs == owner && *repo == name);
    found.ok_or_else(|| ToolError::not_found("repository"))
}

fn page(args: &Args, found: &[&Issue]) -> Value {
    let size = args.count("per_page", 30).clamp(1, 100);
    let skipped = args.count("page", 1).saturating_sub(1) * size;
    found
        .iter()
        .skip(skipped)
        .take(size)
        .map(|issue| issue.shown())
        .collect()
}
