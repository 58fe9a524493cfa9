// Forms and questions in front of everything else, each in a dialog of its own.
import { button, fill, make } from "./dom.js";
import { act, state } from "./wire.js";

// The form of the world that is in front.
let front = null;
// Forms that are done with; the world may not have heard of it yet.
const done = new Set();

// A dialog that calls `closed` once, when it is gone for whatever reason.
function open({ title, close, submit, closed }) {
  const dialog = make("dialog");
  const head = make("h2", "", title);
  head.id = "modal-title";
  dialog.setAttribute("aria-labelledby", head.id);
  const form = make("form");
  const body = make("div");
  const foot = make("div", "foot");
  foot.append(button(close || "Cancel", "button", () => dialog.close()));
  if (submit) foot.append(make("button", "button primary", submit));
  form.append(head, body, foot);
  dialog.append(form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, form, body };
}

function opened(modal) {
  const { id } = modal;
  const { dialog, form, body } = open({
    ...modal,
    closed: () => {
      if (!front.sent) act("close", { id });
      done.add(id);
      front = null;
    },
  });
  front = { id, dialog, sent: false };
  fill(body, modal.html);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(body);
  });
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
  const sent = front;
  const answer = await act("submit", { id: sent.id, values });
  const errors = answer ? answer.errors : {};
  for (const wrong of body.querySelectorAll(".wrong")) {
    const words = errors?.[wrong.id.slice(2)] ?? "";
    wrong.textContent = words;
    wrong.hidden = !words;
  }
  if (errors) return;
  sent.sent = true;
  sent.dialog.close();
}

export function show() {
  const modal = state.sight.modal;
  if (modal && !front && !done.has(modal.id)) opened(modal);
  // Sent or closed elsewhere.
  if (!modal && front) {
    front.sent = true;
    front.dialog.close();
  }
}

// Whether the person means it.
export function confirmed({ title, words, yes, no }) {
  return new Promise((decided) => {
    const { dialog, form, body } = open({
      title: title || "Are you sure?",
      close: no,
      submit: yes || "Yes",
      closed: () => decided(false),
    });
    body.append(make("p", "", words));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      decided(true);
      dialog.close();
    });
  });
}
