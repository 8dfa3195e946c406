//! Finds out from the clocks and from the last sign of life when nothing could be received. What is found waits in the state until it is over for
//! a minute, then it becomes a row of the log.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use store::Log;
use store::state::{Alive, Away, Damage, Outcome, Phase, SignOfLife};
use study::Action;
use study::away::{Reason, Stretch};

use super::TICK;
use super::ledger::Ledger;
use super::meter::{Meter, Reading};
use super::refusals::Refusals;
use crate::Monitor;
use crate::times::instant;
use crate::wire::ApiError;

/// How often a sign of life is written, in microseconds: by so much an absence that began without a word may seem too long.
const SIGN_EVERY: i64 = 10_000_000;
/// From so long on a computer that slept or a program that was stopped was away, in microseconds. Below, the sender's connection outlives it.
pub(super) const ASLEEP: i64 = 30_000_000;
/// A clock that is off by more than this from what it should show was set, in microseconds. Small corrections add up to it, too.
pub(super) const CLOCK_SET: i64 = 120_000_000;

/// The setting with the numbers of the damages whose losses are in the history.
const LOSSES_TOLD: &str = "losses_told";

/// What it keeps.
pub(super) struct Keeper {
    monitor: Monitor,
    log: Log,
    alive: Alive,
    meter: Box<dyn Meter>,
    refusals: Arc<Refusals>,
    ledger: Ledger,
    /// The one before this process, until it is known what became of the time since.
    before: Option<SignOfLife>,
    /// `None`: neither receiving nor waiting yet.
    phase: Option<Phase>,
    last: Reading,
    /// Of the clock on the wall, as it should stay.
    offset: i64,
    /// When the last sign was written.
    noted: i64,
    /// Damages of the log whose losses are in the history.
    told: Vec<i64>,
    /// Clocks that were set and are not in the log yet.
    clocks: Vec<(Timestamp, Timestamp)>,
}

impl Keeper {
    pub(super) fn open(
        monitor: &Monitor,
        log: &Log,
        meter: Box<dyn Meter>,
        refusals: Arc<Refusals>,
    ) -> Result<Self, ApiError> {
        let alive = Alive::open(monitor.folder())?;
        let before = alive.last()?;
        let mut ledger = Ledger::of(monitor.state().away()?);
        let last = meter.read();
        ledger.end_all(before.as_ref().map_or(last.wall.as_microsecond(), |sign| sign.at));
        for row in ledger.rows().iter().filter(|row| row.is_on) {
            if let Some(slug) = &row.webhook {
                refusals.restore(slug, row.from, row.to);
            }
        }
        let told = monitor.state().setting(LOSSES_TOLD)?.and_then(|value| serde_json::from_value(value).ok());
        let offset = last.offset();
        let keeper = Self {
            monitor: monitor.clone(),
            log: log.clone(),
            alive,
            meter,
            refusals,
            ledger,
            before,
            phase: None,
            last,
            offset,
            noted: i64::MIN,
            told: told.unwrap_or_default(),
            clocks: Vec::new(),
        };
        Ok(keeper)
    }

    pub(super) fn read(&self) -> Reading {
        self.meter.read()
    }

    /// Connections are accepted from now on.
    pub(super) fn receiving(&mut self) {
        let now = self.read();
        self.account_for_absence(&now);
        self.ledger.end(Reason::NotListening, None, now.wall.as_microsecond());
        self.enter(Phase::Receiving, now);
    }

    /// The address cannot be listened on.
    pub(super) fn waiting(&mut self) {
        let now = self.read();
        self.account_for_absence(&now);
        if self.is_expected() {
            self.ledger.begin(Reason::NotListening, None, now.wall.as_microsecond());
        }
        self.enter(Phase::Waiting, now);
    }

    /// Nothing is received any more since `end`.
    pub(super) fn close(&mut self, phase: Phase, end: &Reading) {
        if self.phase.is_none() {
            // It never came so far: the absence goes on, and the sign before this process stands.
            return;
        }
        self.ledger.end_all(end.wall.as_microsecond());
        self.save();
        self.note(phase, end);
    }

    fn enter(&mut self, phase: Phase, now: Reading) {
        self.phase = Some(phase);
        self.note(phase, &now);
        self.last = now;
        self.save();
    }

    /// Whether anybody sends here at all: a practice folder, or one without a webhook, is never away.
    fn is_expected(&self) -> bool {
        let expected = || -> Result<bool, ApiError> {
            Ok(!self.monitor.is_practice()? && self.monitor.state().webhooks()?.iter().any(|webhook| !webhook.removed))
        };
        // What cannot be read is not taken for peace.
        expected().unwrap_or(true)
    }

    /// What became of the time between the process before this one and now.
    fn account_for_absence(&mut self, now: &Reading) {
        let Some(sign) = self.before.take() else { return };
        let Since { away, clock } = since(&sign, now);
        if let Some(clock) = clock {
            self.clock_set(clock);
        }
        let Some((stretch, doubtful)) = away else { return };
        let reason = match sign.phase {
            Phase::Closed => Reason::Closed,
            Phase::Receiving | Phase::Waiting => Reason::Ended,
            Phase::Lost => Reason::NotListening,
        };
        if self.is_expected() {
            let from = self.first_expected(stretch);
            let to = stretch.to.as_microsecond();
            self.ledger.add(Away { reason, webhook: None, from, to, is_on: false, times: 1, doubtful });
        }
    }

    /// Before the first webhook was added nobody sent anything.
    fn first_expected(&self, stretch: Stretch) -> i64 {
        let (from, to) = (stretch.from.as_microsecond(), stretch.to.as_microsecond());
        let webhooks = self.monitor.state().webhooks().unwrap_or_default();
        let first = webhooks.iter().map(|webhook| webhook.created_at).min();
        first.filter(|first| (from..to).contains(first)).unwrap_or(from)
    }

    /// Looks at the clocks and at what can be received, `before` being read just before the pause that ended now.
    pub(super) fn tick(&mut self, before: &Reading) {
        let now = self.read();
        if self.phase == Some(Phase::Receiving) {
            self.look_whether_it_slept(before, &now);
        }
        self.look_at_clock(&now);
        if self.phase.is_some() {
            self.look_at_storing(&now);
            self.look_at_secrets(&now);
            self.look_at_refusals(&now);
        }
        self.look_at_damages();
        self.settle(&now);
        if let Some(phase) = self.phase
            && now.since_boot.saturating_sub(self.noted) >= SIGN_EVERY
        {
            self.note(phase, &now);
        }
        self.last = now;
        self.save();
    }

    fn look_whether_it_slept(&mut self, before: &Reading, now: &Reading) {
        let gap = now.since_boot - self.last.since_boot;
        let slept = gap - (now.awake - self.last.awake);
        let paused = now.since_boot - before.since_boot - micros(TICK);
        if (slept > ASLEEP || paused > ASLEEP) && self.is_expected() {
            let to = now.wall.as_microsecond();
            let row = Away {
                reason: Reason::Asleep,
                webhook: None,
                from: to - gap,
                to,
                is_on: false,
                times: 1,
                doubtful: (now.offset() - self.offset).abs() > CLOCK_SET,
            };
            self.ledger.add(row);
        }
    }

    fn look_at_clock(&mut self, now: &Reading) {
        let by = now.offset() - self.offset;
        if by.abs() > CLOCK_SET {
            self.offset = now.offset();
            self.clock_set((now.wall - SignedDuration::from_micros(by), now.wall));
        }
    }

    fn clock_set(&mut self, (from, to): (Timestamp, Timestamp)) {
        tracing::warn!(%from, %to, "the computer's clock was set: times around it are doubtful");
        // Past the bound the first and the last ones are told.
        if self.clocks.len() >= 100 {
            self.clocks.pop();
        }
        self.clocks.push((from, to));
    }

    fn look_at_storing(&mut self, now: &Reading) {
        match (self.log.health(), self.ledger.is_on(Reason::NotStored, None)) {
            // The last that is known to be good is the look before this one.
            (Err(_), false) if self.is_expected() => {
                self.ledger.begin(Reason::NotStored, None, self.last.wall.as_microsecond());
            }
            (Ok(()), true) => self.ledger.end(Reason::NotStored, None, now.wall.as_microsecond()),
            _ => {}
        }
    }

    fn look_at_secrets(&mut self, now: &Reading) {
        let errors: Vec<String> = self.monitor.secret_errors().keys().cloned().collect();
        let at = now.wall.as_microsecond();
        let was: Vec<String> = self
            .ledger
            .rows()
            .iter()
            .filter(|row| row.is_on && row.reason == Reason::NoSecret)
            .filter_map(|row| row.webhook.clone())
            .collect();
        for slug in was.iter().filter(|slug| !errors.contains(slug)) {
            self.ledger.end(Reason::NoSecret, Some(slug), at);
        }
        for slug in errors.iter().filter(|slug| !was.contains(slug)) {
            self.ledger.begin(Reason::NoSecret, Some(slug), self.last.wall.as_microsecond());
        }
    }

    fn look_at_refusals(&mut self, now: &Reading) {
        if self.refusals.is_empty() {
            return;
        }
        let webhooks = match self.monitor.state().webhooks() {
            Ok(webhooks) => webhooks,
            Err(error) => return tracing::debug!(%error, "the webhooks cannot be read"),
        };
        let is_there = |slug: &str| webhooks.iter().any(|webhook| webhook.slug.as_str() == slug && !webhook.removed);
        for (slug, run) in self.refusals.look(now.wall.as_microsecond(), is_there) {
            let slug = Some(slug.as_str());
            self.ledger.begin(Reason::Refused, slug, run.since);
            self.ledger.lasts(Reason::Refused, slug, run.last);
            if run.is_over {
                self.ledger.end(Reason::Refused, slug, run.last);
            }
        }
    }

    /// What a salvage could not bring over was answered 200 and may be lost: told once.
    fn look_at_damages(&mut self) {
        let told = || -> Result<Vec<(i64, Away)>, ApiError> {
            let damages = self.monitor.state().damages()?;
            Ok(damages.iter().filter(|damage| !self.told.contains(&damage.id)).filter_map(loss).collect())
        };
        let losses = match told() {
            Ok(losses) => losses,
            Err(error) => return tracing::debug!(%error, "what was found wrong with the log cannot be read"),
        };
        for (id, row) in losses {
            // Written again after an end in between it is told once all the same: the view knows it.
            if self.write(&action(&row)) {
                self.told.push(id);
                let known = serde_json::Value::from(self.told.clone());
                if let Err(error) = self.monitor.state().set_setting_quietly(LOSSES_TOLD, &known) {
                    tracing::warn!(%error, "it cannot be noted that a loss is told");
                }
            }
        }
    }

    /// Writes into the log what is over for long enough.
    fn settle(&mut self, now: &Reading) {
        if self.log.health().is_err() {
            return;
        }
        while let Some(&(from, to)) = self.clocks.first() {
            if !self.write(&Action::ClockSet { from, to }) {
                return;
            }
            self.clocks.remove(0);
        }
        for row in self.ledger.due(now.wall.as_microsecond()) {
            if !self.write(&action(&row)) {
                return;
            }
            self.ledger.forget(&row);
        }
    }

    fn write(&self, action: &Action) -> bool {
        self.log
            .act(action)
            .inspect_err(|error| tracing::warn!(%error, "a time away cannot be written for now"))
            .is_ok()
    }

    fn save(&mut self) {
        if self.ledger.changed {
            match self.monitor.state().set_away(self.ledger.rows()) {
                Ok(()) => {
                    self.ledger.changed = false;
                    self.monitor.board().state_changed();
                }
                // Tried again at the next look.
                Err(error) => tracing::debug!(%error, "the times away cannot be kept for now"),
            }
        }
    }

    fn note(&mut self, phase: Phase, now: &Reading) {
        let sign = SignOfLife {
            at: now.wall.as_microsecond(),
            boot: now.boot.as_deref().map(str::to_owned),
            since_boot: now.since_boot,
            phase,
        };
        match self.alive.note(&sign) {
            Ok(()) => self.noted = now.since_boot,
            Err(error) => tracing::debug!(%error, "the sign of life cannot be written for now"),
        }
    }
}

fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The row's place in the history.
fn action(row: &Away) -> Action {
    let stretch = Stretch::new(instant(row.from), instant(row.to));
    Action::TimeAway {
        from: stretch.from,
        to: stretch.to,
        reason: row.reason,
        webhook: row.webhook.clone(),
        times: row.times,
        doubtful: row.doubtful,
    }
}

/// What may be lost by a damage, and its number.
fn loss(damage: &Damage) -> Option<(i64, Away)> {
    let Outcome::SetAside { salvaged: Some(salvaged), .. } = &damage.outcome else { return None };
    let missing = salvaged.missing?;
    let (from, to) = (missing.from.unwrap_or(0), missing.to);
    Some((
        damage.id,
        Away { reason: Reason::Damaged, webhook: None, from, to, is_on: false, times: 1, doubtful: false },
    ))
}

/// What became of the time since a sign of life.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// When nothing could be received, and whether that is doubtful. `None`: no time passed.
    pub(super) away: Option<(Stretch, bool)>,
    /// What the clock would show, and what it shows.
    pub(super) clock: Option<(Timestamp, Timestamp)>,
}

/// Within one start of the system the time that passed is measured; over another only the clock on the wall tells, and where that went back,
/// nothing does.
pub(super) fn since(sign: &SignOfLife, now: &Reading) -> Since {
    let then = instant(sign.at);
    let same_boot = sign.boot.is_some() && sign.boot.as_deref() == now.boot.as_deref();
    let passed = Some(now.since_boot - sign.since_boot).filter(|passed| same_boot && *passed >= 0);
    match passed {
        Some(passed) => {
            let should = instant(sign.at.saturating_add(passed));
            let off = now.wall.as_microsecond() - should.as_microsecond();
            let was_set = off.abs() > CLOCK_SET;
            let from = instant(now.wall.as_microsecond() - passed);
            Since {
                away: Some((Stretch::new(from, now.wall), was_set)).filter(|_| passed > 0),
                clock: was_set.then_some((should, now.wall)),
            }
        }
        None if now.wall < then => {
            let was_set = then.as_microsecond() - now.wall.as_microsecond() > CLOCK_SET;
            Since { away: Some((Stretch::new(now.wall, now.wall), true)), clock: was_set.then_some((then, now.wall)) }
        }
        None => Since { away: Some((Stretch::new(then, now.wall), false)), clock: None },
    }
}
