//! How a person finds things on a page: by the words on them, where they can be seen.

/// Stands before everything that is looked for. A dialog hides what is behind it.
pub const FINDING: &str = r#"
const inSight = (one) => one.getClientRects().length > 0 && one.checkVisibility({ visibilityProperty: true });
const within = () => document.querySelector("dialog[open]") ?? document;
const wordsOf = (one) => (one.getAttribute("aria-label") || one.innerText || one.value || "").trim();
const all = (what) => [...within().querySelectorAll(what)].filter(inSight);
const control = (words) => {
  const found = all("button, a[href], summary, [role=option]").filter((one) => !one.disabled);
  const fits = [(said) => said === words, (said) => said.startsWith(`${words}\n`), (said) => said.startsWith(words)];
  for (const fit of fits) {
    const last = found.findLast((one) => fit(wordsOf(one)));
    if (last) return last;
  }
  return null;
};
const field = (words) => {
  const label = all("label").find((one) => one.innerText.trim().startsWith(words));
  return label && document.getElementById(label.htmlFor);
};
const text = () => (within() === document ? document.body : within())?.innerText ?? "";
const place = (one) => {
  one.scrollIntoView({ block: "center", inline: "center" });
  const box = one.getBoundingClientRect();
  const at = { x: box.left + Math.min(box.width / 2, 200), y: box.top + box.height / 2 };
  const top = document.elementFromPoint(at.x, at.y);
  return top && (one.contains(top) || top.contains(one)) ? at : null;
};
"#;

/// A program that comes back with what the expression gives once it is something, and with
/// the page's text if that takes too long.
pub fn until(expression: &str, milliseconds: u32) -> String {
    format!(
        "(() => {{ {FINDING}
        return new Promise((found, missed) => {{
          const ends = Date.now() + {milliseconds};
          const look = () => {{
            const what = {expression};
            if (what) found(what);
            else if (Date.now() > ends) missed(new Error(\"in vain; the page says: \" + text()));
            else setTimeout(look, 25);
          }};
          look();
        }}); }})()"
    )
}

/// As a text of the page's language.
pub fn quoted(words: &str) -> String {
    serde_json::Value::from(words).to_string()
}
