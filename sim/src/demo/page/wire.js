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

// Shows each new sight, for ever. The world answers when something has changed.
export async function watch(show) {
  let after = "";
  let pause = 60;
  for (;;) {
    try {
      state.sight = await get(`sight${after}`);
      after = `/${state.sight.change}`;
      pause = 60;
      show();
    } catch {
      pause = 2000;
    }
    await new Promise((again) => setTimeout(again, pause));
  }
}

// Another tab may have been somebody else meanwhile.
window.addEventListener("focus", () => fetch(`/be/${person}`));
