//! Which tools matter for a question, when there are too many to offer all.

use bm25::{Embedder, EmbedderBuilder, Scorer, Tokenizer};

/// Words that stand in every question and every description.
const COMMON: &[&str] = &[
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "for",
    "from", "get", "has", "have", "i", "if", "in", "is", "it", "me", "my", "of", "on", "or",
    "please", "that", "the", "their", "there", "this", "to", "use", "using", "was", "what", "when",
    "which", "who", "with", "you", "your",
];

/// Tools by the words in their names and descriptions (BM25).
pub(super) struct Ranking {
    embedder: Embedder<u32, Words>,
    scorer: Scorer<usize>,
}

impl Ranking {
    /// Each text describes the tool at its position.
    pub(super) fn new(texts: &[String]) -> Self {
        let corpus: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embedder =
            EmbedderBuilder::<u32, Words>::with_tokenizer_and_fit_to_corpus(Words, &corpus).build();
        let mut scorer = Scorer::new();
        for (position, text) in corpus.into_iter().enumerate() {
            scorer.upsert(&position, embedder.embed(text));
        }
        Self { embedder, scorer }
    }

    /// The tools that share a word with the question, best first; equals in their order.
    pub(super) fn matches(&self, question: &str) -> Vec<usize> {
        let mut matches = self.scorer.matches(&self.embedder.embed(question));
        matches.sort_by(|one, other| {
            other
                .score
                .total_cmp(&one.score)
                .then(one.id.cmp(&other.id))
        });
        matches.into_iter().map(|found| found.id).collect()
    }
}

impl std::fmt::Debug for Ranking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ranking")
    }
}

/// Cuts names and sentences into comparable words: `gmail_fetch_mails` and "my e-mails"
/// have one in common.
#[derive(Debug, Default)]
struct Words;

impl Tokenizer for Words {
    fn tokenize(&self, input_text: &str) -> Vec<String> {
        input_text
            .split(|character: char| !character.is_alphanumeric())
            .map(|word| singular(&word.to_lowercase()))
            .filter(|word| !word.is_empty() && !COMMON.contains(&word.as_str()))
            .collect()
    }
}

/// Good enough for English nouns; wrong in the same way on both sides for all others.
fn singular(word: &str) -> String {
    let singular = match word.strip_suffix('s') {
        Some(stem) if stem.len() >= 3 && !stem.ends_with('s') => match stem.strip_suffix("ie") {
            Some(stem) => format!("{stem}y"),
            None => stem.to_owned(),
        },
        _ => word.to_owned(),
    };
    // The one pair of words that people and providers mix all the time.
    if singular == "email" {
        "mail".to_owned()
    } else {
        singular
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_that_fits_comes_first() {
        let texts = [
            "linear_issue_search Search issues by text",
            "gmail_fetch_mails Fetch emails matching a query",
            "gmail_list_labels List all labels",
            "github_repo_get Get a repository",
        ]
        .map(str::to_owned);
        let ranking = Ranking::new(&texts);
        let cases: [(&str, &[usize]); 4] = [
            ("Summarize the last 5 mails from my manager", &[1]),
            ("list the Labels", &[2]),
            ("which repositories do I have in GitHub", &[3]),
            ("what is the weather", &[]),
        ];
        for (question, expected) in cases {
            assert_eq!(ranking.matches(question), expected, "{question}");
        }
    }

    #[test]
    fn words_are_compared_in_one_form() {
        let words = Words.tokenize("My e-mails: repositories, getIssues, status_class e\u{301}s");
        assert_eq!(words[..4], ["e", "mail", "repository", "getissue"]);
    }

    #[test]
    fn nothing_to_rank_is_fine() {
        assert_eq!(Ranking::new(&[]).matches("anything"), [0_usize; 0]);
    }
}
