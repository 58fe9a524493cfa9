//! One tab, and what a person does in it.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::finding::{quoted, until};
use crate::wire::Wire;

/// How long a person waits for something to appear, in milliseconds.
const PATIENCE: u32 = 20_000;

/// Pages that go away are looked at anew so many times.
pub const TRIES: usize = 30;

/// What kind of window it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Dark,
    Desk,
    Phone,
    /// For a picture of a whole conversation.
    Tall,
}

impl Look {
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Dark | Self::Desk => (1180, 820),
            Self::Phone => (390, 780),
            Self::Tall => (1100, 1180),
        }
    }

    fn colours(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Desk | Self::Phone | Self::Tall => "light",
        }
    }
}

pub struct Tab {
    wire: Rc<RefCell<Wire>>,
    session: String,
    target: String,
    /// What it shares cookies with.
    context: String,
    /// It goes away, and all tabs that were opened from it, with this one.
    owns_context: bool,
    pub look: Look,
}

impl Tab {
    pub fn open(wire: Rc<RefCell<Wire>>, url: &str, look: Look) -> Self {
        let made = call(&wire, None, "Target.createBrowserContext", &json!({}));
        let context = text(&made["browserContextId"]);
        let made = call(
            &wire,
            None,
            "Target.createTarget",
            &json!({"url": "about:blank", "browserContextId": context}),
        );
        let mut tab = Self::of(wire, text(&made["targetId"]), context, look);
        tab.owns_context = true;
        tab.goes(url);
        tab
    }

    fn of(wire: Rc<RefCell<Wire>>, target: String, context: String, look: Look) -> Self {
        let attached = call(
            &wire,
            None,
            "Target.attachToTarget",
            &json!({"targetId": target, "flatten": true}),
        );
        let tab = Self {
            wire,
            session: text(&attached["sessionId"]),
            target,
            context,
            owns_context: false,
            look,
        };
        let (width, height) = look.size();
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1,
                "mobile": look == Look::Phone}),
        );
        tab.call(
            "Emulation.setEmulatedMedia",
            &json!({"features": [{"name": "prefers-color-scheme", "value": look.colours()}]}),
        );
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab
    }

    /// Types this address.
    pub fn goes(&self, url: &str) {
        self.call("Page.navigate", &json!({"url": url}));
        self.find("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// Waits until these words can be read, upper or lower case.
    pub fn sees(&self, words: &str) -> &Self {
        let words = quoted(&words.to_lowercase());
        self.find(&format!("text().toLowerCase().includes({words})"));
        self
    }

    /// Waits until these words are gone.
    pub fn sees_no_more(&self, words: &str) -> &Self {
        let words = quoted(&words.to_lowercase());
        self.find(&format!("!text().toLowerCase().includes({words})"));
        self
    }

    /// The tab that opens beside this one.
    pub fn next_tab(&self) -> Self {
        let opened = self.wire.borrow_mut().event(|event| {
            let tab = &event["params"]["targetInfo"];
            tab["type"] == "page"
                && tab["browserContextId"] == *self.context
                && tab["targetId"] != *self.target
        });
        let opened = opened.expect("a tab that opens");
        let target = text(&opened["params"]["targetInfo"]["targetId"]);
        let wire = Rc::clone(&self.wire);
        Self::of(wire, target, self.context.clone(), self.look)
    }

    /// Comes to the front, as when somebody returns to it.
    pub fn comes_back(&self) -> &Self {
        self.call("Page.bringToFront", &json!({}));
        self
    }

    /// What this expression gives, once it is something.
    pub fn find(&self, expression: &str) -> Value {
        let program = until(expression, PATIENCE);
        for _ in 0..TRIES {
            match self.evaluate_fully(&program) {
                Evaluated::Gone => {}
                Evaluated::Is(value) => return value,
                Evaluated::Threw(why) => panic!("{expression}: {why}"),
            }
        }
        panic!("{expression}: the page goes away again and again");
    }

    /// What this expression gives now; `None` when the page went away meanwhile.
    pub fn evaluate(&self, expression: &str) -> Option<Value> {
        match self.evaluate_fully(expression) {
            Evaluated::Gone => None,
            Evaluated::Is(value) => Some(value),
            Evaluated::Threw(why) => panic!("{expression}: {why}"),
        }
    }

    fn evaluate_fully(&self, expression: &str) -> Evaluated {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut wire = self.wire.borrow_mut();
        match wire.call(Some(&self.session), "Runtime.evaluate", &params) {
            // A page that is left takes its programs with it.
            Err(_) => Evaluated::Gone,
            Ok(answer) if answer["exceptionDetails"].is_null() => {
                Evaluated::Is(answer["result"]["value"].clone())
            }
            Ok(answer) => {
                let why = &answer["exceptionDetails"]["exception"]["description"];
                Evaluated::Threw(text(why))
            }
        }
    }

    pub fn call(&self, method: &str, params: &Value) -> Value {
        call(&self.wire, Some(&self.session), method, params)
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if self.owns_context {
            let context = json!({"browserContextId": self.context});
            let mut wire = self.wire.borrow_mut();
            drop(wire.call(None, "Target.disposeBrowserContext", &context));
        }
    }
}

enum Evaluated {
    /// The page went away meanwhile.
    Gone,
    Is(Value),
    Threw(String),
}

fn call(wire: &RefCell<Wire>, session: Option<&str>, method: &str, params: &Value) -> Value {
    let answer = wire.borrow_mut().call(session, method, params);
    answer.unwrap_or_else(|why| panic!("{why}"))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
