//! The disk is full, or cannot: at the first call, at the second, at each one of a small history; once, and for good until it is mended.
//!
//! The short form looks at some of the calls, `make torture` at many more.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use faults::{Call, Dice, Disk, Errno, Fault};
use store::DataFolder;

use crate::power::view_equals_a_rebuilt_one;
use crate::site::{Receiving, kept, lay_out, runtime};

/// A delivery after the mending is acknowledged within this time.
const PATIENCE: Duration = Duration::from_secs(5);
/// No history here makes more calls.
const NEVER: usize = usize::MAX;

#[test]
fn a_failing_call_makes_no_answer_false_and_passes() {
    Sweep::default().over(2).holds();
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long_failing_calls() {
    Sweep::default().over(60).holds();
}

/// When the faults come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum During {
    /// While deliveries come in, and the same receiver goes on afterwards.
    Receiving,
    /// From the first delivery to the end of the program, which starts again afterwards.
    Ending,
    /// While the program starts.
    Starting,
}

#[derive(Debug, Default)]
struct Sweep {
    runs: usize,
    failures: usize,
    refused: usize,
    acknowledged: usize,
    lost: usize,
    twice: usize,
    /// Refused, and there all the same: allowed only after a failure behind which nobody can know the outcome. Sent again, it is an attempt.
    kept_after_all: usize,
    unsound: Vec<String>,
}

impl Sweep {
    /// Lets up to `most` calls of each kind of history fail, one a run.
    fn over(mut self, most: usize) -> Self {
        for during in [During::Receiving, During::Ending, During::Starting] {
            for errno in [Errno::NoRoom, Errno::Io] {
                let calls = self.run(during, Fault { at: NEVER, for_good: false, errno });
                assert!(calls > 0, "{during:?} makes calls that can fail");
                let every = (calls / most).max(1);
                for at in (1..=calls).step_by(every) {
                    for for_good in [false, true] {
                        self.run(during, Fault { at, for_good, errno });
                    }
                }
            }
        }
        let Self { runs, failures, refused, acknowledged, lost, twice, kept_after_all, unsound } = &self;
        println!(
            "{runs} runs, {failures} failed calls: {acknowledged} acknowledged, {refused} refused, lost {lost}, twice {twice}, \
             refused and kept {kept_after_all}, unsound {}",
            unsound.len()
        );
        self
    }

    /// One small history with one fault; how many calls could have failed.
    fn run(&mut self, during: During, fault: Fault) -> usize {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let disk = Disk::under(temp.path()).unwrap();
        let runtime = runtime();
        let mut receiving = Some(Receiving::start(&folder).unwrap());
        let mut refused = HashSet::new();
        let append = |receiving: &Receiving, numbers: std::ops::Range<u64>| {
            let mut refused = Vec::new();
            for number in numbers {
                refused.extend(receiving.append(&runtime, &disk, [(number, 3_000)]));
            }
            refused.into_iter().map(|(number, _)| number)
        };
        assert_eq!(append(receiving.as_ref().unwrap(), 0..3).count(), 0);
        if during == During::Starting {
            receiving.take().unwrap().stop();
            disk.fail(fault);
            match Receiving::start(&folder) {
                Ok(started) => {
                    refused.extend(append(&started, 3..5));
                    receiving = Some(started);
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        } else {
            disk.fail(fault);
            refused.extend(append(receiving.as_ref().unwrap(), 3..6));
            if during == During::Ending {
                receiving.take().unwrap().stop();
            }
        }
        let (calls, failed) = disk.heal();
        let receiving = receiving.unwrap_or_else(|| Receiving::start(&folder).unwrap());
        let since = Instant::now();
        while append(&receiving, 100..101).count() > 0 {
            assert!(since.elapsed() < PATIENCE, "{during:?} {fault:?}: it does not recover by itself");
            std::thread::sleep(Duration::from_millis(20));
        }
        receiving.stop();

        self.runs += 1;
        self.failures += failed.len();
        self.refused += refused.len();
        let said: HashSet<u64> = disk.said_before(disk.now()).into_iter().collect();
        self.acknowledged += said.len();
        let what = format!("{during:?} {fault:?} {:?}", &failed[..failed.len().min(3)]);
        // SQLite syncs a commit before it counts it in shared memory: where either fails, it may be on the disk.
        let unknown = failed.iter().any(|call| matches!(call, Call::Sync | Call::SharedMemory));
        self.look(&folder, &said, &refused, &what, unknown);
        // And then the power is cut: what a failed sync gave up must not have been built upon.
        for seed in 0..3 {
            let temp = tempfile::tempdir().unwrap();
            let left = disk.cut(disk.now(), &mut Dice::new(seed));
            let folder = lay_out(&left, temp.path());
            Receiving::start(&folder).unwrap().stop();
            self.look(&folder, &said, &refused, &format!("{what}, and the power cut"), unknown);
        }
        calls
    }

    fn look(
        &mut self,
        folder: &DataFolder,
        said: &HashSet<u64>,
        refused: &HashSet<u64>,
        what: &str,
        whose_outcome_is_unknown: bool,
    ) {
        let kept = kept(folder);
        self.lost += said.iter().filter(|number| !kept.contains_key(number)).count();
        self.twice += kept.values().filter(|count| **count > 1).count();
        let after_all: Vec<_> = refused.iter().filter(|number| kept.contains_key(number)).collect();
        self.kept_after_all += after_all.len();
        if !after_all.is_empty() && !whose_outcome_is_unknown {
            self.unsound.push(format!("{what}: {after_all:?} were refused and are there"));
        }
        let missing: Vec<_> = said.iter().filter(|number| !kept.contains_key(number)).collect();
        if !missing.is_empty() {
            self.unsound.push(format!("{what}: {missing:?} are missing"));
        }
        let verdict = store::log::verify(folder, |_, _| ()).unwrap();
        self.unsound
            .extend(verdict.differences.into_iter().chain(verdict.losses).map(|words| format!("{what}: {words}")));
        if !view_equals_a_rebuilt_one(folder) {
            self.unsound.push(format!("{what}: the view differs from a rebuilt one"));
        }
    }

    fn holds(&self) {
        assert!(self.failures > 0 && self.refused > 0, "something failed: {self:?}");
        assert_eq!(self.unsound, Vec::<String>::new());
        assert_eq!((self.lost, self.twice), (0, 0), "lost and kept twice: {self:?}");
    }
}
