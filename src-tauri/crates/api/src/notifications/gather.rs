//! From what happens to notifications: what opened, what got stuck, what keeps deliveries away, the daily summary. Each is written down with
//! what becomes of it and with the place up to which the log was read, in one transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, ZonedDateTime};
use serde_json::Value;
use store::rows::ProblemRow;
use store::state::{Notification, Stage};
use study::ProblemState;

use super::content::{Content, Item};
use super::pop_up::content_of;
use super::rules::{HeldBy, RECEIVER, Rules, Verdict};
use super::{age, at_stage, summary, words};
use crate::Monitor;
use crate::openings::{POSITION, SILENCES_TOLD};
use crate::receiving::{Uptime, is_trouble};
use crate::wire::{ApiError, ReceiverState};

/// The setting with the stuck uploads that were told.
const STUCK: &str = "notifier_stuck";
/// Stuck uploads looked at, the newest.
const STUCK_LOOKED_AT: usize = 1_000;
/// Ids of stuck uploads remembered.
const STUCK_REMEMBERED: usize = 10_000;

/// What is held or switched off gathers in one notification for so long.
const TOGETHER: Duration = Duration::from_secs(30);
/// How often it is looked for what no event tells: stuck uploads, silences, the summary.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long nothing is received before it is told: a port that is free again in a moment is no trouble.
const GRACE: Duration = Duration::from_secs(30);
/// Notifications that wait; past it the newest one gathers.
const MOST_WAITING: usize = 100;
/// What the desktop did not show for so long is not shown any more.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Where one who gathers stands. Moments are durations of a monotonic clock since any fixed one.
#[derive(Debug)]
pub struct Gatherer {
    /// Openings up to here are in a notification. `None` until it was read.
    read_up_to: Option<i64>,
    /// The notifications that gather what is held and what is switched off, and since when.
    held: Option<(i64, Duration)>,
    off: Option<(i64, Duration)>,
    /// Being shown: nothing is added to these.
    pub(super) ringing: Vec<i64>,
    looked: Option<Duration>,
    /// Since when nothing is received, and whether that was told.
    trouble: Option<(Duration, bool)>,
    /// Something new is due, and nobody was told of it yet.
    is_new: bool,
    /// What held pop-ups up when it was last looked at.
    holding: Option<HeldBy>,
    /// Measures time beside the clock on the wall.
    uptime: fn() -> Uptime,
}

impl Default for Gatherer {
    fn default() -> Self {
        Self::measuring(Uptime::now)
    }
}

impl Gatherer {
    pub(super) fn measuring(uptime: fn() -> Uptime) -> Self {
        Self {
            read_up_to: None,
            held: None,
            off: None,
            ringing: Vec::new(),
            looked: None,
            trouble: None,
            is_new: false,
            holding: None,
            uptime,
        }
    }
}

/// What happened, sorted by what becomes of it.
#[derive(Default)]
struct Sorted {
    now: Content,
    later: Content,
    never: Content,
    held_by: Option<&'static str>,
}

impl Sorted {
    fn take(&mut self, verdict: Verdict) -> &mut Content {
        match verdict {
            Verdict::Raise => &mut self.now,
            Verdict::Off => &mut self.never,
            Verdict::Hold(by, _) => {
                self.held_by = Some(by.as_str());
                &mut self.later
            }
        }
    }
}

impl Monitor {
    /// Writes down what happened since the last time. Returns whether something new is to pop up.
    ///
    /// # Errors
    /// What SQLite said. What was not written down is found again the next time.
    pub fn notifications_gather(&self, gatherer: &mut Gatherer, at: Duration) -> Result<bool, ApiError> {
        let (settings, rules) = self.notification_rules()?;
        let now = self.local_now();
        let is_first = gatherer.looked.is_none();
        gatherer.is_new |= is_first && self.has_due()?;
        let holding = rules.holding(&now).map(|(by, _)| by);
        if std::mem::replace(&mut gatherer.holding, holding) != holding {
            self.board().notifications_changed();
        }
        self.gather_openings(gatherer, &rules, &now, at)?;
        self.gather_receiver(gatherer, &rules, &now, at)?;
        self.release(gatherer, &rules, &now)?;
        if gatherer.looked.is_none_or(|looked| at.saturating_sub(looked) >= LOOK_EVERY) {
            gatherer.looked = Some(at);
            self.tidy(gatherer, &now, at, is_first)?;
            self.gather_stuck(gatherer, &rules, &now, at)?;
            self.gather_silences(gatherer, &rules, &now, at)?;
            let uptime = (gatherer.uptime)();
            if let Some(due) = self.summary_due(&settings, &rules, &now, &uptime)? {
                let mut sorted = Sorted::default();
                *sorted.take(rules.judge_summary(&now)) = due.content;
                self.write_down(gatherer, sorted, &now, at, &[(summary::LAST, due.last)])?;
            }
        }
        Ok(std::mem::take(&mut gatherer.is_new))
    }

    fn has_due(&self) -> Result<bool, ApiError> {
        Ok(at_stage(&self.state().waiting_notifications()?, Stage::Due).next().is_some())
    }

    fn gather_openings(
        &self,
        gatherer: &mut Gatherer,
        rules: &Rules,
        now: &ZonedDateTime,
        at: Duration,
    ) -> Result<(), ApiError> {
        let mut from = match gatherer.read_up_to {
            Some(sequence) => sequence,
            None => self.notifier_position()?.unwrap_or(0),
        };
        loop {
            let openings = self.unseen(from)?;
            let Some(last) = openings.last() else { break };
            from = last.sequence;
            let mut sorted = Sorted::default();
            // What was settled meanwhile needs nobody.
            for opening in openings.into_iter().filter(|opening| opening.problem.state == ProblemState::Open) {
                let item = Item::of(opening.sequence, opening.problem);
                sorted.take(rules.judge(&item.kind, Some(&item.webhook), now)).add(item);
            }
            self.write_down(gatherer, sorted, now, at, &[(POSITION, from.into())])?;
            gatherer.read_up_to = Some(from);
        }
        gatherer.read_up_to = Some(from);
        Ok(())
    }

    fn gather_stuck(
        &self,
        gatherer: &mut Gatherer,
        rules: &Rules,
        now: &ZonedDateTime,
        at: Duration,
    ) -> Result<(), ApiError> {
        let newest = self.history().newest()?;
        let found = self.history().stuck_as_they_are(STUCK_LOOKED_AT, &self.lens()?)?;
        if found.sequence < newest {
            // Behind, above all while it is rebuilt, the view knows uploads as stuck whose end it has not come to.
            return Ok(());
        }
        let stuck = found.rows;
        let known = self.state().setting(STUCK)?;
        let known: BTreeSet<i64> = known
            .and_then(|value| serde_json::from_value::<Vec<i64>>(value).ok())
            .unwrap_or_default()
            .into_iter()
            .collect();
        let there: BTreeSet<i64> = stuck.iter().map(|row| row.id).collect();
        // Where all of them were looked at, what is not there is stuck no more; else older ones are remembered.
        let oldest = if stuck.len() < STUCK_LOOKED_AT { None } else { there.first().copied() };
        let older = known.iter().copied().filter(|id| oldest.is_some_and(|oldest| *id < oldest));
        let mut remembered: Vec<i64> = older.chain(there.iter().copied()).collect();
        if remembered.iter().copied().eq(known.iter().copied()) {
            return Ok(());
        }
        remembered.drain(..remembered.len().saturating_sub(STUCK_REMEMBERED));
        let mut sorted = Sorted::default();
        let is_new = |row: &ProblemRow| {
            row.state == ProblemState::Open && row.snoozed_until.is_none() && !known.contains(&row.id)
        };
        for row in stuck.into_iter().rev().filter(is_new) {
            let item = Item::of(row.id, row);
            sorted.take(rules.judge(&item.kind, Some(&item.webhook), now)).add(item);
        }
        self.write_down(gatherer, sorted, now, at, &[(STUCK, remembered.into())])
    }

    fn gather_silences(
        &self,
        gatherer: &mut Gatherer,
        rules: &Rules,
        now: &ZonedDateTime,
        at: Duration,
    ) -> Result<(), ApiError> {
        let Some((rows, told)) = self.unseen_silences()? else { return Ok(()) };
        let mut sorted = Sorted::default();
        for row in rows.into_iter().filter(|row| row.state == ProblemState::Open && row.snoozed_until.is_none()) {
            let item = Item::of(row.id, row);
            sorted.take(rules.judge(&item.kind, Some(&item.webhook), now)).add(item);
        }
        self.write_down(gatherer, sorted, now, at, &[(SILENCES_TOLD, told)])
    }

    fn gather_receiver(
        &self,
        gatherer: &mut Gatherer,
        rules: &Rules,
        now: &ZonedDateTime,
        at: Duration,
    ) -> Result<(), ApiError> {
        let status = self.receiver_status();
        if !is_trouble(&status) {
            // It is starting again and again where it cannot listen: that ends no trouble.
            if status.state != ReceiverState::Starting {
                gatherer.trouble = None;
            }
            return Ok(());
        }
        let (since, is_told) = *gatherer.trouble.get_or_insert((at, false));
        if is_told || at.saturating_sub(since) < GRACE {
            return Ok(());
        }
        let mut sorted = Sorted::default();
        sorted.take(rules.judge(RECEIVER, None, now)).receiver = status.reason;
        self.write_down(gatherer, sorted, now, at, &[])?;
        gatherer.trouble = Some((since, true));
        Ok(())
    }

    /// What was held is due once nothing holds it any more, whatever the clock said when it was held.
    fn release(&self, gatherer: &mut Gatherer, rules: &Rules, now: &ZonedDateTime) -> Result<(), ApiError> {
        if rules.holding(now).is_some() && rules.pops_up() {
            return Ok(());
        }
        let waiting = self.state().waiting_notifications()?;
        let mut held: Vec<Notification> = at_stage(&waiting, Stage::Held).cloned().collect();
        if held.is_empty() {
            return Ok(());
        }
        for row in &mut held {
            row.stage = Stage::Due;
        }
        gatherer.held = None;
        self.keep_notes(&held)?;
        gatherer.is_new = true;
        Ok(())
    }

    /// Forgets what is not needed any more, and gives up what the desktop did not show for a day.
    fn tidy(&self, gatherer: &mut Gatherer, now: &ZonedDateTime, at: Duration, is_first: bool) -> Result<(), ApiError> {
        let open = gatherer.off.filter(|(_, since)| at.saturating_sub(*since) < TOGETHER);
        if is_first || open != gatherer.off {
            gatherer.off = open;
            self.state().slim_notifications(open.map(|(id, _)| id))?;
        }
        let mut rows = self.state().waiting_notifications()?;
        rows.retain(|row| {
            row.stage == Stage::Due
                && row.outcome.is_some()
                && age(row.last_at, now) > GIVEN_UP_AFTER
                && !gatherer.ringing.contains(&row.id)
        });
        if rows.is_empty() {
            return Ok(());
        }
        for row in &mut rows {
            (row.stage, row.content) = (Stage::Over, None);
        }
        self.keep_notes(&rows)
    }

    /// Adds what happened to the notification that gathers such, or to a new one.
    fn write_down(
        &self,
        gatherer: &mut Gatherer,
        sorted: Sorted,
        now: &ZonedDateTime,
        at: Duration,
        with: &[(&str, Value)],
    ) -> Result<(), ApiError> {
        let waiting = self.state().waiting_notifications()?;
        let mut rows = Vec::new();
        let is_new = !sorted.now.is_empty();
        if is_new {
            // What the desktop did not take is left as it is: it comes along.
            let gathers = at_stage(&waiting, Stage::Due)
                .find(|row| row.outcome.is_none() && row.held_by.is_none() && !gatherer.ringing.contains(&row.id));
            let full = full(&waiting, Stage::Due, &gatherer.ringing);
            rows.push(added(gathers.or(full), sorted.now, now, |_| ()));
        }
        let still = |open: Option<(i64, Duration)>| {
            open.filter(|(_, since)| at.saturating_sub(*since) < TOGETHER).map(|(id, _)| id)
        };
        let mut slots = [None, None];
        if !sorted.later.is_empty() {
            let by = sorted.held_by.unwrap_or_default().to_owned();
            let open = still(gatherer.held);
            let gathers = at_stage(&waiting, Stage::Held).find(|row| Some(row.id) == open);
            let row = added(gathers.or(full(&waiting, Stage::Held, &[])), sorted.later, now, |row| {
                (row.stage, row.held_by) = (Stage::Held, Some(by));
            });
            slots[0] = Some(rows.len());
            rows.push(row);
        }
        if !sorted.never.is_empty() {
            // It is over already, so that it is not among those that wait.
            let open = still(gatherer.off);
            let newest = if open.is_some() { self.state().notifications(20)? } else { Vec::new() };
            let gathers = newest.iter().find(|row| Some(row.id) == open);
            let row = added(gathers, sorted.never, now, |row| {
                (row.stage, row.outcome) = (Stage::Over, Some("off".to_owned()));
                row.read_at = Some(row.at);
            });
            slots[1] = Some(rows.len());
            rows.push(row);
        }
        if rows.is_empty() && with.is_empty() {
            return Ok(());
        }
        let ids = self.state().keep_notifications(&rows, with)?;
        for (slot, open) in slots.into_iter().zip([&mut gatherer.held, &mut gatherer.off]) {
            let Some(id) = slot.map(|at| ids[at]) else { continue };
            if open.is_none_or(|(known, _)| known != id) {
                *open = Some((id, at));
            }
        }
        if !rows.is_empty() {
            self.board().notifications_changed();
        }
        gatherer.is_new |= is_new;
        Ok(())
    }
}

impl Rules {
    /// The summary was asked for where it is counted: whether it pops up is a matter of the one switch and of the time.
    fn judge_summary(&self, now: &ZonedDateTime) -> Verdict {
        match (self.pops_up(), self.holding(now)) {
            (false, _) => Verdict::Off,
            (true, None) => Verdict::Raise,
            (true, Some((by, until))) => Verdict::Hold(by, until),
        }
    }
}

/// Where very many wait already: the newest of them gathers.
fn full<'a>(waiting: &'a [Notification], stage: Stage, but: &[i64]) -> Option<&'a Notification> {
    let is_full = waiting.len() >= MOST_WAITING;
    waiting.iter().rev().find(|row| is_full && row.stage == stage && !but.contains(&row.id))
}

/// `more` added to the notification that gathers, or a new one of it; `new` says what a new one is.
fn added(
    gathers: Option<&Notification>,
    more: Content,
    now: &ZonedDateTime,
    new: impl FnOnce(&mut Notification),
) -> Notification {
    let at = now.timestamp().as_microsecond();
    let mut content = gathers.map(content_of).unwrap_or_default();
    content.merge(more);
    let said = words::words(&content, false);
    let mut row = gathers.cloned().unwrap_or_else(|| {
        let mut row = Notification {
            id: 0,
            at,
            last_at: at,
            stage: Stage::Due,
            held_by: None,
            outcome: None,
            detail: None,
            told_at: None,
            title: String::new(),
            body: String::new(),
            opens: String::new(),
            content: None,
            read_at: None,
        };
        new(&mut row);
        row
    });
    row.last_at = at;
    (row.title, row.body) = (said.title, said.body);
    row.opens = serde_json::to_string(&content.target()).unwrap_or_default();
    row.content = serde_json::to_string(&content).ok();
    row
}
