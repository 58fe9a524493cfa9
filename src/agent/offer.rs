//! What one run may call: tools of the person, and a few of our own. The set grows when
//! the model searches, and nothing outside it is ever called.

use std::collections::HashSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, Entry};
use super::reply::ProposedCall;
use super::schema::{ArgumentMistake, Parameters};
use super::text::cut;
use super::tool::{Effect, Tool, function};
use crate::ids::ConnectionName;

/// Most tools that one search brings.
const MOST_FOUND: usize = 10;

/// Longest description of a tool that was found, in characters; the whole one is in its
/// definition.
const LONGEST_FOUND: usize = 200;

const CONNECT_ACCOUNT: &str = "connect_account";
const READ_MORE: &str = "read_more";
const SEARCH_TOOLS: &str = "search_tools";

/// Our own functions, for which there is always room.
pub(crate) const BUILT_IN: usize = 3;

/// Whether the name is one of our own functions.
pub(super) fn is_built_in(name: &str) -> bool {
    matches!(name, CONNECT_ACCOUNT | READ_MORE | SEARCH_TOOLS)
}

/// The account that the model would like to have, if this call asks for one. A run that
/// waited for it finds the call in its transcript, and the account connected.
pub(crate) fn wished_account(call: &ProposedCall) -> Option<ConnectionName> {
    if call.name != CONNECT_ACCOUNT {
        return None;
    }
    let arguments: Value = serde_json::from_str(&call.arguments).ok()?;
    ConnectionName::parse(arguments.get("connection")?.as_str()?).ok()
}

/// The result of such a call once the account is there.
pub(crate) fn account_is_there(connection: &ConnectionName) -> String {
    json!({"connected": connection, "note": "Its tools are offered from now on."}).to_string()
}

/// What a run is offered now.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    catalogue: &'a Catalogue,
    /// Positions in the catalogue; when there is no room for more, the last give way.
    tools: Vec<usize>,
    room: usize,
    connect: Option<BuiltIn>,
    read: Option<BuiltIn>,
    search: Option<BuiltIn>,
}

#[derive(Debug)]
struct BuiltIn {
    definition: Box<RawValue>,
    parameters: Parameters,
}

/// What a call asks for, once its name and arguments are checked.
#[derive(Debug)]
pub(crate) enum Chosen<'a> {
    /// That the person be asked to connect this account.
    Connect(ConnectionName),
    Mistaken(ArgumentMistake),
    /// For a page of a result that was too long: which result, and which page.
    ReadMore(String, usize),
    /// For more tools: see [`Offer::search`].
    SearchTools(String),
    Tool(ToolCall<'a>),
    /// A name that was not offered.
    Unknown,
}

/// A call that can be made.
#[derive(Debug)]
pub(crate) struct ToolCall<'a> {
    pub(crate) tool: &'a Tool,
    pub(crate) effect: Effect,
    pub(crate) arguments: Map<String, Value>,
    /// `false` when the tool's schema cannot be used for checking: worth a warning.
    pub(crate) is_checked: bool,
}

impl<'a> Offer<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        question: &str,
        unconnected: &[ConnectionName],
        most: usize,
    ) -> Self {
        let connect = (!unconnected.is_empty()).then(|| connect_account(unconnected));
        // One more for reading on, which may be offered later.
        let room = most.saturating_sub(1 + usize::from(connect.is_some()));
        if catalogue.len() <= room {
            return Self {
                catalogue,
                tools: (0..catalogue.len()).collect(),
                room,
                connect,
                read: None,
                search: None,
            };
        }
        let mut offer = Self {
            catalogue,
            tools: catalogue.by_default().to_vec(),
            room: room.saturating_sub(1),
            connect,
            read: None,
            search: Some(search_tools()),
        };
        offer.put_first(catalogue.matches(question));
        offer
    }

    /// A result was too long to be told at once: the rest of it can be asked for.
    pub(crate) fn let_read_on(&mut self) {
        self.read.get_or_insert_with(read_more);
    }

    /// The functions of the next request.
    pub(crate) fn definitions(&self) -> Vec<&RawValue> {
        let built_in = [&self.connect, &self.read, &self.search];
        self.entries()
            .map(Entry::definition)
            .chain(
                built_in
                    .into_iter()
                    .flatten()
                    .map(|function| &*function.definition),
            )
            .collect()
    }

    /// What this call asks for. The model's word is taken for nothing: not for the name,
    /// nor for the arguments.
    pub(crate) fn choose(&self, call: &ProposedCall) -> Chosen<'a> {
        if let (READ_MORE, Some(read)) = (call.name.as_str(), &self.read) {
            return match read.page_argument(call) {
                Ok((result, page)) => Chosen::ReadMore(result, page),
                Err(mistake) => Chosen::Mistaken(mistake),
            };
        }
        match (call.name.as_str(), &self.connect, &self.search) {
            (CONNECT_ACCOUNT, Some(connect), _) => {
                match connect.text_argument(call, "connection") {
                    Ok(connection) => {
                        ConnectionName::parse(&connection).map_or(Chosen::Unknown, Chosen::Connect)
                    }
                    Err(mistake) => Chosen::Mistaken(mistake),
                }
            }
            (SEARCH_TOOLS, _, Some(search)) => match search.text_argument(call, "query") {
                Ok(query) => Chosen::SearchTools(query),
                Err(mistake) => Chosen::Mistaken(mistake),
            },
            (name, _, _) => self.choose_tool(name, &call.arguments),
        }
    }

    fn choose_tool(&self, name: &str, arguments: &str) -> Chosen<'a> {
        let offered = self
            .catalogue
            .position_of(name)
            .filter(|position| self.tools.contains(position))
            .and_then(|position| self.catalogue.entry(position));
        let Some(entry) = offered else {
            return Chosen::Unknown;
        };
        match entry.tool.parameters.check(arguments) {
            Ok(arguments) => Chosen::Tool(ToolCall {
                tool: &entry.tool,
                effect: entry.effect,
                arguments,
                is_checked: entry.tool.parameters.are_checked(),
            }),
            Err(mistake) => Chosen::Mistaken(mistake),
        }
    }

    /// Looks through all tools of the person, offers what it finds from the next turn
    /// on, and says so to the model. A run taken up again searches again for the calls
    /// in its transcript, and has the same offer as before.
    pub(crate) fn search(&mut self, query: &str) -> String {
        let mut found = self.catalogue.matches(query);
        found.truncate(MOST_FOUND);
        self.put_first(found.clone());
        let found: Vec<Value> = found
            .into_iter()
            .filter_map(|position| self.catalogue.entry(position))
            .map(|entry| {
                let description = cut(&entry.tool.description, LONGEST_FOUND);
                json!({"name": entry.name(), "description": description})
            })
            .collect();
        let note = if found.is_empty() {
            "Nothing found. Try other words."
        } else {
            "You can call these from now on."
        };
        json!({"tools": found, "note": note}).to_string()
    }

    /// Those first, then the others, as far as there is room.
    fn put_first(&mut self, mut positions: Vec<usize>) {
        positions.truncate(self.room);
        let first: HashSet<usize> = positions.iter().copied().collect();
        let others = std::mem::replace(&mut self.tools, positions);
        let others = others.into_iter().filter(|other| !first.contains(other));
        self.tools.extend(others.take(self.room - first.len()));
    }

    fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        let catalogue = self.catalogue;
        self.tools
            .iter()
            .filter_map(|position| catalogue.entry(*position))
    }
}

impl BuiltIn {
    fn new(name: &str, description: &str, schema: &Map<String, Value>) -> Self {
        let parameters = Parameters::new(schema);
        Self {
            definition: function(name, description, parameters.shown()),
            parameters,
        }
    }

    fn text_argument(&self, call: &ProposedCall, name: &str) -> Result<String, ArgumentMistake> {
        let mut arguments = self.parameters.check(&call.arguments)?;
        match arguments.shift_remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(ArgumentMistake::BreaksRules(vec![format!(
                "at /{name}: not a text"
            )])),
        }
    }

    fn page_argument(&self, call: &ProposedCall) -> Result<(String, usize), ArgumentMistake> {
        let arguments = self.parameters.check(&call.arguments)?;
        let page = arguments.get("page").and_then(Value::as_u64);
        let page = page.and_then(|page| usize::try_from(page).ok());
        match (arguments.get("result").and_then(Value::as_str), page) {
            (Some(result), Some(page)) => Ok((result.to_owned(), page)),
            _ => Err(ArgumentMistake::BreaksRules(vec![
                "at /page: not a number of a page".to_owned(),
            ])),
        }
    }
}

fn read_more() -> BuiltIn {
    let mut schema = Map::new();
    schema.insert(
        "properties".to_owned(),
        json!({
            "result": {"type": "string", "description": "As it stands in `read_more` of the result"},
            "page": {"type": "integer", "minimum": 1},
        }),
    );
    schema.insert("required".to_owned(), json!(["result", "page"]));
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    BuiltIn::new(
        READ_MORE,
        "Reads on in a result that was too long to be shown whole, page by page.",
        &schema,
    )
}

fn connect_account(unconnected: &[ConnectionName]) -> BuiltIn {
    let names: Vec<&str> = unconnected.iter().map(ConnectionName::as_str).collect();
    BuiltIn::new(
        CONNECT_ACCOUNT,
        "Asks the person, in private, to connect one more of their accounts. Only for an \
         account that the question needs.",
        &one_text("connection", &json!({"type": "string", "enum": names})),
    )
}

fn search_tools() -> BuiltIn {
    BuiltIn::new(
        SEARCH_TOOLS,
        "Finds further tools of the connected accounts by what they do. There are more than \
         are listed here; what is found can be called in the next turn.",
        &one_text(
            "query",
            &json!({"type": "string", "minLength": 1, "description": "A few words, such as: list pull requests"}),
        ),
    )
}

/// A schema with one required parameter.
fn one_text(name: &str, schema: &Value) -> Map<String, Value> {
    let mut parameters = Map::new();
    parameters.insert("properties".to_owned(), json!({ name: schema }));
    parameters.insert("required".to_owned(), json!([name]));
    parameters.insert("additionalProperties".to_owned(), Value::Bool(false));
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn tool(connection: &str, name: &str, description: &str) -> Arc<Tool> {
        let schema = json!({"properties": {"n": {"type": "integer"}}});
        let connection = ConnectionName::parse(connection).unwrap();
        let (name, description) = (name.to_owned(), description.to_owned());
        let schema = schema.as_object().unwrap();
        Arc::new(Tool::new(connection, name, description, schema))
    }

    fn definitions(offer: &Offer<'_>) -> Vec<Value> {
        let read = |definition: &RawValue| serde_json::from_str(definition.get()).unwrap();
        offer.definitions().into_iter().map(read).collect()
    }

    /// Gmail, and so many tools of a large connection that they cannot all be offered.
    fn large() -> Catalogue {
        let mut tools: Vec<Arc<Tool>> = (0..250)
            .map(|n| {
                tool(
                    "hubspot",
                    &format!("hubspot_get_thing{n}"),
                    &format!("Reads thing{n}"),
                )
            })
            .collect();
        tools.push(tool("gmail", "gmail_fetch_mails", "Fetch emails by query"));
        tools.push(tool("gmail", "gmail_send_message", "Send an email"));
        tools.push(tool("linear", "linear_teams_list", "All teams"));
        Catalogue::new(tools, |tool| tool.effect)
    }

    fn names(offer: &Offer<'_>) -> Vec<String> {
        let name = |definition: &Value| definition["function"]["name"].as_str().unwrap().to_owned();
        definitions(offer).iter().map(name).collect()
    }

    fn call(name: &str, arguments: &str) -> ProposedCall {
        ProposedCall {
            id: "c1".to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    fn connections(names: &[&str]) -> Vec<ConnectionName> {
        names
            .iter()
            .map(|name| ConnectionName::parse(name).unwrap())
            .collect()
    }

    #[test]
    fn few_tools_are_all_offered_as_they_are_listed() {
        let tools = vec![
            tool("gmail", "gmail_send_message", "Send"),
            tool("gmail", "gmail_fetch_mails", "Fetch"),
        ];
        let catalogue = Catalogue::new(tools, |tool| tool.effect);
        let offer = catalogue.offer("mails?", &[], 128);
        assert_eq!(names(&offer), ["gmail_send_message", "gmail_fetch_mails"]);
        assert_eq!(
            definitions(&offer)[1],
            json!({"type": "function", "function": {
                "name": "gmail_fetch_mails", "description": "Fetch",
                "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
            }})
        );
    }

    #[test]
    fn of_many_tools_the_likely_ones_are_offered() {
        let catalogue = large();
        let offer = catalogue.offer(
            "Send my last email about thing249 to Ben",
            &connections(&["notion"]),
            128,
        );
        let names = names(&offer);
        assert_eq!(names.len(), 127);
        for name in [
            "gmail_fetch_mails",
            "gmail_send_message",
            "hubspot_get_thing249",
            "linear_teams_list",
            "connect_account",
            "search_tools",
        ] {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
        let unique: HashSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn what_is_found_can_be_called_and_nothing_else() {
        let catalogue = large();
        let mut offer = catalogue.offer("hello", &[], 128);
        let hidden = call("hubspot_get_thing200", "{}");
        assert!(matches!(offer.choose(&hidden), Chosen::Unknown));

        let search = call("search_tools", r#"{"query":"thing200"}"#);
        let Chosen::SearchTools(query) = offer.choose(&search) else {
            panic!("not a search");
        };
        assert!(offer.search(&query).contains("hubspot_get_thing200"));
        assert!(matches!(offer.choose(&hidden), Chosen::Tool(_)));
        for n in 0..250 {
            offer.search(&format!("thing{n}"));
        }
        assert_eq!(offer.definitions().len(), 127);
        offer.let_read_on();
        assert_eq!(offer.definitions().len(), 128);
        assert!(offer.search("zebra").contains("Nothing found"));
    }

    #[test]
    fn every_tool_can_be_reached() {
        let catalogue = large();
        for position in 0..catalogue.len() {
            let name = &catalogue.entry(position).unwrap().tool.name;
            let mut offer = catalogue.offer("hello", &[], 128);
            offer.search(name);
            assert!(names(&offer).contains(name), "{name}");
        }
    }

    #[test]
    fn a_call_is_checked_before_it_is_anything() {
        let tools = vec![
            tool("gmail", "gmail_fetch_mails", ""),
            tool("gmail", "gmail_send_message", ""),
        ];
        let catalogue = Catalogue::new(tools, |tool| tool.effect);
        let offer = catalogue.offer("", &connections(&["notion", "my github"]), 128);
        let chosen = |name, arguments| match offer.choose(&call(name, arguments)) {
            Chosen::Connect(connection) => format!("connect {connection}"),
            Chosen::Mistaken(mistake) => format!("{mistake:?}"),
            Chosen::ReadMore(result, page) => format!("page {page} of {result}"),
            Chosen::SearchTools(query) => format!("search {query}"),
            Chosen::Tool(call) => format!(
                "{:?} {} {}",
                call.effect,
                call.tool.name,
                Value::Object(call.arguments)
            ),
            Chosen::Unknown => "unknown".to_owned(),
        };
        let cases = [
            ("gmail_fetch_mails", "", "Read gmail_fetch_mails {}"),
            (
                "gmail_fetch_mails",
                r#"{"n":2}"#,
                r#"Read gmail_fetch_mails {"n":2}"#,
            ),
            ("gmail_fetch_mails", "{", "NotJson"),
            ("gmail_send_message", "{}", "Write gmail_send_message {}"),
            ("gmail_delete_message", "{}", "unknown"),
            ("GMAIL_FETCH_MAILS", "{}", "unknown"),
            ("search_tools", r#"{"query":"x"}"#, "unknown"),
            (
                "connect_account",
                r#"{"connection":"my github"}"#,
                "connect my github",
            ),
        ];
        for (name, arguments, expected) in cases {
            assert_eq!(chosen(name, arguments), expected, "{name} {arguments}");
        }
        for arguments in ["", r#"{"connection":"gmail"}"#, r#"{"connection":7}"#] {
            assert!(chosen("connect_account", arguments).starts_with("BreaksRules"));
        }
    }

    #[test]
    fn there_is_nothing_to_read_on_until_something_was_too_long() {
        let catalogue = Catalogue::new(vec![], |_| Effect::Read);
        let mut offer = catalogue.offer("q", &[], 128);
        let read = call("read_more", r#"{"result":"ab","page":2}"#);
        assert!(matches!(offer.choose(&read), Chosen::Unknown));
        offer.let_read_on();
        let chosen = offer.choose(&read);
        assert!(matches!(chosen, Chosen::ReadMore(result, 2) if result == "ab"));
        for arguments in [
            "{}",
            r#"{"result":"ab","page":0}"#,
            r#"{"result":1,"page":1}"#,
        ] {
            let chosen = offer.choose(&call("read_more", arguments));
            assert!(matches!(chosen, Chosen::Mistaken(_)), "{arguments}");
        }
    }

    #[test]
    fn the_operator_says_how_many_are_offered() {
        let catalogue = large();
        for most in [8, 40, 128] {
            let mut offer = catalogue.offer("mails", &connections(&["notion"]), most);
            offer.let_read_on();
            assert_eq!(offer.definitions().len(), most);
            assert!(names(&offer).contains(&"gmail_fetch_mails".to_owned()));
        }
    }

    #[test]
    fn with_everything_connected_there_is_nothing_to_connect() {
        let catalogue = Catalogue::new(vec![], |_| Effect::Read);
        assert_eq!(names(&catalogue.offer("q", &[], 128)), [""; 0]);
        assert_eq!(
            names(&catalogue.offer("q", &connections(&["gmail"]), 128)),
            ["connect_account"]
        );
    }
}
