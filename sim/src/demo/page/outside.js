// What stands outside of Slack: the mailbox and the tracker. Effects are marked.
import { byId, clock, day, fill, make, order } from "./dom.js";
import { act, state } from "./wire.js";
import { pressed } from "./log.js";

const pane = byId("pane");
const rows = new Map();
// What was there when the page opened.
let before = null;

const time = (at) => (Date.now() - at < 86400000 ? clock(at) : day(at));

export function fresh(kind) {
  const all = kind === "mailbox" ? state.sight.mails : state.sight.issues;
  return all.filter((one) => !before.has(`${kind} ${one.id}`));
}

export function look() {
  before ??= new Set([
    ...state.sight.mails.map((one) => `mailbox ${one.id}`),
    ...state.sight.issues.map((one) => `tracker ${one.id}`),
  ]);
}

function mail(one) {
  const row = make("details", "row");
  const line = make("summary");
  const sent = one.folder !== "Inbox";
  line.append(
    make("span", "who", sent ? `To ${one.to}` : one.from.replace(/ <.*/, "")),
    make("span", "what", one.subject || "(no subject)"),
    make("span", "tag", one.folder),
    make("time", "", time(one.at)),
  );
  row.append(line, make("pre", "", one.body));
  return row;
}

function issue(one) {
  const row = make("details", "row");
  const line = make("summary");
  line.append(
    make("span", "who", one.id),
    make("span", "what", one.title),
    make("span", "tag", one.state),
    make("span", "whose", one.assignee || "nobody"),
  );
  row.append(line, make("pre", "", one.comments.join("\n\n") || "No comments."));
  return row;
}

function rowOf(kind, one) {
  const key = `${kind} ${one.id} ${JSON.stringify(one)}`;
  if (!rows.has(key)) {
    const row = kind === "mailbox" ? mail(one) : issue(one);
    const isNew = !before.has(`${kind} ${one.id}`);
    row.classList.toggle("fresh", isNew);
    row.open = isNew;
    if (isNew) row.querySelector(".what").after(make("span", "badge", "new"));
    rows.set(key, row);
  }
  return rows.get(key);
}

const words = {
  mailbox: "What stands in the mailbox at the provider. What Valet sends in this name shows up here, and in the mailbox of whoever gets it.",
  tracker: "The tracker that everybody in Acme shares. What Valet files shows up here.",
};

let intro = null;
export function show() {
  const { place } = state;
  if (place === "home") {
    home();
    return;
  }
  const all = place === "mailbox" ? state.sight.mails : state.sight.issues;
  if (intro?.dataset.place !== place) {
    intro = make("p", "intro", words[place]);
    intro.dataset.place = place;
  }
  const nothing = make("p", "intro", "There is nothing in it.");
  order(pane, [intro, ...(all.length ? all.map((one) => rowOf(place, one)) : [nothing])]);
}

const view = make("div", "body home");
function home() {
  const html = state.sight.home;
  fill(view, html ?? "<p class=\"intro\">Valet is putting this page together…</p>");
  order(pane, [view]);
}

export const opensHome = () => act("home");

pane.addEventListener("click", pressed);
