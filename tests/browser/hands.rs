//! What a person does with mouse and keyboard.

use serde_json::{Value, json};

use crate::finding::quoted;
use crate::tab::{TRIES, Tab};

impl Tab {
    /// Presses the last button or link with these words, or that begins with them.
    pub fn presses(&self, words: &str) -> &Self {
        let words = quoted(words);
        for _ in 0..TRIES {
            let place = self.find(&format!(
                "(() => {{ const one = control({words}); if (!one) return null;
                   one.addEventListener('click', () => {{ window.pressedIt = true; }}, {{ once: true, capture: true }});
                   window.pressedIt = false; return place(one); }})()"
            ));
            self.clicks(&place);
            // A page may have moved under the finger; one that is gone was left by the press.
            if self
                .evaluate("window.pressedIt !== false")
                .is_none_or(|it| it == true)
            {
                return self;
            }
        }
        panic!("{words} cannot be pressed");
    }

    fn clicks(&self, place: &Value) {
        for kind in ["mousePressed", "mouseReleased"] {
            self.call(
                "Input.dispatchMouseEvent",
                &json!({"type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1}),
            );
        }
    }

    /// Puts the cursor into the field with this label.
    pub fn enters(&self, label: &str) -> &Self {
        let label = quoted(label);
        let place = self.find(&format!(
            "(() => {{ const one = field({label}); return one && place(one); }})()"
        ));
        self.clicks(&place);
        self.find(&format!("document.activeElement === field({label})"));
        self
    }

    /// Types into the field with this label, in place of what stands there.
    pub fn writes(&self, label: &str, words: &str) -> &Self {
        let label = quoted(label);
        self.find(&format!(
            "(() => {{ const one = field({label}); if (!one) return false; one.focus(); one.select(); return true; }})()"
        ));
        self.types(words)
    }

    /// Types where the cursor is.
    pub fn types(&self, words: &str) -> &Self {
        if words.is_empty() {
            return self.key("Delete", 0);
        }
        self.call("Input.insertText", &json!({"text": words}));
        self
    }

    /// Presses a key; 1 is Alt, 8 is Shift.
    pub fn key(&self, key: &str, with: u32) -> &Self {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "Delete" => 46,
            other => panic!("no key {other}"),
        };
        let mut event =
            json!({"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": with});
        if key == "Enter" {
            event["text"] = json!("\r");
        }
        for kind in ["keyDown", "keyUp"] {
            event["type"] = json!(kind);
            self.call("Input.dispatchKeyEvent", &event);
        }
        self
    }
}
