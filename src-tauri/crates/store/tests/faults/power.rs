//! The power is cut: at any moment, with an arbitrary part of what was not synced lost, in pieces of 512 bytes.
//!
//! The short form is part of `make test`, the long one is `make torture`.

use std::collections::HashSet;

use faults::{Dice, Disk, Files};
use store::{DataFolder, State};

use crate::site::{Receiving, kept, lay_out, runtime};

/// Moments at which the power is cut in one life of the program.
const CUTS: usize = 6;

#[test]
fn acknowledged_deliveries_survive_power_cuts() {
    Tally::of(Rounds { lives: 4, weak: false }).holds();
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long_power_cuts() {
    Tally::of(Rounds { lives: 100, weak: false }).holds();
}

#[test]
fn the_same_cuts_lose_acknowledged_deliveries_where_the_log_is_not_synced_at_every_commit() {
    // The control: a test that could not see a loss would prove nothing.
    let tally = Tally::of(Rounds { lives: 4, weak: true });
    assert!(tally.lost > 0, "of {} acknowledged none was lost without syncing", tally.acknowledged);
}

#[test]
fn a_power_cut_while_a_folder_is_made_leaves_one_that_can_be_used() {
    every_moment_of_a_first_start(40).holds();
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long_power_cuts_while_a_folder_is_made() {
    every_moment_of_a_first_start(400).holds();
}

/// Cuts the power `cuts` times at moments spread evenly over the making of a folder and its first two deliveries.
fn every_moment_of_a_first_start(cuts: usize) -> Tally {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let disk = Disk::under(temp.path()).unwrap();
    let receiving = Receiving::start(&folder).unwrap();
    receiving.append(&runtime(), &disk, [(1, 200), (2, 200)]);
    receiving.stop();
    let mut tally = Tally::default();
    for cut in 0..cuts {
        let moment = 1 + cut * (disk.now() - 1) / cuts;
        let files = disk.cut(moment, &mut Dice::new(u64::try_from(cut).unwrap()));
        tally.look(&files, &disk.said_before(moment).into_iter().collect());
    }
    tally.print();
    tally
}

#[derive(Clone, Copy)]
struct Rounds {
    lives: u64,
    /// The log at `synchronous=NORMAL`.
    weak: bool,
}

/// What became of it all.
#[derive(Debug, Default)]
struct Tally {
    cuts: usize,
    acknowledged: usize,
    lost: usize,
    twice: usize,
    unsound: Vec<String>,
    unequal: usize,
}

impl Tally {
    fn of(rounds: Rounds) -> Self {
        let mut tally = Self::default();
        let mut before = Files::new();
        let mut promised = HashSet::new();
        for life in 0..rounds.lives {
            if life % 10 == 0 || rounds.weak {
                // From nothing, so that the first moments of a folder are cut, too.
                before.clear();
                promised.clear();
            }
            let mut dice = Dice::new(life);
            (before, promised) = tally.live(life, rounds.weak, &before, &promised, &mut dice);
        }
        tally.print();
        tally
    }

    /// One life of the program upon `before`, cut several times. Returns what the last cut left, and what was promised of it.
    fn live(
        &mut self,
        life: u64,
        weak: bool,
        before: &Files,
        promised: &HashSet<u64>,
        dice: &mut Dice,
    ) -> (Files, HashSet<u64>) {
        let temp = tempfile::tempdir().unwrap();
        let folder = lay_out(before, temp.path());
        let disk = if weak { Disk::weak(temp.path()) } else { Disk::under(temp.path()) }.unwrap();
        let receiving = Receiving::start(&folder).unwrap();
        // Now and then enough for SQLite to move the write-ahead log into the file by itself.
        let weight = if dice.once_in(8) { 60_000 } else { [200, 2_000][dice.below(2)] };
        let runtime = runtime();
        for batch in 0..8 {
            let numbers = (0..10).map(|number| (life * 1_000 + batch * 10 + number, weight));
            let refused = receiving.append(&runtime, &disk, numbers);
            assert!(refused.is_empty(), "nothing is wrong yet: {refused:?}");
        }
        receiving.stop();
        let end = disk.now();
        let mut left = (Files::new(), HashSet::new());
        for _ in 0..CUTS {
            let moment = 1 + dice.below(end);
            let files = disk.cut(moment, dice);
            let mut said = promised.clone();
            said.extend(disk.said_before(moment));
            self.look(&files, &said);
            left = (files, said);
        }
        left
    }

    /// Starts again upon `files`, of which everything in `said` was acknowledged.
    fn look(&mut self, files: &Files, said: &HashSet<u64>) {
        self.cuts += 1;
        self.acknowledged += said.len();
        let temp = tempfile::tempdir().unwrap();
        let folder = lay_out(files, temp.path());
        match Receiving::start(&folder) {
            Ok(receiving) => receiving.stop(),
            Err(error) => {
                self.unsound.push(error.to_string());
                return;
            }
        }
        let kept = kept(&folder);
        self.lost += said.iter().filter(|number| !kept.contains_key(number)).count();
        self.twice += kept.values().filter(|count| **count > 1).count();
        let damages = State::open(&folder).and_then(|state| state.damages());
        match damages {
            Ok(damages) => self.unsound.extend(damages.into_iter().map(|damage| damage.reason)),
            Err(error) => self.unsound.push(error.to_string()),
        }
        let verdict = store::log::verify(&folder, |_, _| ()).unwrap();
        self.unsound.extend(verdict.differences);
        self.unequal += usize::from(!view_equals_a_rebuilt_one(&folder));
    }

    fn print(&self) {
        let Self { cuts, acknowledged, lost, twice, unsound, unequal } = self;
        println!(
            "{cuts} power cuts, {acknowledged} acknowledged deliveries looked for: lost {lost}, twice {twice}, unsound {}, views that differ {unequal}",
            unsound.len()
        );
    }

    fn holds(&self) {
        assert!(self.acknowledged > 0, "there was something to lose: {self:?}");
        assert_eq!((self.lost, self.twice, self.unequal), (0, 0, 0), "lost, kept twice, views that differ: {self:?}");
        assert_eq!(self.unsound, Vec::<String>::new(), "{self:?}");
    }
}

/// Whether the view that survived, brought up to date, is the one that the log gives from its beginning.
pub(crate) fn view_equals_a_rebuilt_one(folder: &DataFolder) -> bool {
    let survived = store::view::content_digest(folder).unwrap();
    store::view::rebuild(folder, |_, _| ()).unwrap();
    survived == store::view::content_digest(folder).unwrap()
}
