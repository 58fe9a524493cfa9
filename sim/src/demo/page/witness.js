// Beside the conversation: what each party outside got to see.
import { button, byId, make } from "./dom.js";
import { get } from "./wire.js";

const panel = byId("witness");
const toggle = byId("witness-toggle");
let party = 0;
let seen = null;
const opened = new Set();

function proof({ what, count, found }) {
  const words = found
    ? `${found} of ${count} ${what} found in it`
    : `No ${what} in it (searched for ${count})`;
  return make("li", found ? "bad" : "good", words);
}

function request(one) {
  const key = `${party} ${one.number}`;
  const details = make("details", "request");
  details.open = opened.has(key);
  details.append(make("summary", "", `${one.number}. ${one.head}`), make("pre", "", one.body));
  details.addEventListener("toggle", () => (details.open ? opened.add(key) : opened.delete(key)));
  return details;
}

function draw() {
  const head = make("div", "bar");
  head.append(make("h2", "", "Who sees what"), button("Close", "plain", () => open(false)));
  const tabs = make("div", "tabs");
  seen.parties.forEach(({ name, count }, at) => {
    const tab = button(`${name} (${count})`, "plain", () => {
      party = at;
      draw();
    });
    tab.setAttribute("aria-pressed", at === party);
    tabs.append(tab);
  });
  const { name, searched, requests } = seen.parties[party];
  const proofs = make("ul", "proof");
  proofs.append(...searched.map(proof));
  const intro = make("p", "intro", requests.length
    ? `All that the ${name} was sent: searched as a whole, and the newest requests below.`
    : `The ${name} was sent nothing yet.`);
  const list = make("div", "requests");
  list.append(...requests.map(request));
  panel.replaceChildren(head, tabs, intro, proofs, list);
}

export async function show() {
  if (panel.hidden) return;
  // Whoever looks again sees it then.
  const now = await get("witness").catch(() => null);
  const text = JSON.stringify(now);
  if (!now || seen?.text === text) return;
  seen = Object.assign(now, { text });
  draw();
}

export function open(wanted) {
  panel.hidden = !wanted;
  toggle.setAttribute("aria-expanded", wanted);
  if (wanted) show();
  else toggle.focus();
}

toggle.addEventListener("click", () => open(panel.hidden));
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") open(false);
});
