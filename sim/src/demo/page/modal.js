// Forms and questions in front of everything else.
import { button, byId, fill, make } from "./dom.js";
import { act, state } from "./wire.js";

const dialog = byId("modal");
// The modal of the world that is in front, by its id.
let front = null;

function build(title, close) {
  const head = make("h2", "", title);
  head.id = "modal-title";
  const form = make("form");
  form.noValidate = false;
  const body = make("div", "fields-of-form");
  const foot = make("div", "foot");
  foot.append(button(close || "Cancel", "button", () => dialog.close()));
  form.append(head, body, foot);
  dialog.replaceChildren(form);
  return { form, body, foot };
}

function opened(modal) {
  front = modal.id;
  const { form, body, foot } = build(modal.title, modal.close);
  fill(body, modal.html);
  if (modal.submit) foot.append(make("button", "button primary", modal.submit));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(body);
  });
  dialog.onclose = () => {
    if (front) act("close", { id: front });
    front = null;
  };
  dialog.showModal();
  body.querySelector("input, textarea, select")?.focus();
}

async function submit(body) {
  const values = {};
  for (const field of body.querySelectorAll("[data-kind]")) {
    const { block, action, kind } = field.dataset;
    const value = field.value.trim() ? field.value : null;
    const chosen = field.selectedOptions?.[0];
    const option = value && chosen && { text: { type: "plain_text", text: chosen.textContent }, value };
    values[block] = { [action]: kind === "static_select" ? { type: kind, selected_option: option } : { type: kind, value } };
  }
  const { errors } = (await act("submit", { id: front, values })) ?? { errors: {} };
  for (const wrong of body.querySelectorAll(".wrong")) {
    const words = errors?.[wrong.id.slice(2)] ?? "";
    wrong.textContent = words;
    wrong.hidden = !words;
  }
  if (errors) return;
  front = null;
  dialog.close();
}

export function show() {
  const modal = state.sight.modal;
  if (modal && modal.id !== front) opened(modal);
  // Sent or closed elsewhere.
  if (!modal && front) {
    front = null;
    dialog.close();
  }
}

// Whether the person means it.
export function confirmed({ title, words, yes, no }) {
  const { form, body, foot } = build(title || "Are you sure?", no);
  body.append(make("p", "", words));
  foot.append(make("button", "button primary", yes || "Yes"));
  return new Promise((decided) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      decided(true);
      dialog.close();
    });
    dialog.onclose = () => decided(false);
    dialog.showModal();
  });
}
