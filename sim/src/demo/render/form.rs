//! The fields of a modal.

use serde_json::Value;

use super::super::html::escape;
use super::blocks::plain;

/// One field with its label, and room for what is wrong with it.
pub(super) fn input(block: &Value) -> String {
    let element = &block["element"];
    let [id, action] = [&block["block_id"], &element["action_id"]].map(plain);
    let needed = if block["optional"] == true {
        ""
    } else {
        " required"
    };
    let names = format!(
        "id=\"f-{id}\" data-block=\"{id}\" data-action=\"{action}\" data-kind=\"{}\" \
         aria-describedby=\"e-{id}\"{needed}",
        plain(&element["type"])
    );
    let now = plain(&element["initial_value"]);
    let field = match element["type"].as_str() {
        Some("static_select") => select(element, &names),
        Some("number_input") => {
            format!("<input type=\"text\" inputmode=\"decimal\" value=\"{now}\" {names}>")
        }
        _ if element["multiline"] == true => {
            format!("<textarea rows=\"4\" {names}>\n{now}</textarea>")
        }
        _ => format!("<input type=\"text\" value=\"{now}\" {names}>"),
    };
    let optional = if block["optional"] == true {
        " <small>(optional)</small>"
    } else {
        ""
    };
    let hint = match plain(&block["hint"]) {
        hint if hint.is_empty() => hint,
        hint => format!("<p class=\"context\">{hint}</p>"),
    };
    format!(
        "<div class=\"input\"><label for=\"f-{id}\">{}{optional}</label>{field}{hint}\
         <p class=\"wrong\" id=\"e-{id}\" role=\"alert\" hidden></p></div>",
        plain(&block["label"])
    )
}

fn select(element: &Value, names: &str) -> String {
    let chosen = &element["initial_option"]["value"];
    let options = element["options"].as_array().into_iter().flatten();
    let options = options.map(|option| {
        let selected = if option["value"] == *chosen {
            " selected"
        } else {
            ""
        };
        let (value, words) = (plain(&option["value"]), plain(&option["text"]));
        format!("<option value=\"{value}\"{selected}>{words}</option>")
    });
    let nothing = format!("<option value=\"\">{}</option>", escape("(nothing)"));
    format!(
        "<select {names}>{nothing}{}</select>",
        options.collect::<String>()
    )
}
