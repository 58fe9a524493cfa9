//! Some of GitHub's tools: the resource first, then the verb.

use super::Row;

#[rustfmt::skip]
pub(super) const TOOLS: [Row; 13] = [
    ("file_contents_get", "Reads a file of a repository.", "owner*, path*, repo*, ref"),
    ("issue_comment_create", "Comments on an issue.", "body*, issue_number*:number, owner*, repo*"),
    ("issue_create", "Opens an issue.", "owner*, repo*, title*, assignees:array, body, labels:array, milestone:number, type"),
    ("issue_get", "Reads one issue.", "issue_number*:number, owner*, repo*"),
    ("issues_list", "Lists the issues of a repository.", "owner*, repo*, assignee, creator, direction, labels, milestone, page:number, per_page:number, since, sort, state"),
    ("pull_request_create", "Opens a pull request.", "base*, head*, owner*, repo*, body, draft:boolean, maintainer_can_modify:boolean, title"),
    ("pull_request_merge", "Merges a pull request.", "owner*, pull_number*:number, repo*, commit_message, commit_title, merge_method, sha"),
    ("pull_requests_list", "Lists pull requests.", "owner*, repo*, base, direction, head, page:number, per_page:number, sort, state"),
    ("repo_delete", "Deletes a repository.", "owner*, repo*"),
    ("repo_get", "Reads one repository.", "owner*, repo*"),
    ("search_issues", "Finds issues by GitHub's query language.", "q*, order, page:number, per_page:number, sort"),
    ("user_get_authenticated", "Tells whose account this is.", ""),
    ("user_repos_list", "Lists the person's repositories.", "direction, page:number, per_page:number, sort, type"),
];
