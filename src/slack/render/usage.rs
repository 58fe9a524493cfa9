//! What people read of what their questions have used.

use super::Message;
use crate::agent::Usage;
use crate::policy::Amount;

/// Billionths in a hundredth of a cent, which is as exactly as a cost is told.
const NANO_IN_LEAST: u64 = 100_000;

/// `most` is what a person may use in a day.
pub(crate) fn usage(today: Usage, this_month: Usage, most: Amount) -> Message {
    let mut lines = vec![
        "Your questions have used of the language model:".to_owned(),
        format!("• today: {}", amount(today)),
        format!("• this month: {}", amount(this_month)),
    ];
    lines.extend(limit(most));
    if this_month.estimated > 0 {
        let turns = turns(this_month.estimated);
        lines.push(format!(
            "The tokens of {turns} are estimated, since the router did not count them."
        ));
    }
    if this_month.unpriced > 0 {
        let turns = turns(this_month.unpriced);
        lines.push(format!(
            "The cost of {turns} is not in it, since the router did not tell it."
        ));
    }
    lines.push("Days and months begin at midnight UTC.".to_owned());
    Message::of_words(&lines.join("\n"))
}

fn amount(used: Usage) -> String {
    let tokens = format!("{} tokens", in_groups(used.tokens()));
    if used.nano_usd == 0 {
        return tokens;
    }
    format!("{tokens}, {}", dollars(used.nano_usd))
}

fn limit(most: Amount) -> Option<String> {
    let tokens = most
        .tokens
        .map(|most| format!("{} tokens", in_groups(most)));
    let cost = most.nano_usd.map(dollars);
    let parts: Vec<String> = [tokens, cost].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("You may use {} in a day.", parts.join(" and ")))
}

fn turns(count: u32) -> String {
    match count {
        1 => "1 turn of this month".to_owned(),
        count => format!("{} turns of this month", in_groups(count.into())),
    }
}

/// Rounded up, so that nothing that was paid is told as nothing.
fn dollars(nano_usd: u64) -> String {
    let least = nano_usd.div_ceil(NANO_IN_LEAST);
    format!("${}.{:04}", in_groups(least / 10_000), least % 10_000)
}

fn in_groups(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn what_is_not_exact_is_said_to_be_so() {
        let today = Usage {
            prompt_tokens: 1_200,
            completion_tokens: 34,
            ..Usage::default()
        };
        let this_month = Usage {
            prompt_tokens: 1_234_567,
            nano_usd: 1_230_000_001,
            estimated: 1,
            unpriced: 1_000,
            ..Usage::default()
        };
        let most = Amount {
            tokens: Some(200_000),
            nano_usd: Some(2_500_000_000),
        };
        assert_snapshot!(usage(today, this_month, most).text, @"
        Your questions have used of the language model:
        • today: 1,234 tokens
        • this month: 1,234,567 tokens, $1.2301
        You may use 200,000 tokens and $2.5000 in a day.
        The tokens of 1 turn of this month are estimated, since the router did not count them.
        The cost of 1,000 turns of this month is not in it, since the router did not tell it.
        Days and months begin at midnight UTC.
        ");
        assert_snapshot!(usage(Usage::default(), Usage::default(), Amount::default()).text, @"
        Your questions have used of the language model:
        • today: 0 tokens
        • this month: 0 tokens
        Days and months begin at midnight UTC.
        ");
    }
}
