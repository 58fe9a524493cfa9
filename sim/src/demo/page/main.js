// Where one is, and what is new elsewhere.
import { byId } from "./dom.js";
import { state, watch } from "./wire.js";
import * as composer from "./composer.js";
import * as log from "./log.js";
import * as modal from "./modal.js";
import * as outside from "./outside.js";
import * as witness from "./witness.js";

const { name } = document.body.dataset;
const places = [...document.querySelectorAll("[data-place]")];
const titles = {
  general: "# general",
  dm: "Messages with Valet",
  home: "Valet: App Home",
  mailbox: `${name}’s mailbox`,
  tracker: "The tracker",
};
// The newest message seen in each place; what was there at the start counts as seen.
const seen = {};

const isTalk = (place) => place === "general" || place === "dm";

function news(place) {
  if (place === "home") return 0;
  if (!isTalk(place)) {
    const fresh = outside.fresh(place).length;
    if (place === state.place) seen[place] = fresh;
    return fresh - (seen[place] ?? 0);
  }
  const there = state.sight.messages.filter((message) => message.place === place);
  const newest = there.reduce((most, message) => Math.max(most, Number(message.ts)), 0);
  if (place === state.place || !(place in seen)) seen[place] = newest;
  return there.filter((message) => Number(message.ts) > seen[place]).length;
}

function show() {
  if (!state.sight) return;
  outside.look();
  if (isTalk(state.place)) log.show();
  else outside.show();
  modal.show();
  witness.show();
  for (const button of places) {
    const count = news(button.dataset.place);
    button.querySelector(".new").textContent = count ? `${count} new` : "";
  }
}

function go(to) {
  state.place = to in titles ? to : "general";
  history.replaceState(null, "", `#${state.place}`);
  const talk = isTalk(state.place);
  byId("title").textContent = titles[state.place];
  byId("log").hidden = !talk;
  byId("composer").hidden = !talk;
  byId("pane").hidden = talk;
  for (const button of places) {
    if (button.dataset.place === state.place) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  byId("log").replaceChildren();
  byId("pane").replaceChildren();
  log.toEnd();
  composer.moved();
  if (state.place === "home") outside.opensHome();
  show();
}

for (const button of places) button.addEventListener("click", () => go(button.dataset.place));

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const at = places.findIndex((button) => button.dataset.place === state.place);
  const next = places[(at + (event.key === "ArrowDown" ? 1 : -1) + places.length) % places.length];
  go(next.dataset.place);
});

go(location.hash.slice(1));
watch(show);
