//! The thread that looks whether something is due and sends it. Nothing here can delay intake: it reads what a window reads.

use std::fs::{File, OpenOptions, TryLockError};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use herald::Trouble;
use store::history::Unattended;
use store::state::Phase;
use study::Action;
use study::away::Reason;
use study::escalation::{Key, Kind, Ledger, Standing, Waiting, Way};

use super::rule;
use super::words::{self, About};
use crate::Monitor;
use crate::wire::{ApiError, EscalationRules, ReceiverState};

/// How often it looks.
const TICK: Duration = Duration::from_secs(5);
/// Open problems looked at, the newest.
const MOST: usize = 5_000;
/// A sign of life that is older, in microseconds, is one of a receiver that is not there any more.
const STALE: i64 = 30_000_000;
/// How long the end waits for a message that is on its way.
const LAST_CALL: Duration = Duration::from_secs(1);

/// The running thread.
pub(crate) struct Escalation {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Escalation {
    /// Starts it, for as long as this process receives or tries to. Where another process does it already, this one waits its turn.
    pub(crate) fn start(monitor: &Monitor) -> Result<Self, ApiError> {
        let (stop, stopped) = sync_channel(1);
        let mut keeper = Keeper::new(monitor.clone());
        let thread = thread::Builder::new()
            .name("escalation".to_owned())
            .spawn(move || keeper.run(&stopped))
            .map_err(|error| ApiError::failed(format!("a thread could not be started: {error}")))?;
        Ok(Self { stop, thread })
    }

    /// Ends it. A message that is on its way is not waited for: that it was tried is kept already.
    pub(crate) fn finish(self) {
        drop(self.stop);
        let since = Instant::now();
        while !self.thread.is_finished() && since.elapsed() < LAST_CALL {
            thread::sleep(Duration::from_millis(10));
        }
        if self.thread.is_finished() && self.thread.join().is_err() {
            tracing::error!("the thread that escalates stopped at a fault");
        }
    }
}

pub(super) struct Keeper {
    monitor: Monitor,
    lock: Option<File>,
    started: Instant,
    /// Since when nothing is received, as long as that lasts: an instant by the clock, found once.
    gone: Option<(i64, String)>,
    is_failing: bool,
}

impl Keeper {
    pub(super) fn new(monitor: Monitor) -> Self {
        Self { monitor, lock: None, started: Instant::now(), gone: None, is_failing: false }
    }

    fn run(&mut self, stopped: &Receiver<()>) {
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            match self.turn(stopped) {
                Ok(()) => self.is_failing = false,
                Err(error) => {
                    if !std::mem::replace(&mut self.is_failing, true) {
                        tracing::warn!(%error, "what is to escalate cannot be looked at for now");
                    }
                }
            }
        }
    }

    /// One look; sends what is due.
    pub(super) fn turn(&mut self, stopped: &Receiver<()>) -> Result<(), ApiError> {
        let rules = self.monitor.escalation_rules()?;
        if !rules.on {
            self.gone = None;
            return Ok(());
        }
        if !self.claim()? {
            return Ok(());
        }
        let ways = self.monitor.escalation_ways(&rules)?;
        self.look_whether_receiving()?;
        let lens = self.monitor.problem_lens()?;
        let open = self.monitor.history().unattended(MOST, &lens)?;
        let waiting = self.waiting(&open);
        let mut ledger = self.monitor.escalation_ledger()?;
        let now = self.monitor.now();
        if ledger.gather(&rule(&rules), &waiting, &ways, now) {
            self.monitor.keep_escalation_ledger(&ledger)?;
        }
        for (id, way) in ledger.due(now) {
            if stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected) {
                return Ok(());
            }
            self.attempt(&mut ledger, (id, way), &rules, &open)?;
        }
        Ok(())
    }

    fn attempt(
        &self,
        ledger: &mut Ledger,
        (id, way): (i64, Way),
        rules: &EscalationRules,
        open: &[Unattended],
    ) -> Result<(), ApiError> {
        let Some(keys) = ledger.messages.iter().find(|message| message.id == id).map(|message| message.keys.clone())
        else {
            return Ok(());
        };
        // What was seen to since the message was made is left out of it.
        let of = |key: &Key| open.iter().find(|each| (each.row.id, each.opening) == (key.problem, key.opening));
        let mut problems: Vec<&Unattended> = keys.iter().filter_map(of).collect();
        problems.sort_by_key(|each| each.since);
        let about = About {
            problems,
            not_receiving: self.gone.clone().filter(|_| keys.iter().any(|key| key.problem == 0)),
            with_subjects: rules.with_subjects,
        };
        let message = words::message(&about, &self.monitor.zone());
        ledger.begin(id, way, self.monitor.now());
        self.monitor.keep_escalation_ledger(ledger)?;
        let outcome = self.monitor.send(way, rules, &message);
        let (taken, said, after) = match outcome {
            Ok(said) => (true, said, None),
            Err(Trouble::NotTaken { said, after }) => (false, said, after),
            Err(Trouble::Settings(_, why)) => (false, why, None),
        };
        let after = after.map(|pause| i64::try_from(pause.as_micros()).unwrap_or(i64::MAX));
        let standing = ledger.end(id, way, taken, &said, after, self.monitor.now());
        self.monitor.keep_escalation_ledger(ledger)?;
        match standing {
            Standing::Sent => {
                tracing::info!(way = way.as_str(), problems = keys.len(), "problems nobody saw to went out");
            }
            Standing::GivenUp => {
                tracing::error!(way = way.as_str(), said, "problems nobody saw to could not be sent: given up");
            }
            Standing::Waiting | Standing::Withdrawn => {
                tracing::warn!(way = way.as_str(), said, "problems nobody saw to could not be sent; trying again");
            }
        }
        if matches!(standing, Standing::Sent | Standing::GivenUp) {
            let sent = standing == Standing::Sent;
            let told = about.problems.iter().map(|each| Action::Escalated { problem: each.row.id, way, sent });
            let actions: Vec<Action> = told.collect();
            // It went out all the same: what cannot be written down now is in the ledger.
            if !actions.is_empty()
                && let Err(error) = self.monitor.append(&actions)
            {
                tracing::warn!(%error, "that problems went out could not be written into the history");
            }
        }
        Ok(())
    }

    fn waiting(&self, open: &[Unattended]) -> Vec<Waiting> {
        let of = |each: &Unattended| Waiting {
            key: Key { problem: each.row.id, opening: each.opening },
            kind: each.row.kind.into(),
            since: each.since,
        };
        let gone = self.gone.as_ref().map(|(since, _)| Waiting {
            key: Key { problem: 0, opening: *since },
            kind: Kind::NotReceiving,
            since: *since,
        });
        open.iter().map(of).chain(gone).collect()
    }

    /// Since when nothing is received, counted from this program's start at the earliest: while it did not run it could not have told.
    fn look_whether_receiving(&mut self) -> Result<(), ApiError> {
        let now = self.monitor.now();
        let up = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let Some((since, why)) = self.not_receiving(now)? else {
            self.gone = None;
            return Ok(());
        };
        if self.gone.is_none() {
            self.gone = Some((since.max(now.saturating_sub(up)), why));
        }
        Ok(())
    }

    fn not_receiving(&self, now: i64) -> Result<Option<(i64, String)>, ApiError> {
        let status = self.monitor.receiver_status();
        let why = status.reason.clone().unwrap_or_default();
        if status.state == ReceiverState::Failing {
            let since = status.since.as_deref().and_then(crate::times::micros);
            return Ok(Some((since.unwrap_or(now), why)));
        }
        let counts = |reason: Reason| !matches!(reason, Reason::Refused | Reason::Damaged | Reason::Closed);
        // What one webhook alone misses is its own affair: its silence is a problem.
        let on = self.monitor.state().away()?;
        let on = on.into_iter().find(|row| row.is_on && row.webhook.is_none() && counts(row.reason));
        if let Some(row) = on {
            return Ok(Some((row.from, why)));
        }
        Ok(match self.monitor.state().last_sign_of_life()? {
            Some(sign) if sign.phase != Phase::Receiving || (now - sign.at).abs() > STALE => Some((sign.at, why)),
            _ => None,
        })
    }

    /// Whether this process is the one that sends for the folder.
    fn claim(&mut self) -> Result<bool, ApiError> {
        if self.lock.is_some() {
            return Ok(true);
        }
        let path = self.monitor.data_folder().join("escalation.lock");
        let failed = |error| ApiError::failed(format!("{} cannot be used: {error}", path.display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
