//! Pictures of pages, to be looked at and to be kept.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::tab::{Tab, text};

impl Tab {
    /// A picture of what can be seen, in `target/browser`.
    pub fn picture(&self, name: &str) -> &Self {
        self.picture_in("target/browser", name, None)
    }

    /// A picture for the documents, drawn anew only when that is asked for.
    pub fn keeps_picture(&self, name: &str) -> &Self {
        self.keeps(name, None)
    }

    /// The same of so many lines from the top.
    pub fn keeps_picture_of_top(&self, name: &str, height: u32) -> &Self {
        self.keeps(name, Some(height))
    }

    fn keeps(&self, name: &str, height: Option<u32>) -> &Self {
        if std::env::args().any(|argument| argument == "--pictures") {
            self.picture_in("docs/images", name, height);
        }
        self.picture(name)
    }

    fn picture_in(&self, folder: &str, name: &str, height: Option<u32>) -> &Self {
        let mut params = json!({"format": "png"});
        if let Some(height) = height {
            let (width, _) = self.look.size();
            params["clip"] = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        }
        let taken = self.call("Page.captureScreenshot", &params);
        let bytes = STANDARD.decode(text(&taken["data"])).expect("base64");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        fs::create_dir_all(&folder).expect("a folder for pictures");
        fs::write(folder.join(format!("{name}.png")), bytes).expect("a picture");
        self
    }
}
