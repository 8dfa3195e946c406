//! Recovery after a time away: what CentrePoint's own history of a webhook has and this one has not, added.
//!
//! It is tried first and only said; then it is done, and an action of the log says by whom. Each delivery that is added is an arrival of now, marked
//! with when CentrePoint made it and with what came out of checking its signature. Nothing is added twice, so it may be cut short and done again. What is
//! older than what is known changes no state: see `study::upload::fold` and `judge::Dates`.

mod judge;
mod source;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use centrepoint::Authentication;
use centrepoint::history::Unusable;
use store::state::Webhook;
use store::{Check, Mark, NewArrival};
use study::Action;

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{ApiError, HistoryImport, HistoryLine, HistoryProgress, HistoryReport};
use judge::{Dates, Judge, Judged, Standing};
use source::Source;

/// Deliveries added in one go: between two of them it can be stopped.
const BATCH: usize = 64;
/// Lines of a report.
const LINES: usize = 500;

/// The import at work in this process.
#[derive(Debug, Default)]
pub(crate) struct HistoryImports {
    /// Held while one is at work.
    at_work: Mutex<()>,
    stop: AtomicBool,
    progress: Mutex<Option<HistoryProgress>>,
}

impl HistoryImports {
    fn tell(&self, stage: &str, done: u64, total: Option<u64>) {
        self.set(Some(HistoryProgress { stage: stage.to_owned(), done, total }));
    }

    fn set(&self, progress: Option<HistoryProgress>) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Ends what is told of an import, however it ends.
struct AtWork<'a>(&'a HistoryImports);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Monitor {
    /// Brings in what the history has and is not here; with `dry_run` only says what that is. Blocks, for long where CentrePoint is asked.
    ///
    /// # Errors
    /// `invalid` with the field, `not_found`, why the history cannot be read, or why something could not be kept: what was added before that stays.
    pub fn history_import(&self, request: &HistoryImport) -> Result<HistoryReport, ApiError> {
        let imports = self.history_imports();
        let _alone = match imports.at_work.try_lock() {
            Ok(alone) => alone,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(ApiError::failed("a history is being imported already: wait for it, or stop it"));
            }
        };
        imports.stop.store(false, Ordering::Relaxed);
        let _told = AtWork(imports);
        let webhook = self.registered(&request.webhook)?;
        let by = if request.dry_run { String::new() } else { self.who(&request.by)? };
        imports.tell("reading", 0, None);
        let source = source::read(request, &imports.stop, &|done, total| imports.tell("reading", done as u64, total))?;
        self.bring_in(&webhook, request, source, by)
    }

    /// How far the import of this process is; `None`: there is none.
    #[must_use]
    pub fn history_progress(&self) -> Option<HistoryProgress> {
        self.history_imports().progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the import at work to stop. What was added stays.
    pub fn history_stop(&self) {
        self.history_imports().stop.store(true, Ordering::Relaxed);
    }

    fn bring_in(
        &self,
        webhook: &Webhook,
        request: &HistoryImport,
        source: Source,
        by: String,
    ) -> Result<HistoryReport, ApiError> {
        let mut report = HistoryReport {
            webhook: webhook.slug.to_string(),
            dry_run: request.dry_run,
            items: source.items.len() as u64,
            warnings: source.warnings,
            ..HistoryReport::default()
        };
        let mut judge = Judge::new(self, webhook, request, &mut report.warnings)?;
        let (all, unusable) = self.judge_past(&mut judge, source.items, &mut report)?;
        let dates = Dates::of(webhook, &all);
        let mut lines = Vec::new();
        count(&all, unusable, &mut report, &mut lines);
        let mut new: Vec<Judged> = all.into_iter().filter(|judged| judged.standing == Standing::New).collect();
        // In the order in which CentrePoint made them, as far as it says so.
        new.sort_by(|one, other| (one.item.created_at, &one.item.id).cmp(&(other.item.created_at, &other.item.id)));
        let outcome = self.add_past(webhook, request.dry_run, new, (&judge, &dates), &mut report, &mut lines);
        finish(&mut report, lines);
        if request.dry_run {
            return outcome.map(|()| report);
        }
        let written = self.append(&[Action::HistoryImported {
            webhook: report.webhook.clone(),
            by,
            source: source.kind.to_owned(),
            from: source.names,
            added: report.added,
            known: report.known + report.same_content,
            unusable: report.unusable,
            complete: outcome.is_ok() && !report.stopped,
        }]);
        self.board().state_changed();
        let added = report.added;
        tracing::info!(webhook = request.webhook, added, "CentrePoint's history was brought in");
        outcome.and(written).map(|()| report).map_err(|error| {
            ApiError::failed(format!("{added} deliveries were added before this: {error}. Do it again once that is mended: nothing is added twice"))
        })
    }

    fn judge_past(
        &self,
        judge: &mut Judge<'_>,
        items: Vec<Result<centrepoint::history::Item, Unusable>>,
        report: &mut HistoryReport,
    ) -> Result<(Vec<Judged>, Vec<Unusable>), ApiError> {
        let imports = self.history_imports();
        let total = items.len() as u64;
        let (mut all, mut unusable) = (Vec::new(), Vec::new());
        for (done, item) in (0..).zip(items) {
            if imports.stopped() {
                report.stopped = true;
                break;
            }
            imports.tell("comparing", done, Some(total));
            match item {
                Ok(item) => all.push(judge.judge(item)?),
                Err(why) => unusable.push(why),
            }
        }
        if report.stopped {
            // Without all of it nobody knows what is newer than what.
            all.clear();
        }
        Ok((all, unusable))
    }

    /// Adds them, some at a time; in a dry run only says what each would be.
    fn add_past(
        &self,
        webhook: &Webhook,
        dry_run: bool,
        mut new: Vec<Judged>,
        (judge, dates): (&Judge<'_>, &Dates),
        report: &mut HistoryReport,
        lines: &mut Vec<(i64, HistoryLine)>,
    ) -> Result<(), ApiError> {
        let imports = self.history_imports();
        let total = new.len() as u64;
        let mut each = |log: Option<&store::Log>, batch: &[Judged], report: &mut HistoryReport| {
            imports.tell(if log.is_some() { "adding" } else { "comparing" }, report.added, Some(total));
            // Asked first: what comes by itself from here on is newer, and the fold knows it by this.
            let considered = self.history().position()?.max(1);
            let mut arrivals = Vec::with_capacity(batch.len());
            let mut told = Vec::with_capacity(batch.len());
            for judged in batch {
                if log.is_some() && judge.find(&judged.item, judged.digest)?.is_some() {
                    // It came by itself meanwhile.
                    report.known += 1;
                    continue;
                }
                let is_older = dates.has_newer(self, webhook, judged)?;
                let check = judge.check(&judged.item);
                let considered = if is_older { 0 } else { considered };
                arrivals.push(self.past_arrival(webhook, judged, considered, check));
                told.push((judged, is_older, check));
            }
            if let Some(log) = log {
                log.append_all(arrivals)?;
            }
            for (judged, is_older, check) in told {
                tell_added(report, judged, is_older, check);
                lines.push((judged.item.created_at, line(judged, if is_older { "older" } else { "new" }, None)));
            }
            Ok::<(), ApiError>(())
        };
        if dry_run {
            return new.chunks(BATCH).try_for_each(|batch| each(None, batch, report));
        }
        if new.is_empty() {
            return Ok(());
        }
        self.with_log(|log| {
            while !new.is_empty() {
                if imports.stopped() {
                    report.stopped = true;
                    break;
                }
                let batch: Vec<Judged> = new.drain(..BATCH.min(new.len())).collect();
                each(Some(log), &batch, report)?;
            }
            Ok(())
        })
    }

    fn past_arrival(&self, webhook: &Webhook, judged: &Judged, considered: i64, check: Check) -> NewArrival {
        // Only a signature proves anything: a password or a token is masked in the history, and nobody sent anything here.
        let authentication = if check == Check::Verified { Authentication::Hmac } else { Authentication::None };
        NewArrival {
            received_at: self.now(),
            webhook: webhook.slug.clone(),
            head: judged.item.head(),
            body: judged.item.body.clone().into(),
            body_sha256: judged.digest,
            authentication,
            mark: Mark::History { created_at: judged.item.created_at, considered, check },
            source_ip: std::net::Ipv4Addr::UNSPECIFIED.into(),
        }
    }
}

fn count(all: &[Judged], unusable: Vec<Unusable>, report: &mut HistoryReport, lines: &mut Vec<(i64, HistoryLine)>) {
    for judged in all {
        match &judged.standing {
            Standing::New => {}
            Standing::Known(_) | Standing::Twice => report.known += 1,
            Standing::SameContent(_) => report.same_content += 1,
            Standing::Validation => report.validations += 1,
            Standing::Outside => report.outside += 1,
            Standing::Other(why) => {
                report.other += 1;
                lines.push((judged.item.created_at, line(judged, "other", Some(why.clone()))));
            }
        }
    }
    for each in unusable {
        report.unusable += 1;
        let line = HistoryLine {
            id: each.id,
            created_at: each.created_at.map(rfc3339),
            event: None,
            status: None,
            subject_id: None,
            upload_id: None,
            delivery_id: None,
            outcome: "unusable".to_owned(),
            reason: Some(each.fault.to_string()),
        };
        lines.push((each.created_at.unwrap_or(i64::MIN), line));
    }
    if report.other > 0 {
        let many = report.other;
        report.warnings.push(format!(
            "{many} are of another webhook or study and are left out: is this the right history for the right webhook?"
        ));
    }
}

fn line(judged: &Judged, outcome: &str, reason: Option<String>) -> HistoryLine {
    let item = &judged.item;
    let event = judged.event.as_ref();
    HistoryLine {
        id: Some(item.id.clone()).filter(|id| !id.is_empty()),
        created_at: Some(rfc3339(item.created_at)),
        event: event.map(|event| event.kind.to_string()).filter(|name| !name.is_empty()),
        status: event.and_then(|event| event.status.clone()),
        subject_id: event.and_then(|event| event.subject_id.clone()),
        upload_id: event.and_then(|event| event.upload_id.clone()),
        delivery_id: item.delivery_id().map(|id| id.0),
        outcome: outcome.to_owned(),
        reason,
    }
}

fn tell_added(report: &mut HistoryReport, judged: &Judged, is_older: bool, check: Check) {
    report.added += 1;
    report.older += u64::from(is_older);
    report.answered += u64::from(judged.item.answered == Some(200));
    let count = match check {
        Check::Verified => &mut report.verified,
        Check::Differs => &mut report.differing,
        Check::Unsigned => &mut report.unsigned,
        Check::Unchecked => &mut report.unchecked,
    };
    *count += 1;
    // They come in their order.
    let made = rfc3339(judged.item.created_at);
    report.from.get_or_insert_with(|| made.clone());
    report.to = Some(made);
}

fn finish(report: &mut HistoryReport, mut lines: Vec<(i64, HistoryLine)>) {
    lines.sort_by_key(|(at, _)| *at);
    report.more = lines.len().saturating_sub(LINES) as u64;
    report.lines = lines.into_iter().take(LINES).map(|(_, line)| line).collect();
    if report.differing > 0 {
        report.warnings.push(format!(
            "The signature of {} differs: the secret was another one when they were sent, or CentrePoint's history does not hold them byte for byte. Each says so.",
            report.differing
        ));
    }
    if report.answered > 0 {
        report.warnings.push(format!(
            "{} were answered 200 when CentrePoint sent them, though they are not here: another program answered, or they were lost here.",
            report.answered
        ));
    }
}
