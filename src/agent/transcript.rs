#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Assistant(serde_json::Map<String, serde_json::Value>),
    ToolResult { call_id: String, content: String },
}
