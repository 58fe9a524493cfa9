//! The arguments of a call as fields of a form, by the schema of its tool, and back again.

use serde_json::{Map, Number, Value};

use super::schema::{ArgumentMistake, Parameters};
use super::text::cut;

/// Most fields of a form; Slack takes a hundred blocks.
const MOST_FIELDS: usize = 90;

/// Longest text that a field of Slack's takes, in UTF-16 units.
const LONGEST_VALUE: usize = 3_000;

/// From this length on a text has room for several lines, in characters.
const LONG: usize = 80;

/// Longest hint, in characters.
const LONGEST_HINT: usize = 150;

/// Most choices of a field, and the longest of them in characters.
const MOST_CHOICES: usize = 100;
const LONGEST_CHOICE: usize = 75;

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) hint: Option<String>,
    pub(crate) kind: Kind,
    /// As it stands in the field; `None` when it is empty.
    pub(crate) value: Option<String>,
    pub(crate) is_required: bool,
}

/// How an argument is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Choice(Vec<String>),
    /// Yes or no, which are `true` and `false`.
    Flag,
    /// Whatever has no better form.
    Json,
    /// A text on each line.
    Lines,
    LongText,
    Number,
    Text,
}

/// What is wrong with a field, by its place in the form.
pub(crate) type Complaint = (usize, String);

/// The fields for these arguments. `None`: they do not fit a form.
pub(crate) fn fields(
    schema: &Map<String, Value>,
    arguments: &Map<String, Value>,
) -> Option<Vec<Field>> {
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let known = properties
        .iter()
        .map(|(name, property)| (name, Some(property)));
    let others = arguments
        .keys()
        .filter(|name| !properties.contains_key(*name));
    let fields: Vec<Field> = known
        .chain(others.map(|name| (name, None)))
        .map(|(name, property)| {
            let value = arguments.get(name).filter(|value| !value.is_null());
            let kind = kind(property, value);
            Field {
                hint: property
                    .and_then(|property| property.get("description")?.as_str())
                    .map(|hint| cut(hint, LONGEST_HINT).to_owned())
                    .filter(|hint| !hint.is_empty()),
                value: value
                    .map(|value| shown(value, &kind))
                    .filter(|text| !text.is_empty()),
                is_required: required.contains(&name.as_str()),
                name: name.clone(),
                kind,
            }
        })
        .collect();
    let fits = (1..=MOST_FIELDS).contains(&fields.len())
        && fields.iter().all(|field| {
            let units = |text: &str| text.encode_utf16().count();
            field.name.len() <= LONGEST_CHOICE
                && field
                    .value
                    .as_deref()
                    .is_none_or(|text| units(text) <= LONGEST_VALUE)
        });
    fits.then_some(fields)
}

/// The arguments that somebody has written into these fields, if the tool takes them.
pub(crate) fn read(
    schema: &Map<String, Value>,
    fields: &[Field],
    written: &[Option<String>],
) -> Result<Map<String, Value>, Vec<Complaint>> {
    let (mut arguments, mut complaints) = (Map::new(), Vec::new());
    for (place, field) in fields.iter().enumerate() {
        let text = written.get(place).and_then(Option::as_deref);
        let text = text.filter(|text| !text.trim().is_empty());
        match text.map(|text| field.kind.read(text)) {
            Some(Ok(value)) => drop(arguments.insert(field.name.clone(), value)),
            Some(Err(complaint)) => complaints.push((place, complaint.to_owned())),
            None if field.is_required => complaints.push((place, "This is needed.".to_owned())),
            None => {}
        }
    }
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let text = Value::Object(arguments).to_string();
    Parameters::new(schema).check(&text).map_err(|mistake| {
        let ArgumentMistake::BreaksRules(broken) = mistake else {
            return vec![(0, "The tool does not take this.".to_owned())];
        };
        broken.iter().map(|rule| complaint(rule, fields)).collect()
    })
}

/// `at /to/0: …` belongs to the field `to`.
fn complaint(rule: &str, fields: &[Field]) -> Complaint {
    let (path, what) = rule.split_once(": ").unwrap_or(("", rule));
    let name = path
        .strip_prefix("at /")
        .and_then(|path| path.split('/').next())
        .unwrap_or_default();
    let place = fields.iter().position(|field| field.name == name);
    (
        place.unwrap_or(0),
        format!("The tool does not take this: {what}"),
    )
}

fn kind(property: Option<&Value>, value: Option<&Value>) -> Kind {
    let found = by_schema(property);
    // What the model wrote may be of another form than the schema says.
    match value {
        Some(value) if !found.can_show(value) => Kind::Json,
        Some(Value::String(text)) if found == Kind::Text => {
            if text.chars().count() > LONG || text.contains('\n') {
                Kind::LongText
            } else {
                Kind::Text
            }
        }
        Some(_) | None => found,
    }
}

fn by_schema(property: Option<&Value>) -> Kind {
    let Some(property) = property else {
        return Kind::Json;
    };
    if let Some(choices) = property.get("enum").and_then(Value::as_array) {
        let texts: Option<Vec<String>> = choices
            .iter()
            .filter(|choice| !choice.is_null())
            .map(|choice| choice.as_str().map(str::to_owned))
            .collect();
        let texts = texts.filter(|texts| {
            (1..=MOST_CHOICES).contains(&texts.len())
                && texts
                    .iter()
                    .all(|one| (1..=LONGEST_CHOICE).contains(&one.chars().count()))
        });
        if let Some(texts) = texts {
            return Kind::Choice(texts);
        }
    }
    match type_of(property) {
        Some("array") if is_of_texts(property) => Kind::Lines,
        Some("boolean") => Kind::Flag,
        Some("integer" | "number") => Kind::Number,
        Some("string") => Kind::Text,
        Some(_) | None => Kind::Json,
    }
}

/// The type of a property, `null` aside.
fn type_of(property: &Value) -> Option<&str> {
    match property.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => match several
            .iter()
            .filter_map(Value::as_str)
            .filter(|one| *one != "null")
            .collect::<Vec<_>>()
            .as_slice()
        {
            [one] => Some(*one),
            _ => None,
        },
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => None,
    }
}

fn is_of_texts(property: &Value) -> bool {
    match property.get("items") {
        Some(items) => type_of(items) == Some("string"),
        None => true,
    }
}

impl Kind {
    /// Whether the value comes back as it is when nobody changes the field.
    fn can_show(&self, value: &Value) -> bool {
        let text = shown(value, self);
        self.read(&text).is_ok_and(|read| read == *value)
    }

    fn read(&self, text: &str) -> Result<Value, &'static str> {
        match self {
            Self::Choice(choices) => {
                if choices.iter().any(|choice| choice == text) {
                    Ok(Value::String(text.to_owned()))
                } else {
                    Err("This is none of the choices.")
                }
            }
            Self::Flag => match text {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err("Yes or no."),
            },
            Self::Json => serde_json::from_str(text).map_err(|_| "This is not valid JSON."),
            Self::Lines => Ok(text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .map(Value::String)
                .collect()),
            Self::LongText | Self::Text => Ok(Value::String(text.to_owned())),
            Self::Number => number(text.trim()).ok_or("This is not a number."),
        }
    }
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    let fraction = text.parse::<f64>().ok()?;
    Number::from_f64(fraction).map(Value::Number)
}

/// The value as it stands in a field of this kind.
fn shown(value: &Value, kind: &Kind) -> String {
    match (kind, value) {
        (Kind::Choice(_) | Kind::LongText | Kind::Text, Value::String(text)) => text.clone(),
        (Kind::Lines, Value::Array(items)) => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        (Kind::Json, value) => {
            serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
        }
        (_, value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schema() -> Map<String, Value> {
        let schema = json!({
            "type": "object",
            "properties": {
                "to": {"type": "string", "description": "Who gets it."},
                "cc": {"type": ["array", "null"], "items": {"type": "string"}},
                "count": {"type": ["integer", "null"], "minimum": 1},
                "urgent": {"type": "boolean"},
                "format": {"type": "string", "enum": ["html", "text"]},
                "odd": {"anyOf": [{"type": "string"}, {"type": "object"}]},
            },
            "required": ["to"],
        });
        schema.as_object().unwrap().clone()
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn written(fields: &[Field]) -> Vec<Option<String>> {
        fields.iter().map(|field| field.value.clone()).collect()
    }

    #[test]
    fn what_nobody_changes_comes_back_as_it_was() {
        for arguments in [
            json!({"to": "ben@example.com"}),
            json!({"to": "a\nb", "cc": ["x", "y"], "count": 2, "urgent": false}),
            json!({"to": "a", "format": "html", "odd": {"a": [1]}, "unknown": {"b": null}}),
            // Not what the schema says, and shown as it is.
            json!({"to": "a", "format": "html", "more": "a text"}),
        ] {
            let arguments = object(&arguments);
            let fields = fields(&schema(), &arguments).unwrap();
            assert_eq!(read(&schema(), &fields, &written(&fields)), Ok(arguments));
        }
    }

    #[test]
    fn each_argument_has_the_field_of_its_type() {
        let arguments = object(&json!({"to": "x".repeat(81), "cc": ["a", "b"], "count": 2}));
        let fields = fields(&schema(), &arguments).unwrap();
        let kinds: Vec<(&str, &Kind, bool)> = fields
            .iter()
            .map(|field| (field.name.as_str(), &field.kind, field.is_required))
            .collect();
        let choices = Kind::Choice(vec!["html".to_owned(), "text".to_owned()]);
        assert_eq!(
            kinds,
            [
                ("to", &Kind::LongText, true),
                ("cc", &Kind::Lines, false),
                ("count", &Kind::Number, false),
                ("urgent", &Kind::Flag, false),
                ("format", &choices, false),
                ("odd", &Kind::Json, false),
            ]
        );
        assert_eq!(fields[0].hint.as_deref(), Some("Who gets it."));
        assert_eq!(fields[1].value.as_deref(), Some("a\nb"));
    }

    #[test]
    fn a_mistake_stands_at_its_field() {
        let fields = fields(&schema(), &object(&json!({"to": "a"}))).unwrap();
        let with = |place: usize, text: &str| {
            let mut written = written(&fields);
            written[place] = Some(text.to_owned());
            read(&schema(), &fields, &written)
        };
        for (place, text, wanted) in [
            (0, " ", "This is needed."),
            (2, "two", "This is not a number."),
            (2, "0", "The tool does not take this: "),
            (2, "1.5", "The tool does not take this: "),
            (3, "perhaps", "Yes or no."),
            (4, "pdf", "This is none of the choices."),
            (5, "{", "This is not valid JSON."),
            (5, "7", "The tool does not take this: "),
        ] {
            let complaints = with(place, text).unwrap_err();
            assert_eq!(complaints.len(), 1, "{complaints:?}");
            assert_eq!(complaints[0].0, place);
            assert!(complaints[0].1.starts_with(wanted), "{complaints:?}");
        }
        assert_eq!(
            with(1, " x \n\ny").unwrap(),
            object(&json!({"to": "a", "cc": ["x", "y"]}))
        );
    }

    #[test]
    fn what_does_not_fit_has_no_form() {
        let long = object(&json!({"to": "x".repeat(3_001)}));
        assert_eq!(fields(&schema(), &long), None);
        assert_eq!(fields(&Map::new(), &Map::new()), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_written_makes_it_panic(
            texts in prop::collection::vec(prop::option::of(".{0,12}"), 0..8)
        ) {
            let fields = fields(&schema(), &object(&json!({"to": "a"}))).unwrap();
            let _ = read(&schema(), &fields, &texts);
        }
    }
}
