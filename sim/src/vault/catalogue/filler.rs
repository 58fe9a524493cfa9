//! Tools that make up the number.

use super::{Tool, schema};

/// This many tools of this provider; the first two are odd on purpose.
pub(in crate::vault) fn fillers(provider: &str, count: usize) -> Vec<Tool> {
    (0..count).map(|at| filler(provider, at)).collect()
}

fn filler(provider: &str, at: usize) -> Tool {
    let prefix = provider.to_lowercase();
    let name = match at {
        0 => format!("{prefix}_report_{}_get", "on_everything_and_".repeat(4)),
        _ => format!("{prefix}_report_{at:03}_get"),
    };
    let description = match at {
        1 => "Reports at length. ".repeat(80),
        _ => format!("Reports on matter number {at}."),
    };
    Tool {
        id: format!("tol_{}", 220_000_000_000_000_000_u64 + at as u64),
        provider: provider.to_owned(),
        name,
        description,
        input_schema: schema::read("since, until, limit:integer", schema::Dialect::Plain),
        filler: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_are_too_long() {
        let tools = fillers("GMAIL", 3);
        assert!(tools[0].name.len() > 64);
        assert!(tools[1].description.len() > 1024);
        assert!(tools[2].name.len() < 64 && tools[2].description.len() < 1024);
    }
}
