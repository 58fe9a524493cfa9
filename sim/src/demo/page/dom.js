// Elements, made and put in order.

export const byId = (id) => document.getElementById(id);

export function make(tag, className, words) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

export function button(words, className, act) {
  const made = make("button", className, words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// Only what changed is touched, so that focus and selection stay.
export function order(parent, elements) {
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  while (parent.children.length > elements.length) parent.lastChild.remove();
}

// What the server renders; it escapes all that comes from anybody.
export function fill(element, html) {
  if (element.rendered === html) return;
  element.rendered = html;
  element.innerHTML = html;
}

export function face(name) {
  const made = make("span", "face", name.slice(0, 1));
  made.dataset.face = name;
  made.setAttribute("aria-hidden", "true");
  return made;
}

export const clock = (milliseconds) =>
  new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export const day = (milliseconds) =>
  new Date(milliseconds).toLocaleDateString([], { day: "numeric", month: "short" });
