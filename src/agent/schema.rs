//! A tool's parameters: as the model is shown them, and as its arguments are checked
//! against them before the vault is asked for anything.

mod clean;

use std::sync::OnceLock;

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(super) use self::clean::LONGEST_DESCRIPTION;
use super::text::cut;
use super::tool::raw;

/// Mistakes named at once; more would not help a model to mend its arguments.
const MOST_MISTAKES: usize = 5;

/// Longest word on one mistake, in characters.
const LONGEST_MISTAKE: usize = 300;

/// Size of a compiled pattern, in bytes. A pattern comes with somebody else's schema.
const LARGEST_PATTERN: usize = 256 * 1024;

/// Versions of a tool, which are the vault's business and no choice for a model.
const HIDDEN: &[&str] = &["schema_version", "tool_version"];

/// What a tool takes.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// As text: it is sent often, and read only when the rules are made.
    shown: Box<RawValue>,
    /// `None` when the schema cannot be used for checking.
    rules: OnceLock<Option<Validator>>,
}

/// Arguments that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArgumentMistake {
    /// One line for each broken rule: where, and which.
    BreaksRules(Vec<String>),
    NotAnObject,
    NotJson,
}

impl Parameters {
    pub(crate) fn new(input_schema: &Map<String, Value>) -> Self {
        Self {
            shown: raw(&clean::shown(input_schema, HIDDEN)),
            rules: OnceLock::new(),
        }
    }

    /// The schema the model sees: standard keywords only, hidden parameters left out.
    pub(crate) fn shown(&self) -> &RawValue {
        &self.shown
    }

    /// Whether arguments can be checked. Some schemas, of older drafts, cannot be compiled;
    /// their tools are used without.
    pub(crate) fn are_checked(&self) -> bool {
        self.rules().is_some()
    }

    /// The arguments as they may be sent.
    pub(crate) fn check(&self, arguments: &str) -> Result<Map<String, Value>, ArgumentMistake> {
        let mut arguments = parse(arguments)?;
        for hidden in HIDDEN {
            arguments.shift_remove(*hidden);
        }
        let Some(rules) = self.rules() else {
            return Ok(arguments);
        };
        let arguments = Value::Object(arguments);
        let mistakes: Vec<String> = rules
            .iter_errors(&arguments)
            .take(MOST_MISTAKES)
            .map(|error| describe(&error))
            .collect();
        if !mistakes.is_empty() {
            return Err(ArgumentMistake::BreaksRules(mistakes));
        }
        let Value::Object(arguments) = arguments else {
            return Err(ArgumentMistake::NotAnObject);
        };
        Ok(arguments)
    }

    /// Compiled when first needed: it takes milliseconds, and most tools are never called.
    fn rules(&self) -> Option<&Validator> {
        self.rules
            .get_or_init(|| {
                let shown = serde_json::from_str(self.shown.get()).ok()?;
                jsonschema::options()
                    // Linear in time: a hostile pattern must not stop the service.
                    .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
                    .build(&shown)
                    .ok()
            })
            .as_ref()
    }
}

/// Models write nothing, or `null`, for no arguments.
fn parse(arguments: &str) -> Result<Map<String, Value>, ArgumentMistake> {
    if arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(ArgumentMistake::NotAnObject),
        Err(_) => Err(ArgumentMistake::NotJson),
    }
}

/// Where and which rule. The value itself is left out: it may be long, and the model has
/// it.
fn describe(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().as_str();
    let rule = error.masked();
    cut(
        &if path.is_empty() {
            format!("arguments: {rule}")
        } else {
            format!("at {path}: {rule}")
        },
        LONGEST_MISTAKE,
    )
    .to_owned()
}

impl ArgumentMistake {
    /// What the model is told, so that it can try again.
    pub(crate) fn for_model(&self) -> String {
        match self {
            Self::BreaksRules(mistakes) => format!(
                "The call was not made: its arguments break the tool's schema.\n{}",
                mistakes.join("\n")
            ),
            Self::NotAnObject => {
                "The call was not made: its arguments are not a JSON object.".to_owned()
            }
            Self::NotJson => "The call was not made: its arguments are not valid JSON.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parameters(schema: impl Into<Value>) -> Parameters {
        Parameters::new(schema.into().as_object().unwrap())
    }

    fn mails() -> Parameters {
        parameters(json!({
            "type": "object",
            "properties": {
                "query": {"type": ["string", "null"]},
                "max_results": {"type": "integer", "minimum": 1},
                "label_ids": {"type": "array"},
                "tool_version": {"type": "string"}
            },
            "required": ["query", "tool_version"]
        }))
    }

    #[test]
    fn good_arguments_pass() {
        let cases = [
            (r#"{"query":"pricing"}"#, json!({"query": "pricing"})),
            (
                r#"{"query":null,"max_results":5}"#,
                json!({"query": null, "max_results": 5}),
            ),
            (r#"{"query":"a","tool_version":"9"}"#, json!({"query": "a"})),
            (
                r#" {"query":"a","label_ids":["x",1]} "#,
                json!({"query": "a", "label_ids": ["x", 1]}),
            ),
        ];
        for (arguments, expected) in cases {
            assert_eq!(Value::Object(mails().check(arguments).unwrap()), expected);
        }
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        let none = parameters(json!({}));
        for arguments in ["", " \n", "null", "{}"] {
            assert_eq!(none.check(arguments), Ok(Map::new()), "{arguments:?}");
        }
    }

    #[test]
    fn mistakes_name_the_place_and_the_rule() {
        let told = |arguments| mails().check(arguments).unwrap_err().for_model();
        assert!(
            told(r#"{"max_results":"five","query":"a"}"#)
                .contains("at /max_results: value is not of type \"integer\"")
        );
        assert!(
            told(r#"{"max_results":0,"query":"a"}"#)
                .contains("at /max_results: value is less than the minimum of 1")
        );
        assert!(told("").contains("arguments: \"query\" is a required property"));
        assert!(told("{\"query\":").contains("not valid JSON"));
        assert!(told("[1]").contains("not a JSON object"));
        assert!(told("\"{}\"").contains("not a JSON object"));
    }

    #[test]
    fn a_mistake_does_not_say_the_value_again() {
        let long = format!(r#"{{"query":["{}"]}}"#, "x".repeat(5000));
        let told = mails().check(&long).unwrap_err().for_model();
        assert!(!told.contains('x') || told.len() < 500, "{told}");
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let circle = json!({"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}});
        let schemas = [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"anyOf": [{"$ref": "#/$defs/a"}], "$defs": circle}),
            json!({"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": circle}),
        ];
        for schema in schemas {
            assert!(parameters(schema).check(r#"{"x":{"y":{}}}"#).is_ok());
        }
    }

    #[test]
    fn a_schema_that_cannot_be_compiled_checks_nothing() {
        let schemas = [
            json!({"properties": {"n": {"type": "number", "minimum": 1, "exclusiveMinimum": true}}}),
            json!({"properties": {"n": {"$ref": "https://example.com/schema.json"}}}),
            json!({"properties": {"n": {"pattern": "(?=x)("}}}),
        ];
        for schema in schemas {
            let parameters = parameters(schema);
            assert!(!parameters.are_checked());
            assert!(parameters.check(r#"{"n":"anything"}"#).is_ok());
            assert!(parameters.check("[]").is_err());
        }
        assert!(mails().are_checked());
    }

    /// Somebody else's schema may lead in circles, or to other places.
    #[test]
    fn a_hostile_schema_ends_and_fetches_nothing() {
        let circle = json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            "properties": {"x": {"$ref": "#/$defs/a"}}});
        for (schema, is_checked) in [
            (json!({"$ref": "#"}), true),
            (json!({"allOf": [{"$ref": "#"}]}), true),
            (json!({"if": {"$ref": "#"}, "anyOf": [{"$ref": "#"}]}), true),
            (circle, true),
            (
                json!({"properties": {"x": {"$ref": "http://127.0.0.1:9/x"}}}),
                false,
            ),
            (
                json!({"properties": {"x": {"$ref": "file:///etc/passwd"}}}),
                false,
            ),
            (json!({"properties": {"x": {"multipleOf": 0}}}), false),
            (
                json!({"properties": {"x": {"pattern": "(a{1000}){1000}"}}}),
                false,
            ),
        ] {
            let parameters = parameters(schema.clone());
            assert!(parameters.check(r#"{"x":1}"#).is_ok(), "{schema}");
            assert_eq!(parameters.are_checked(), is_checked, "{schema}");
        }
        let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(parameters(json!({})).check(&deep).is_err());
    }
}
