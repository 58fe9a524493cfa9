//! The page of figures.

use std::fmt::Write as _;

use crate::figures::Section;
use crate::machine;

/// Where it lies.
pub(crate) const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance.md");

pub(crate) fn page(sections: &[Section]) -> anyhow::Result<String> {
    let mut page = format!(
        "# Performance\n\nWritten by `cargo bench --bench performance` on {}, version {}{}, on {}. The service had core {} for itself; \
         the world outside and whoever asks had core {}. Budgets are those of the design.\n",
        machine::today()?,
        env!("CARGO_PKG_VERSION"),
        machine::commit()
            .map(|commit| format!(" ({commit})"))
            .unwrap_or_default(),
        machine::described()?,
        machine::SERVICE,
        machine::OUTSIDE,
    );
    for section in sections {
        write!(page, "\n{section}")?;
    }
    Ok(page)
}
