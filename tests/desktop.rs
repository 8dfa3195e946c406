//! At home on the desktop: the tray, closing and quitting, a second start, starting with the computer, and a service that receives in the
//! window's place.

mod autostart;
mod second;
mod tray;
mod viewer;

use crate::harness::{Desk, Folder};

/// The window's title.
const TITLE: &str = "CentrePoint Monitor";

/// What is said when it is closed for the first time.
const EXPLANATION: &str = "CentrePoint Monitor keeps receiving";

/// A folder with one signed webhook, whose commands are on this desk.
fn folder(desk: &Desk) -> Folder {
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    folder
}
