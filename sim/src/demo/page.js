"use strict";

const person = document.body.dataset.person;
const log = document.getElementById("log");
const text = document.getElementById("text");
const trouble = document.getElementById("trouble");
const thread = document.getElementById("thread");
const places = [...document.querySelectorAll("[data-place]")];
const titles = { general: "# general", dm: "Messages with Valet" };
const hints = [
  "Summarize the last 5 emails from my manager",
  "Find all emails from the last week that mention 'pricing'",
  "Search for the thread with subject 'Q3 planning' and extract action items",
  "/connect gmail",
  "/connections",
];

let place = location.hash === "#dm" ? "dm" : "general";
let threadTs = null;
let messages = [];
let lastAnswer = "";
let polling = false;
// The end of the log stays in sight until somebody scrolls away from it.
let atEnd = true;
// The newest message seen in each place; what was there at the start counts as seen.
const seen = {};
// The elements that show messages, by place and ts.
const shown = new Map();

const ask = (path, body) =>
  fetch(`/api/${person}/${path}`, body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

function tell(words) {
  trouble.textContent = words;
  trouble.hidden = !words;
}

async function act(path, body) {
  try {
    const answer = await ask(path, body);
    const { error } = answer.ok ? {} : await answer.json().catch(() => ({ error: "That did not work." }));
    tell(error ?? "");
    return answer.ok;
  } catch {
    tell("The demo does not answer. Is it still running?");
    return false;
  } finally {
    poll();
  }
}

async function poll() {
  if (polling) return;
  polling = true;
  try {
    const answer = await (await ask("messages")).text();
    if (answer !== lastAnswer) {
      lastAnswer = answer;
      ({ messages } = JSON.parse(answer));
      show();
    }
  } catch {
    // The next one may come through.
  } finally {
    polling = false;
  }
}

function make(tag, className, words) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function build(message) {
  const article = make("article", message.ephemeral ? "ephemeral" : "");
  const by = make("div", "by");
  by.append(make("strong", "", message.author));
  if (message.valet) by.append(make("span", "app", "APP"));
  const date = new Date(Number(message.ts) * 1000);
  const time = make("time", "", date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = date.toISOString();
  by.append(time);
  if (message.ephemeral) by.append(make("span", "note", "Only you can see this"));
  if (!message.thread && !message.ephemeral) {
    const reply = make("button", "reply", "Reply");
    reply.type = "button";
    reply.setAttribute("aria-label", `Reply in thread to ${message.author}`);
    reply.addEventListener("click", () => enter(message.ts));
    by.append(reply);
  }
  const body = make("div", "body");
  body.dataset.ts = message.ts;
  article.append(by, body);
  const box = make("div", "message");
  box.append(article, make("div", "replies"));
  return { box, body, replies: box.lastChild, html: null };
}

function place_in(parent, elements) {
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  while (parent.children.length > elements.length) parent.lastChild.remove();
}

// Only what changed is touched, so that focus and selection stay.
function show() {
  const here = messages.filter((message) => message.place === place);
  const elementOf = (message) => {
    const key = `${place} ${message.ts} ${message.ephemeral}`;
    if (!shown.has(key)) shown.set(key, build(message));
    const element = shown.get(key);
    if (element.html !== message.html) element.body.innerHTML = element.html = message.html;
    return element;
  };
  const known = new Set(here.map((message) => message.ts));
  const roots = here.filter((message) => !message.thread || !known.has(message.thread));
  for (const root of roots) {
    const replies = here.filter((message) => message.thread === root.ts);
    const { replies: parent } = elementOf(root);
    place_in(parent, replies.map((message) => elementOf(message).box));
    parent.hidden = replies.length === 0;
  }
  place_in(log, roots.map((message) => elementOf(message).box));
  toEnd();
  count();
}

function toEnd() {
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function count() {
  if (!lastAnswer) return;
  for (const button of places) {
    const there = messages.filter((message) => message.place === button.dataset.place);
    const newest = there.reduce((most, message) => Math.max(most, Number(message.ts)), 0);
    const key = button.dataset.place;
    if (key === place || !(key in seen)) seen[key] = newest;
    const fresh = there.filter((message) => Number(message.ts) > seen[key]).length;
    button.querySelector(".new").textContent = fresh ? `${fresh} new` : "";
  }
}

function enter(ts) {
  threadTs = ts;
  const root = messages.find((message) => message.ts === ts && message.place === place);
  thread.hidden = !root;
  if (root) {
    const words = make("div");
    words.innerHTML = root.html;
    words.querySelectorAll(".actions").forEach((buttons) => buttons.remove());
    thread.querySelector("span").textContent = `In the thread of ${root.author}: “${words.textContent.slice(0, 60)}”`;
    text.focus();
  }
}

function go(to) {
  place = to;
  history.replaceState(null, "", `#${to}`);
  enter(null);
  tell("");
  document.getElementById("title").textContent = titles[to];
  for (const button of places) {
    if (button.dataset.place === to) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  text.placeholder = to === "general" ? "Begin with @valet to ask Valet" : "Write to Valet";
  log.replaceChildren();
  atEnd = true;
  show();
}

async function send() {
  const said = text.value;
  if (!said.trim()) return;
  text.value = "";
  if (!threadTs) atEnd = true;
  const sent = await act("say", { place, thread_ts: threadTs, text: said });
  if (!sent && !text.value) text.value = said;
}

document.getElementById("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

thread.querySelector("button").addEventListener("click", () => {
  enter(null);
  text.focus();
});

log.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-press]");
  if (!button) return;
  const { block, action, value, url, confirm: question } = button.dataset;
  if (question && !confirm(question)) {
    event.preventDefault();
    return;
  }
  const { ts } = button.closest("[data-ts]").dataset;
  const press = { ts, block_id: block, action_id: action, value, url: url || null };
  // A link opens by itself, and is reported beside.
  if (url) {
    act("press", press);
    return;
  }
  button.disabled = true;
  await act("press", press);
  button.disabled = false;
});

log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});

new ResizeObserver(toEnd).observe(log);

for (const button of places) {
  button.addEventListener("click", () => go(button.dataset.place));
}

for (const hint of hints) {
  const item = make("li");
  const button = make("button", "", hint);
  button.type = "button";
  button.addEventListener("click", () => {
    const mention = place === "general" && !hint.startsWith("/") ? "@valet " : "";
    text.value = mention + hint;
    text.focus();
  });
  item.append(button);
  document.getElementById("hints").append(item);
}

// Another tab may have been somebody else meanwhile.
window.addEventListener("focus", () => {
  fetch(`/be/${person}`);
  poll();
});

go(place);
(async function forever() {
  await poll();
  setTimeout(forever, document.hidden ? 3000 : 700);
})();
