//! What the tests stand on: the binary in a folder of its own, a client that controls every byte, a desktop without a screen.
//!
//! Nothing here asserts what the program promises; that is for the topics.

mod authority;
mod clock;
mod delivery;
mod desk;
mod panel;
mod patience;
mod process;
mod program;
pub(crate) mod window;
mod wire;

pub(crate) use authority::{Authority, Pair};
pub(crate) use clock::faked;
pub(crate) use delivery::{Post, form_encoded, fresh_id, upload};
pub(crate) use desk::{Bus, Desk, PopUp};
pub(crate) use panel::Screen;
pub(crate) use patience::{PATIENCE, eventually};
pub(crate) use process::{Process, below, kill};
pub(crate) use program::{Folder, NAME, Ran, Serve, TLS_EVERYWHERE, binary, json_lines, ran, scrap};
pub(crate) use window::{CONTROL, ENTER, ESCAPE, TAB, Window, screen};
pub(crate) use wire::{Answer, Wire};

/// The passcode of the vendor's test vector: every character class that a shell or a header could spoil.
pub(crate) const PASSCODE: &str = "B3`MlG4sJR.X^-%w=oG_UrNBEpszl?";
/// The password of Basic webhooks, with a colon and a letter outside ASCII.
pub(crate) const PASSWORD: &str = "pass:wörd";
/// The client id of OAuth2 webhooks, with what a form escapes.
pub(crate) const CLIENT_ID: &str = "centre point:15";
/// Their client secret.
pub(crate) const CLIENT_SECRET: &str = "s+e%c:r=t&wörd";
/// The user name of Basic webhooks.
pub(crate) const USERNAME: &str = "centrepoint";
