//! The run: the handshake, then the senders, fed at the plan's pace until it is done or stopped.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::sender::Sender;
use crate::{Answer, Delivery, Dial, Handshake, Plan, SENDERS, SimulatorError, Summary, deliveries};

/// Deliveries that wait for each sender.
const QUEUE: usize = 4;
/// Answers that wait to be counted, over all senders.
const ANSWERS: usize = 64;
/// How long `stop` can go unseen while waiting for the next delivery's time.
const GLANCE: Duration = Duration::from_millis(50);

type Told = (Answer, Option<String>);

pub(crate) fn run(
    plan: &Plan,
    dial: &Dial,
    stop: &AtomicBool,
    on_answer: &mut dyn FnMut(&Answer),
) -> Result<Summary, SimulatorError> {
    let rate = dial.pace().rate;
    if !(rate >= 0.0 && rate.is_finite()) {
        return Err(SimulatorError::Rate);
    }
    let sender = Sender::new(plan)?;
    let mut random = ChaCha12Rng::seed_from_u64(!plan.seed);
    let mut guid = || uuid::Builder::from_random_bytes(random.random()).into_uuid().to_string();
    let mut summary = Summary::begun(sender.handshake(&guid(), &guid(), stop));
    if summary.handshake != Handshake::Passed {
        return Ok(summary);
    }
    let began = Instant::now();
    let mut take = |(answer, complaint): Told| {
        summary.count(&answer, complaint);
        on_answer(&answer);
    };
    thread::scope(|scope| {
        let (told, answers) = sync_channel(ANSWERS);
        let mut queues = Vec::with_capacity(SENDERS);
        for number in 0..SENDERS {
            let (queue, waiting) = sync_channel(QUEUE);
            let (sender, told) = (&sender, told.clone());
            let work = move || send_all(sender, stop, &waiting, &told);
            thread::Builder::new()
                .name(format!("simulator-{number}"))
                .spawn_scoped(scope, work)
                .map_err(SimulatorError::Thread)?;
            queues.push(queue);
        }
        drop(told);
        feed(plan, dial, stop, &queues, &answers, began, &mut take);
        // Without their queues the senders finish what they have and leave; after the last, the answers end.
        drop(queues);
        answers.iter().for_each(&mut take);
        Ok(())
    })?;
    summary.seconds = began.elapsed().as_secs_f64();
    Ok(summary)
}

/// A sender's life. What still waits when `stop` is set is left unsent.
fn send_all(sender: &Sender<'_>, stop: &AtomicBool, waiting: &Receiver<(u64, Delivery)>, told: &SyncSender<Told>) {
    for (number, delivery) in waiting {
        if stop.load(Ordering::Relaxed) || told.send(sender.deliver(number, &delivery, stop)).is_err() {
            return;
        }
    }
}

/// Hands the deliveries out when they are due, and counts the answers meanwhile.
fn feed(
    plan: &Plan,
    dial: &Dial,
    stop: &AtomicBool,
    queues: &[SyncSender<(u64, Delivery)>],
    answers: &Receiver<Told>,
    began: Instant,
    take: &mut dyn FnMut(Told),
) {
    let count = plan.count.unwrap_or(u64::MAX);
    let mut stream = deliveries(dial.pace().scenario, plan.seed, &plan.study_id, plan.start);
    // When the one before was due, since the beginning, so that a slow answer delays no later delivery.
    let mut due = Duration::ZERO;
    for number in 1..=count {
        let mut pace = dial.pace();
        stream.turn_to(pace.scenario);
        let Some(delivery) = stream.next() else { return };
        let pause = delivery.pause;
        let queue = &queues[delivery.lane % queues.len()];
        let mut item = (number, delivery);
        let mut at = due.saturating_add(gap(pause, pace.rate));
        loop {
            let now = dial.pace();
            if now.is_paused || (now.rate - pace.rate).abs() > f64::EPSILON {
                // What was waited so far does not count: neither is a pause made up for, nor a slower time.
                at = began.elapsed().saturating_add(gap(pause, now.rate));
            }
            pace = now;
            let left = at.saturating_sub(began.elapsed());
            let is_due = left.is_zero() && !pace.is_paused;
            if is_due {
                match queue.try_send(item) {
                    Ok(()) => break,
                    Err(TrySendError::Full(back)) => item = back,
                    Err(TrySendError::Disconnected(_)) => return,
                }
            }
            let patience = if is_due || pace.is_paused { GLANCE } else { left.min(GLANCE) };
            if stop.load(Ordering::Relaxed) || wait(answers, patience, take).is_break() {
                return;
            }
        }
        due = at;
        if stop.load(Ordering::Relaxed) {
            return;
        }
        answers.try_iter().for_each(&mut *take);
    }
}

/// How long `pause` mean gaps are at `rate` deliveries a second.
fn gap(pause: f64, rate: f64) -> Duration {
    if rate > 0.0 { Duration::try_from_secs_f64(pause / rate).unwrap_or(Duration::MAX) } else { Duration::ZERO }
}

/// Counts one answer, or none within `patience`.
fn wait(answers: &Receiver<Told>, patience: Duration, take: &mut dyn FnMut(Told)) -> ControlFlow<()> {
    match answers.recv_timeout(patience) {
        Ok(told) => take(told),
        Err(RecvTimeoutError::Timeout) => {}
        Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests;
