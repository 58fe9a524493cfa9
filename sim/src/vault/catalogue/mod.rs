//! The tools the vault offers, with the names and parameters of the real catalogue.

mod filler;
mod github;
mod gmail;
mod googlecalendar;
mod linear;
mod schema;

use serde_json::{Map, Value, json};

pub(super) use filler::fillers;

/// One tool of one provider.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    id: String,
    pub(super) provider: String,
    pub(super) name: String,
    description: String,
    input_schema: Value,
    /// Only makes up the number.
    pub(super) filler: bool,
}

/// Name after the prefix, description, parameters in the shorthand of [`schema`].
type Row = (&'static str, &'static str, &'static str);

/// Every tool of every provider.
pub(super) fn all() -> Vec<Tool> {
    let providers: [(&str, &[Row]); 5] = [
        ("GMAIL", &gmail::READING),
        ("GMAIL", &gmail::CHANGING),
        ("GITHUB", &github::TOOLS),
        ("LINEAR", &linear::TOOLS),
        ("GOOGLECALENDAR", &googlecalendar::TOOLS),
    ];
    let rows = providers
        .into_iter()
        .flat_map(|(provider, rows)| rows.iter().map(move |row| (provider, row)));
    rows.enumerate()
        .map(|(at, (provider, row))| Tool::new(at, provider, *row))
        .collect()
}

impl Tool {
    pub(super) fn new(at: usize, provider: &str, (name, description, params): Row) -> Self {
        Self {
            id: format!("tol_{}", 113_673_059_400_000_000_u64 + at as u64),
            provider: provider.to_owned(),
            name: format!("{}_{name}", provider.to_lowercase()),
            description: description.to_owned(),
            input_schema: schema::read(params, schema::Dialect::of(provider)),
            filler: false,
        }
    }

    /// As the API lists it.
    pub(super) fn shown(&self) -> Value {
        let mut definition = json!({
            "name": self.name,
            "display_name": self.name.replace('_', " "),
            "description": self.description,
            "input_schema": self.input_schema,
        });
        // Published for some providers only.
        if self.provider == "GITHUB" {
            let last = self.name.rsplit('_').next();
            let reads = last.is_some_and(|verb| ["get", "list"].contains(&verb));
            let method = if reads { "GET" } else { "POST" };
            definition["rest_api_info"] =
                json!({"method": method, "base_url": "https://api.github.com"});
        }
        json!({
            "id": self.id,
            "provider": self.provider,
            "definition": definition,
            "metadata": {"category": "simulated"},
            "tags": [],
            "is_default": true,
            "updated_at": "2026-08-01T09:00:00Z",
        })
    }

    /// What is wrong with these arguments. The program checks them before it calls.
    pub(super) fn check(&self, params: &Map<String, Value>) -> Result<(), String> {
        schema::check(&self.input_schema, params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gmail_has_its_56_tools_and_no_name_comes_twice() {
        let tools = all();
        let gmail = tools.iter().filter(|tool| tool.provider == "GMAIL");
        assert_eq!(gmail.count(), 56);
        let names: std::collections::HashSet<&str> =
            tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names.len(), tools.len());
    }

    #[test]
    fn schemas_look_like_the_vendor_s() {
        let tools = all();
        let named = |name: &str| tools.iter().find(|tool| tool.name == name).unwrap().shown();
        let mails = named("gmail_fetch_mails");
        let properties = &mails["definition"]["input_schema"]["properties"];
        assert_eq!(properties["query"]["type"], json!(["string", "null"]));
        assert!(properties["query"]["display_properties"].is_object());
        assert_eq!(properties["label_ids"]["type"], json!(["array", "null"]));
        assert!(properties["label_ids"].get("items").is_none());
        assert!(properties.get("tool_version").is_some());
        let issue = named("linear_issue_create");
        let required = &issue["definition"]["input_schema"]["required"];
        assert_eq!(*required, json!(["teamId", "title"]));
    }
}
