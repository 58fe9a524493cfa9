//! The conversations of the demo, held for real: the service, with a model that talks by
//! itself, in the mailboxes of the world.

mod talk;
mod ten;

use insta::assert_snapshot;
use valet_sim::slack::MessageRef;

use crate::bot::Bot;

/// The mails are told by their dates.
const MONDAY: &str = "2026-11-23T12:00:00Z";

const MANAGER: &str = "Summarize the last 5 emails from my manager";
const PRICING: &str = "Find all emails from the last week that mention 'pricing'";
const PLANNING: &str = "Search for the thread with subject 'Q3 planning' and extract action items";

impl Bot {
    /// This person asks in the channel, and reads the answer.
    async fn answers(&self, person: &str, question: &str) -> String {
        let question = self.asks(person, question).await;
        self.answer(&question).await
    }

    async fn asks(&self, person: &str, question: &str) -> MessageRef {
        let who = self.slack.person(person);
        who.mentions_in("general", question).await
    }
}

#[tokio::test]
async fn the_first_question_waits_for_the_mailbox_and_then_answers_by_itself() {
    let bot = Bot::start_conversing(MONDAY).await;
    let ada = bot.slack.person("ada");
    let question = bot.asks("ada", MANAGER).await;
    let note = bot
        .slack
        .next(|one| one.visible_text().contains("direct message"))
        .await;
    assert_eq!(note.root(), question.root());
    let link = ada.next_dm().await.link();
    bot.browser_of("ada").await.connects(&link).await;
    assert_snapshot!(ada.next_dm().await.visible_text(), @r"
    *gmail* is connected: ada@example.com. Not yours?
    [Disconnect]
    ");
    let answer = bot
        .slack
        .next(|one| one.visible_text().starts_with("Your manager"))
        .await;
    assert_eq!(answer.root(), question.root());
    assert_eq!(answer.ts, note.ts, "the answer replaces the note");
    assert_snapshot!(answer.visible_text(), @r"
    Your manager is **Grace Okafor**. Their last 5 mails:

    1. **Offsite agenda: your topic?** (Grace Okafor, 23 Nov 2026): I am closing the agenda for the offsite tonight. Please send me one topic you want to lead, with a sentence on what the group should decide.
    2. **Pricing page: will you own the review?** (Grace Okafor, 22 Nov 2026): The new pricing page goes live in two weeks, and somebody has to own the review. Tell me by Tuesday 24 November whether you can take it.
    3. **Feedback on your onboarding draft** (Grace Okafor, 21 Nov 2026): I read the draft twice. Please share it with Ben before it goes out.
    4. **Re: Q3 planning** (Grace Okafor, 20 Nov 2026): Thank you all. Grace: confirm the hiring plan with Linus by Friday 27 November.
    5. **One-to-one moved to Thursday** (Grace Okafor, 18 Nov 2026): I have to be at the board meeting on Wednesday, so our one-to-one moves to Thursday, 15:00, same room. Bring the two things you would stop doing if you could.
    ");
    bot.slack.thread(&question);
    bot.finish().await;
}

#[tokio::test]
async fn mails_that_mention_a_word_are_told_in_a_table() {
    let bot = Bot::start_conversing(MONDAY).await;
    bot.connects("ada", "gmail").await;
    assert_snapshot!(bot.answers("ada", PRICING).await, @r"
    I found **5 mails** mentioning “pricing”:

    | Date | From | What it says |
    | --- | --- | --- |
    | 22 Nov 2026 | Grace Okafor | **Pricing page: will you own the review?**: The new pricing page goes live in two weeks, and somebody has to own the review. Tell me by Tuesday 24 November whether you can take it. |
    | 21 Nov 2026 | Noor Haddad | **Results of the experiment**: The pricing experiment has ended. The yearly plan won: 18 of 100 visitors chose it when it came first, 11 when it came second. |
    | 20 Nov 2026 | Imani Dube | **Question about tiers**: We are a school with 40 teachers and cannot tell from your site which pricing tier fits us. Is there one for schools? |
    | 19 Nov 2026 | Product Digest | **Digest: small teams, big questions**: In this issue: why pricing is a conversation, how to end a beta, and three interviews with people who answer support mail themselves. |
    | 17 Nov 2026 | Accounts Payable | **Approval needed**: The quote for the survey tool came in at the old pricing, 480 a year, and needs your approval before Thursday 26 November. Reply with yes or no. |
    ");
    bot.finish().await;
}

#[tokio::test]
async fn action_items_of_a_thread_are_a_list_of_tasks() {
    let bot = Bot::start_conversing(MONDAY).await;
    bot.connects("ada", "gmail").await;
    assert_snapshot!(bot.answers("ada", PLANNING).await, @r"
    Action items from the thread **Q3 planning** (5 mails):

    - [ ] **Ben**: summary of the ten customer interviews by Wednesday 25 November (17 Nov 2026)
    - [ ] **Ben**: list of customers who wait for the migration, to Noor, by Tuesday 24 November (17 Nov 2026)
    - [ ] **Noor**: capacity numbers for July to September by Monday 30 November (17 Nov 2026)
    - [ ] **Ada**: write the plan for the migration of calendars by Thursday 26 November (18 Nov 2026)
    - [ ] **Ada**: try the import with Ben's largest customer by Tuesday 1 December (18 Nov 2026)
    - [ ] **Grace**: book the review with the whole team for Thursday 3 December (20 Nov 2026)
    - [ ] **Grace**: confirm the hiring plan with Linus by Friday 27 November (20 Nov 2026)
    ");
    bot.finish().await;
}

#[tokio::test]
async fn the_same_questions_have_other_answers_for_somebody_else() {
    let bot = Bot::start_conversing(MONDAY).await;
    bot.connects("ben", "gmail").await;
    assert_snapshot!(bot.answers("ben", MANAGER).await, @r"
    Your manager is **Linus Berg**. Their last 5 mails:

    1. **Numbers for the northern region** (Linus Berg, 23 Nov 2026): I need the numbers for the northern region before the call on Tuesday 24 November. Only signed contracts, please.
    2. **Visit to the harbour customer** (Linus Berg, 22 Nov 2026): They want to see the offline mode. Take the night train, and take the good microphone.
    3. **Discounts** (Linus Berg, 20 Nov 2026): No discount above 15 percent without me, also not in a friendly conversation. If they press you on pricing, call me.
    4. **Your review** (Linus Berg, 16 Nov 2026): A strong half-year. We talk about the two lost tenders on Thursday 26 November; bring your own view first.
    5. **Welcome back** (Linus Berg, 10 Nov 2026): Good to have you back. The harbour customer is yours from now on.
    ");
    assert_snapshot!(bot.answers("ben", PRICING).await, @r"
    I found **2 mails** mentioning “pricing”:

    | Date | From | What it says |
    | --- | --- | --- |
    | 21 Nov 2026 | Harbour Office | **Pricing for 200 seats**: Your pricing for 200 seats is above what our board allows. Is there room if we sign for three years? |
    | 20 Nov 2026 | Linus Berg | **Discounts**: No discount above 15 percent without me, also not in a friendly conversation. If they press you on pricing, call me. |
    ");
    assert_snapshot!(bot.answers("ben", PLANNING).await, @r"
    Action items from the thread **Q3 planning** (1 mail):

    - [ ] **Ben**: summary of the ten customer interviews by Wednesday 25 November (17 Nov 2026)
    - [ ] **Ben**: list of customers who wait for the migration, to Noor, by Tuesday 24 November (17 Nov 2026)
    ");
    bot.finish().await;
}
