//! What the tray says: by a shape in a colour, and in words.

use api::wire::{ReceiverState, ReceiverStatus};
use tauri::image::Image;

const RECEIVING: Image<'_> = tauri::include_image!("../icons/tray-receiving.png");
const ATTENTION: Image<'_> = tauri::include_image!("../icons/tray-attention.png");
const NOT_RECEIVING: Image<'_> = tauri::include_image!("../icons/tray-not-receiving.png");

/// How things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Face {
    state: ReceiverState,
    /// A service receives.
    is_elsewhere: bool,
    /// Open problems.
    pub(super) open: i64,
    /// Nothing pops up for now.
    pub(super) is_muted: bool,
}

impl Face {
    pub(super) fn of(status: &ReceiverStatus, open: i64, is_muted: bool) -> Self {
        Self { state: status.state, is_elsewhere: status.elsewhere.is_some(), open, is_muted }
    }

    pub(super) fn icon(&self) -> Image<'static> {
        match (self.state, self.open) {
            (ReceiverState::Receiving, 0) => RECEIVING,
            (ReceiverState::Receiving, _) => ATTENTION,
            _ => NOT_RECEIVING,
        }
    }

    /// Whether it receives.
    pub(super) fn state(&self) -> String {
        let state = match self.state {
            ReceiverState::Receiving => "Receiving",
            ReceiverState::Starting => "Starting…",
            ReceiverState::Failing => "Failing: not every delivery gets through",
            ReceiverState::NotReceiving => "Not receiving",
        };
        if self.is_elsewhere { format!("{state} (by the service on this computer)") } else { state.to_owned() }
    }

    /// How much wants a person.
    pub(super) fn problems(&self) -> String {
        match self.open {
            0 => "No open problems".to_owned(),
            1 => "1 open problem".to_owned(),
            open => format!("{open} open problems"),
        }
    }

    /// All of it in a line.
    pub(super) fn words(&self) -> String {
        if self.open == 0 { self.state() } else { format!("{}, {}", self.state(), self.problems()) }
    }

    /// The way out, and what it does.
    pub(super) fn quit(&self) -> &'static str {
        if self.is_elsewhere || self.state == ReceiverState::NotReceiving {
            "Quit"
        } else {
            "Quit and stop receiving…"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(state: ReceiverState, open: i64) -> Face {
        Face { state, is_elsewhere: false, open, is_muted: false }
    }

    #[test]
    fn the_tray_says_in_words_what_its_shape_says() {
        assert_eq!(face(ReceiverState::Receiving, 0).words(), "Receiving");
        assert_eq!(face(ReceiverState::Receiving, 1).words(), "Receiving, 1 open problem");
        assert_eq!(face(ReceiverState::NotReceiving, 4).words(), "Not receiving, 4 open problems");
        let viewed = Face { is_elsewhere: true, ..face(ReceiverState::Receiving, 0) };
        assert_eq!(viewed.words(), "Receiving (by the service on this computer)");
        assert_eq!(viewed.quit(), "Quit", "that stops nothing");
    }

    #[test]
    fn each_state_has_a_shape_of_its_own_whoever_sees_no_colours() {
        // How bright each pixel is on a dark panel.
        let bright = |pixel: &[u8]| {
            pixel[..3].iter().map(|value| u32::from(*value)).sum::<u32>() / 3 * u32::from(pixel[3]) / 255
        };
        let shape = |face: Face| face.icon().rgba().chunks(4).map(bright).collect::<Vec<_>>();
        let shapes = [(ReceiverState::Receiving, 0), (ReceiverState::Receiving, 2), (ReceiverState::NotReceiving, 0)]
            .map(|(state, open)| shape(face(state, open)));
        for (one, other) in [(0, 1), (1, 2), (0, 2)] {
            let pairs = shapes[one].iter().zip(&shapes[other]);
            let differing = pairs.filter(|(one, other)| one.abs_diff(**other) > 60).count();
            assert!(differing * 25 > shapes[one].len(), "{one} and {other} differ in {differing} pixels");
        }
        assert_eq!(shape(face(ReceiverState::Failing, 0)), shapes[2]);
    }
}
