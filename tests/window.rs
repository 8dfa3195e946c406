//! The window as a coordinator has it, driven through WebDriver in a real WebKit.

mod accessibility;
mod export;
mod live;
mod morning;
mod pictures;
mod practice;
mod revival;
mod safety;
mod setup;
mod webhooks;

use std::rc::Rc;

use crate::harness::{Desk, Folder, Post, Window};

/// A desk, a folder with one signed webhook, and the app open on it.
struct Stage {
    // Fields are dropped in this order: the app first, then what it stands on.
    window: Window,
    folder: Folder,
}

impl Stage {
    fn new() -> Self {
        let desk = Rc::new(Desk::new());
        let folder = Folder::with_environment(desk.environment());
        folder.add_signed("signed");
        let window = Window::drive(&folder, &desk);
        Self { window, folder }
    }

    #[track_caller]
    fn keeps(&self, post: &Post) {
        let answer = self.window.post(post);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// The selector of a marked element.
fn id(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}
