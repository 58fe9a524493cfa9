//! Pages of a list, joined by tokens that only the vault can read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::switches::PageTokens;

/// One page, and the token of the next: empty on the last.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: String,
    pub(super) previous: String,
    pub(super) total: usize,
}

/// The page this token leads to.
pub(super) fn page<T: Clone>(
    all: &[T],
    size: usize,
    token: &str,
    tokens: PageTokens,
) -> Result<Page<T>, Refusal> {
    let size = size.max(1);
    let start = if token.is_empty() { 0 } else { read(token)? };
    if start > all.len() {
        return Err(Refusal::invalid("page_token", "invalid page token"));
    }
    let end = (start + size).min(all.len());
    let next = match tokens {
        PageTokens::Repeat if all.len() > size => write(size),
        PageTokens::Advance if end < all.len() => write(end),
        PageTokens::Advance | PageTokens::Repeat => String::new(),
    };
    let previous = match start {
        0 => String::new(),
        _ => write(start.saturating_sub(size)),
    };
    Ok(Page {
        items: all[start..end].to_vec(),
        next,
        previous,
        total: all.len(),
    })
}

fn write(start: usize) -> String {
    format!(
        ">:{}",
        STANDARD.encode(json!(["tol_", start, "~?"]).to_string())
    )
}

fn read(token: &str) -> Result<usize, Refusal> {
    let start = || -> Option<usize> {
        let decoded = STANDARD.decode(token.strip_prefix(">:")?).ok()?;
        let parts: Value = serde_json::from_slice(&decoded).ok()?;
        usize::try_from(parts.get(1)?.as_u64()?).ok()
    };
    start().ok_or_else(|| Refusal::invalid("page_token", "invalid page token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_and_hold_everything_once() {
        let all: Vec<u32> = (0..250).collect();
        let (mut seen, mut token, mut sizes) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = page(&all, 100, &token, PageTokens::Advance).unwrap();
            sizes.push(page.items.len());
            seen.extend(page.items);
            assert_eq!(page.total, 250);
            token = page.next;
            if token.is_empty() {
                break;
            }
            assert!(token.starts_with(">:"));
        }
        assert_eq!(sizes, [100, 100, 50]);
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_that_was_not_given_out_is_refused() {
        for token in ["2", ">:", ">:!!", ">:WyJ0b2xfIiw5OTksIn4/Il0="] {
            assert!(page(&[1, 2, 3], 2, token, PageTokens::Advance).is_err());
        }
    }

    #[test]
    fn a_repeated_token_never_ends() {
        let all: Vec<u32> = (0..9).collect();
        let second = page(&all, 3, "", PageTokens::Repeat).unwrap().next;
        let third = page(&all, 3, &second, PageTokens::Repeat).unwrap().next;
        assert_eq!(second, third);
    }
}
