//! Some of Linear's tools; their parameters are in camelCase.

use super::Row;

#[rustfmt::skip]
pub(super) const TOOLS: [Row; 10] = [
    ("comment_create", "Comments on an issue.", "body*, issueId*"),
    ("graphql_query", "Runs any GraphQL query or mutation.", "query*, variables:object"),
    ("issue_create", "Opens an issue.", "teamId*, title*, assigneeId, description, estimate:number, labelIds:array, priority, projectId, stateId"),
    ("issue_delete", "Deletes an issue.", "issueId*"),
    ("issue_get", "Reads one issue.", "issueId*"),
    ("issue_search", "Finds issues by their words.", "query*, first:integer, teamId"),
    ("issue_update", "Changes an issue.", "issueId*, assigneeId, description, priority, stateId, title"),
    ("issues_list", "Lists issues, newest first.", "after, assignee, before, first:integer, labels:array, priority, project, state"),
    ("teams_list", "Lists teams.", "after, first:integer"),
    ("viewer_get", "Tells whose account this is.", ""),
];
