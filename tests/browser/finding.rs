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

/// What somebody could not read or name on the page as it is now: words that stand out too little
/// from what is behind them (less than 4.5 to 1), and buttons, links and fields without a name.
pub const UNREADABLE: &str = r#"(() => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (one) => {
    const [less, more] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const says = (one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  const faint = all("*").filter((one) => says(one) && !one.closest(":disabled, .heard, .skip") && contrast(one) < 4.5);
  const nameless = all("a[href], button, input, select, textarea")
    .filter((one) => !wordsOf(one) && !one.labels?.length);
  return { faint: faint.map((one) => one.innerText.slice(0, 40)), nameless: nameless.map((one) => one.outerHTML) };
})()"#;

/// As a text of the page's language.
pub fn quoted(words: &str) -> String {
    serde_json::Value::from(words).to_string()
}
