//! Whether the desktop shows the tray icon, look after look, and what is to be done about it. Pure.

/// Looks without a tray before it counts as gone: a panel that is only started again is back by then.
const GONE: u32 = 2;
/// The same right after a hidden start: the session's panel may still be on its way.
const NOT_YET: u32 = 10;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// Put the icon up.
    PutUp,
    /// The window is out of sight and nothing leads to it: bring it back.
    BringBack,
}

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Lookout {
    without: u32,
    patience: u32,
    is_up: bool,
}

impl Lookout {
    /// Nothing was seen yet.
    pub(super) fn new(is_hidden: bool) -> Self {
        Self { without: 0, patience: if is_hidden { NOT_YET } else { GONE }, is_up: false }
    }

    /// One look: whether there `is_tray`, and whether the window `is_away`.
    pub(super) fn look(&mut self, is_tray: bool, is_away: bool) -> Step {
        if is_tray {
            self.without = 0;
            self.patience = GONE;
            return if std::mem::replace(&mut self.is_up, true) { Step::Nothing } else { Step::PutUp };
        }
        self.without = self.without.saturating_add(1);
        if is_away && self.without >= self.patience { Step::BringBack } else { Step::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tray_that_comes_late_is_used_and_one_that_goes_gives_the_window_back() {
        let mut lookout = Lookout::new(true);
        for _ in 1..NOT_YET {
            assert_eq!(lookout.look(false, true), Step::Nothing, "the panel may still come");
        }
        assert_eq!(lookout.look(true, true), Step::PutUp);
        assert_eq!(lookout.look(false, true), Step::Nothing, "a panel that is started again");
        assert_eq!(lookout.look(true, true), Step::Nothing, "the icon puts itself up again");
        assert_eq!(lookout.look(false, true), Step::Nothing);
        assert_eq!(lookout.look(false, true), Step::BringBack);
        assert_eq!(lookout.look(false, false), Step::Nothing, "it is back");
        assert_eq!(lookout.look(false, true), Step::BringBack, "and stays within reach");
    }

    #[test]
    fn started_hidden_where_there_is_no_tray_it_comes_by_itself() {
        let mut lookout = Lookout::new(true);
        let looks = (1..100).find(|_| lookout.look(false, true) == Step::BringBack);
        assert_eq!(looks, Some(NOT_YET));
    }

    proptest! {
        #[test]
        fn a_window_is_never_lost(looks in proptest::collection::vec(any::<(bool, bool)>(), 0..60), is_hidden: bool) {
            let mut lookout = Lookout::new(is_hidden);
            for (is_tray, is_away) in looks {
                lookout.look(is_tray, is_away);
            }
            let back = (0..NOT_YET).any(|_| lookout.look(false, true) == Step::BringBack);
            prop_assert!(back, "out of sight and without a tray, it comes back");
        }
    }
}
