// What goes to the world and comes from it.
import { byId } from "./dom.js";

const person = document.body.dataset.person;

// The page's own state, and what the world shows.
export const state = { place: "general", thread: null, sight: null };

export const get = async (path) => (await fetch(`/api/${person}/${path}`)).json();

export function tell(words) {
  const trouble = byId("trouble");
  trouble.textContent = words;
  trouble.hidden = !words;
}

// What the world answers, or null when it did not take what was done.
export async function act(path, body) {
  try {
    const answer = await fetch(`/api/${person}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body ?? {}),
    });
    const said = await answer.json().catch(() => ({}));
    tell(answer.ok ? "" : said.error ?? "That did not work.");
    return answer.ok ? said : null;
  } catch {
    tell("The playground does not answer. Is it still running?");
    return null;
  }
}

// Until then, or until the page comes to the front.
const pause = (milliseconds) =>
  new Promise((over) => {
    setTimeout(over, milliseconds);
    document.addEventListener("visibilitychange", over, { once: true });
  });

// Shows each new sight, for ever. The world answers when something has changed; a page behind
// others only looks now and then, since a browser has few connections for all of them.
export async function watch(show) {
  for (;;) {
    let rest = document.hidden ? 2000 : 60;
    try {
      const change = state.sight?.change;
      state.sight = await get(change && !document.hidden ? `sight/${change}` : "sight");
      if (state.sight.change !== change) show();
    } catch {
      rest = 2000;
    }
    await pause(rest);
  }
}

// Another tab may have been somebody else meanwhile.
window.addEventListener("focus", () => fetch(`/be/${person}`).catch(() => {}));
