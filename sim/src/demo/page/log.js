// The conversation: messages, threads, what Slack shows of the work in them.
import { button, byId, clock, face, fill, make, order } from "./dom.js";
import { act, state } from "./wire.js";
import { ask, enter } from "./composer.js";
import { examples } from "./examples.js";
import { confirmed } from "./modal.js";

const log = byId("log");
// The end of the log stays in sight until somebody scrolls away from it.
let atEnd = true;
// The elements that show messages, by place and ts.
const shown = new Map();
const working = new Map();

const states = {
  processing: "Valet is working…",
  suspended: "Valet waits for a word or an account.",
};

function build(message) {
  const article = make("article", message.ephemeral ? "ephemeral" : "");
  const by = make("div", "by");
  by.append(make("strong", "", message.author));
  if (message.valet) by.append(make("span", "app", "APP"));
  const time = make("time", "", clock(Number(message.ts) * 1000));
  time.dateTime = new Date(Number(message.ts) * 1000).toISOString();
  by.append(time);
  if (message.ephemeral) by.append(make("span", "note", "Only you can see this"));
  if (!message.thread && !message.ephemeral) {
    const reply = button("Reply", "plain reply", () => enter(message.ts));
    reply.setAttribute("aria-label", `Reply in thread to ${message.author}`);
    by.append(reply);
  }
  const body = make("div", "body");
  body.dataset.ts = message.ts;
  const words = make("div", "words");
  words.append(by, body);
  article.append(face(message.author), words);
  const box = make("div", "message");
  box.append(article, make("div", "replies"));
  return { box, article, body, replies: box.lastChild };
}

function elementOf(message) {
  const key = `${state.place} ${message.ts} ${message.ephemeral}`;
  if (!shown.has(key)) shown.set(key, build(message));
  const element = shown.get(key);
  fill(element.body, message.html);
  element.article.classList.toggle("growing", message.growing);
  return element;
}

// What Slack itself says below a thread, and its Stop.
function session(ts) {
  const { status } = state.sight.sessions.find((one) => one.ts === ts) ?? {};
  if (!states[status]) return [];
  const key = `${state.place} ${ts} ${status}`;
  if (!working.has(key)) {
    const line = make("p", `session ${status}`);
    line.append(make("span", "mark"), make("span", "", states[status]));
    if (status === "processing") line.append(button("Stop", "plain", () => act("stop", { ts })));
    working.set(key, line);
  }
  return [working.get(key)];
}

let welcome = null;
function empty() {
  if (welcome?.dataset.place === state.place) return welcome;
  welcome = make("div", "welcome");
  welcome.dataset.place = state.place;
  const general = state.place === "general";
  welcome.append(
    make("h3", "", general ? "Ask Valet something" : "You and Valet, alone"),
    make("p", "", general
      ? "This is a channel: begin with @valet, as in “@valet help”. Or press one of these, and see what happens."
      : "Nobody else reads this. Write a question, or press one of these."),
  );
  for (const { ask: question, why } of examples) {
    const card = button("", "example", () => ask(question));
    card.append(make("b", "", question), make("span", "", why));
    welcome.append(card);
  }
  return welcome;
}

export function show() {
  const here = state.sight.messages.filter((message) => message.place === state.place);
  const known = new Set(here.map((message) => message.ts));
  const roots = here.filter((message) => !message.thread || !known.has(message.thread));
  for (const root of roots) {
    const replies = here.filter((message) => message.thread === root.ts);
    const { replies: parent } = elementOf(root);
    const boxes = [...replies.map((message) => elementOf(message).box), ...session(root.ts)];
    order(parent, boxes);
    parent.hidden = boxes.length === 0;
  }
  order(log, roots.length ? roots.map((message) => elementOf(message).box) : [empty()]);
  // The welcome shows them larger.
  byId("examples").hidden = roots.length === 0;
  if (atEnd) log.scrollTop = roots.length ? log.scrollHeight : 0;
}

export function toEnd() {
  atEnd = true;
}

// A button anywhere: of a message, or of App Home.
export async function pressed(event) {
  const found = event.target.closest("[data-press]");
  if (!found) return;
  const { action, value, url, asks, title, yes, no } = found.dataset;
  const ts = found.closest("[data-ts]")?.dataset.ts ?? null;
  const press = { ts, action_id: action, value };
  // A link opens by itself, and is reported beside.
  if (url) {
    act("press", press);
    return;
  }
  if (asks && !(await confirmed({ title, words: asks, yes, no }))) return;
  found.disabled = true;
  await act("press", press);
  found.disabled = false;
}

log.addEventListener("click", pressed);
log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});
new ResizeObserver(() => {
  if (atEnd) log.scrollTop = log.scrollHeight;
}).observe(log);
