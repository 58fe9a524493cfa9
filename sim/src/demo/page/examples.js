// What a newcomer may ask; the built-in model knows all of it.

export const examples = [
  {
    ask: "Summarize the last 5 emails from my manager",
    why: "Valet asks you to connect your mailbox first; then the answer comes by itself.",
  },
  {
    ask: "Search for the thread with subject 'Q3 planning' and extract action items",
    why: "It searches, reads the thread, and lists who has to do what.",
  },
  {
    ask: "Send a mail to ben@example.com saying 'Lunch at one?'",
    why: "Nothing is sent without your word: you get a card to approve, change or deny.",
  },
];

export const more = [
  "Find all emails from the last week that mention 'pricing'",
  "Create an issue 'Order new chairs'",
  "/connect gmail",
  "/connections",
];
