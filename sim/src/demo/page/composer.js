// Where one writes: words, mentions, commands, examples.
import { button, byId, make } from "./dom.js";
import { act, state, tell } from "./wire.js";
import { examples, more } from "./examples.js";
import { toEnd } from "./log.js";

const text = byId("text");
const thread = byId("thread");
const commands = byId("commands");
const tip = byId("tip");

export function enter(ts) {
  state.thread = ts;
  const root = state.sight?.messages.find((one) => one.ts === ts && one.place === state.place);
  thread.hidden = !root;
  if (root) {
    const words = make("div");
    words.innerHTML = root.html;
    words.querySelectorAll(".actions, .thumbs").forEach((one) => one.remove());
    thread.querySelector("span").textContent = `In the thread of ${root.author}: “${words.textContent.slice(0, 60)}”`;
    text.focus();
  }
  advise();
}

// Asks a question here as a person would write it here.
export function ask(question) {
  const general = state.place === "general" && !question.startsWith("/");
  return say(general ? `@valet ${question}` : question);
}

async function say(said) {
  if (!state.thread) toEnd();
  return act("say", { place: state.place, thread_ts: state.thread, text: said });
}

async function send() {
  const said = text.value;
  if (!said.trim()) return;
  text.value = "";
  changed();
  const sent = await say(said);
  if (!sent && !text.value) text.value = said;
}

// In a channel only people hear what does not begin with @valet.
function advise() {
  const general = state.place === "general";
  text.placeholder = general ? "@valet and a question, or / for commands" : "A question, or / for commands";
  const written = text.value.trim();
  const unheard = general && written && !written.startsWith("/") && !state.thread
    && !"@valet ".startsWith(written.toLowerCase()) && !/^@valet\b/i.test(written);
  tip.textContent = unheard
    ? "Only people hear this: in a channel, begin with @valet."
    : "Enter sends, Shift+Enter begins a new line, Alt+↑ and Alt+↓ go to other places.";
  tip.classList.toggle("unheard", Boolean(unheard));
}

function changed() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
  const typed = /^\/\S*$/.test(text.value) ? text.value : null;
  let first = null;
  for (const item of commands.children) {
    item.hidden = typed === null || !item.dataset.command.startsWith(typed);
    item.removeAttribute("aria-selected");
    if (!item.hidden) first ??= item;
  }
  first?.setAttribute("aria-selected", "true");
  commands.hidden = !first || first.dataset.command === typed;
  advise();
}

function choose(item) {
  text.value = `${item.dataset.command} `;
  changed();
  text.focus();
}

function step(by) {
  const items = [...commands.children].filter((item) => !item.hidden);
  const at = items.findIndex((item) => item.hasAttribute("aria-selected"));
  items[at]?.removeAttribute("aria-selected");
  items[(at + by + items.length) % items.length].setAttribute("aria-selected", "true");
}

text.addEventListener("input", changed);
text.addEventListener("keydown", (event) => {
  const { key } = event;
  if (!commands.hidden && ["ArrowDown", "ArrowUp", "Enter", "Tab"].includes(key)) {
    event.preventDefault();
    if (key.startsWith("Arrow")) step(key === "ArrowDown" ? 1 : -1);
    else choose(commands.querySelector("[aria-selected]"));
    return;
  }
  if (key === "Escape") {
    commands.hidden = true;
    if (state.thread) enter(null);
  }
  if (key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
commands.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) choose(item);
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
thread.querySelector("button").addEventListener("click", () => {
  enter(null);
  text.focus();
});

for (const question of [...examples.map((one) => one.ask), ...more]) {
  const item = make("li");
  item.append(button(question, "", () => ask(question)));
  byId("examples").append(item);
}

// Another place: what was begun here stays written.
export function moved() {
  enter(null);
  tell("");
  changed();
}
