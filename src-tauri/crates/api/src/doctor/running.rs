//! Runs checks side by side, some at a time, and waits for none longer than its limit.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::site::Site;
use super::{Finding, Task, text};
use crate::wire::{CheckLevel, Checkup};

/// How long a check may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Checks that run at once.
const AT_ONCE: usize = 16;

/// Makes the checks, telling `on_change` after each; the checkup with all of them.
pub(super) fn all(site: &Arc<Site>, tasks: Vec<Task>, on_change: impl Fn(Checkup), checkup: Checkup) -> Checkup {
    within(LIMIT, site, tasks, on_change, checkup)
}

pub(super) fn within(
    limit: Duration,
    site: &Arc<Site>,
    tasks: Vec<Task>,
    on_change: impl Fn(Checkup),
    mut checkup: Checkup,
) -> Checkup {
    // Each check answers once.
    let (sender, ended) = sync_channel::<(usize, Finding)>(tasks.len().max(1));
    let mut waiting = tasks.into_iter().enumerate();
    let mut begun: HashMap<usize, Instant> = HashMap::new();
    loop {
        while begun.len() < AT_ONCE
            && let Some((at, task)) = waiting.next()
        {
            begun.insert(at, Instant::now());
            begin(Arc::clone(site), at, task, sender.clone());
        }
        let Some(first) = begun.values().min() else { break };
        let (at, finding) = match ended.recv_timeout((*first + limit).saturating_duration_since(Instant::now())) {
            Ok(ended) => ended,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let Some(at) = begun.iter().min_by_key(|(_, since)| **since).map(|(at, _)| *at) else { break };
                (at, too_late(limit))
            }
        };
        // One that was given up on may still answer: what was said of it stands.
        if begun.remove(&at).is_some() {
            let row = &mut checkup.checks[at];
            (row.level, row.found, row.next) = (finding.level, finding.found, finding.next);
            on_change(checkup.clone());
        }
    }
    checkup.running = false;
    checkup.text = text::of(site, &checkup);
    checkup
}

fn begin(site: Arc<Site>, at: usize, task: Task, ended: SyncSender<(usize, Finding)>) {
    let failed = ended.clone();
    let look = move || {
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (task.look)(&site)));
        // Nobody listens any more once all are made or given up.
        let _ = ended.send((at, looked.unwrap_or_else(|_| fault())));
    };
    if let Err(error) = std::thread::Builder::new().name("check".to_owned()).spawn(look) {
        let finding = Finding::amber(
            format!("This cannot be told: a thread could not be started ({error})."),
            "Close other programs, then check again.",
        );
        let _ = failed.send((at, finding));
    }
}

fn too_late(limit: Duration) -> Finding {
    Finding::amber(
        format!("This cannot be told: no answer within {} seconds.", limit.as_secs()),
        "Check again. If it stays so, something on the way holds it up: show this to your IT person.",
    )
}

fn fault() -> Finding {
    Finding::amber(
        "This cannot be told: the check stopped at a fault of its own.",
        "The program’s log says more. Nothing is lost by it.",
    )
}

/// Whether something is red.
impl Checkup {
    /// Something is wrong.
    #[must_use]
    pub fn is_red(&self) -> bool {
        self.checks.iter().any(|check| check.level == CheckLevel::Red)
    }
}
