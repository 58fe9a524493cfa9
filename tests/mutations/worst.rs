//! The defences against a model that obeys every text, one by one.

/// What stands in the place of a defence when it is taken out.
pub struct Opening {
    pub name: &'static str,
    pub file: &'static str,
    /// Stands there once.
    pub find: &'static str,
    pub replace: &'static str,
}

pub const OPENINGS: [Opening; 8] = [
    Opening {
        name: "a write runs without a word",
        file: "src/policy.rs",
        find: "                Effect::Write => Verdict::Ask,",
        replace: "                Effect::Write => Verdict::Read,",
    },
    Opening {
        name: "a tool with an address among its arguments may be a read",
        file: "src/agent/tool.rs",
        find: "let effect = if speaks_against_reading(input_schema) {",
        replace: "let effect = if speaks_against_reading(input_schema) && false {",
    },
    Opening {
        name: "a tool that goes out into the web may be a read",
        file: "src/agent/effect.rs",
        find: "let reads = reads && !carries;",
        replace: "let reads = reads && (!carries || true);",
    },
    Opening {
        name: "every address is known",
        file: "src/agent/provenance.rs",
        find: "keys(address).iter().any(|key| known.0.contains(key))",
        replace: "keys(address).iter().any(|key| known.0.contains(key) || true)",
    },
    Opening {
        name: "what a tool gives back of the model's own is known",
        file: "src/agent/provenance.rs",
        find: "if address.len() <= LONGEST && !is_echo(address, sent) {",
        replace: "if address.len() <= LONGEST && (true || !is_echo(address, sent)) {",
    },
    Opening {
        name: "words that no Markdown marks as links are let pass",
        file: "src/slack/render/links.rs",
        find: "changes.extend(edges.unknown_words(text, known));",
        replace: "drop(edges.unknown_words(text, known));",
    },
    Opening {
        name: "where a marked link leads is not looked at",
        file: "src/slack/render/links.rs",
        find: "} else if !known.holds(&self.target) {",
        replace: "} else if !known.holds(&self.target) && false {",
    },
    Opening {
        name: "everybody's runs are told what one has read alone",
        file: "src/handlers/answer/recall.rs",
        find: "if turn.is_kept() && !is_theirs {",
        replace: "if turn.is_kept() && !is_theirs && false {",
    },
];
