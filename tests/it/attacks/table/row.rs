//! One attack.

use std::pin::Pin;

use super::scene::{Came, Scene};

/// Who tries it.
#[derive(Debug, Clone, Copy)]
pub enum By {
    /// Nobody: two things that happen at once.
    Chance,
    /// A member of the workspace who uses Valet like everybody else.
    Colleague,
    Guest,
    /// Whoever runs Valet, and looks further than the work needs.
    Operator,
    /// A program that fetches the links it sees.
    Robot,
    /// The router, or whoever has taken it over.
    Router,
    /// The author of what is read.
    Sender,
    /// A page in the person's own browser.
    Site,
    /// Somebody of another organisation or workspace.
    Outsider,
    /// Whoever reaches the public listener, with or without a link.
    Stranger,
}

impl By {
    fn words(self) -> &'static str {
        match self {
            Self::Chance => "chance",
            Self::Colleague => "a colleague",
            Self::Guest => "a guest",
            Self::Operator => "a curious operator",
            Self::Outsider => "somebody from elsewhere",
            Self::Robot => "a robot",
            Self::Router => "a compromised router",
            Self::Sender => "the author of a mail",
            Self::Site => "another web site",
            Self::Stranger => "a stranger",
        }
    }
}

type Trying<'a> = Pin<Box<dyn Future<Output = Came> + 'a>>;

/// What is done, in a scene.
trait Act {
    fn done<'a>(&'a self, scene: &'a Scene) -> Trying<'a>;
}

impl<F: AsyncFn(&Scene) -> Came> Act for F {
    fn done<'a>(&'a self, scene: &'a Scene) -> Trying<'a> {
        Box::pin(self(scene))
    }
}

/// One row of the page.
pub struct Row {
    /// Its name, which stands nowhere else.
    pub attack: &'static str,
    by: By,
    tried: &'static str,
    /// The file of the line that stops it.
    defence: &'static str,
    act: Box<dyn Act>,
}

pub fn row(
    (attack, by): (&'static str, By),
    tried: &'static str,
    defence: &'static str,
    act: impl AsyncFn(&Scene) -> Came + 'static,
) -> Row {
    Row {
        attack,
        by,
        tried,
        defence,
        act: Box::new(act),
    }
}

impl Row {
    pub async fn tried(&self, scene: &Scene) -> String {
        let came = self.act.done(scene).await;
        format!(
            "| {} | {} | {} | {} | {} | {} | `{}` |\n",
            self.attack,
            self.by.words(),
            self.tried,
            came.answered,
            came.stayed,
            came.log,
            self.defence,
        )
    }
}
