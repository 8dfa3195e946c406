//! A burst towards the page, on a clock that is turned by hand.

use std::sync::PoisonError;

use api::wire::ReceiverState;
use serde_json::Value;
use tauri::ipc::InvokeResponseBody;

use api::wire::NotificationTarget;

use super::*;

/// Changes a millisecond: 2,000 a second.
const BURST: i64 = 2;

/// What a page got, and when.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(Instant, String)>>>);

impl Heard {
    fn channel(&self) -> Channel<Messages> {
        let heard = self.clone();
        Channel::new(move |body| {
            let InvokeResponseBody::Json(text) = body else { panic!("messages are JSON") };
            heard.0.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), text));
            Ok(())
        })
    }

    fn all(&self) -> Vec<(Instant, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything it was told, of one kind.
    fn of(&self, kind: &str) -> Vec<Value> {
        let messages = self.all().into_iter().flat_map(|(_, text)| serde_json::from_str::<Vec<Value>>(&text).unwrap());
        messages.filter(|message| message["type"] == kind).collect()
    }

    fn last_sequence(&self) -> Value {
        self.of("changed").pop().map_or(Value::Null, |message| message["sequence"].clone())
    }
}

fn receiving() -> ReceiverStatus {
    ReceiverStatus {
        state: ReceiverState::Receiving,
        since: None,
        reason: None,
        address: None,
        address_from: None,
        last_arrival_at: None,
        behind: 0,
        rebuilding: None,
        tls: None,
        warnings: Vec::new(),
        notices: Vec::new(),
        elsewhere: None,
    }
}

/// A bridge at work, and what it watches.
struct Scene {
    bridge: Arc<Bridge>,
    pulse: watch::Sender<Pulse>,
    receiver: watch::Sender<ReceiverStatus>,
    exports: watch::Sender<BTreeMap<u32, ExportProgress>>,
}

impl Scene {
    fn start() -> Self {
        let (pulse, receiver, exports) = (
            watch::Sender::new(Pulse::default()),
            watch::Sender::new(receiving()),
            watch::Sender::new(BTreeMap::new()),
        );
        let figures = (pulse.subscribe(), receiver.subscribe());
        let sources = Sources {
            pulse: pulse.subscribe(),
            receiver: receiver.subscribe(),
            exports: exports.subscribe(),
            // As in the program: its figures move with every delivery.
            status: Box::new(move || {
                let sequence = latest(&figures.0).sequence;
                ReceiverStatus { last_arrival_at: Some(sequence.to_string()), ..latest(&figures.1) }
            }),
        };
        let bridge = Arc::new(Bridge::default());
        tokio::spawn(follow(sources, Arc::clone(&bridge)));
        Self { bridge, pulse, receiver, exports }
    }

    /// 2,000 deliveries a second, problems, rejections and an export among them.
    async fn burst(&self, seconds: i64) {
        for step in 0..seconds * 1_000 {
            self.pulse.send_modify(|pulse| {
                pulse.sequence += BURST;
                pulse.opened += u64::from(step % 7 == 0);
                pulse.state += u64::from(step % 3 == 0);
            });
            self.receiver.send_modify(|status| status.behind = step);
            self.exports.send_modify(|all| {
                let rows = u64::try_from(step).unwrap();
                let progress = ExportProgress {
                    id: 1,
                    state: api::wire::ExportState::Running,
                    rows,
                    total: rows,
                    path: "a.csv".to_owned(),
                    message: None,
                };
                all.insert(1, progress);
            });
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn on_a_clock_by_hand(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work);
}

#[test]
fn a_burst_is_at_most_twenty_messages_a_second_and_its_last_change_is_told() {
    on_a_clock_by_hand(async {
        let (scene, heard) = (Scene::start(), Heard::default());
        scene.bridge.subscribe(heard.channel());
        tokio::time::sleep(PAUSE).await;
        scene.burst(10).await;
        let all = heard.all();
        assert!(all.len() >= 150, "the page follows all the while: {}", all.len());
        for (at, _) in &all {
            let within = all.iter().filter(|(other, _)| *other >= *at && *other < *at + Duration::from_secs(1));
            assert!(within.count() <= 20, "in no second more than twenty");
        }
        tokio::time::sleep(PAUSE * 2).await;
        assert_eq!(heard.last_sequence(), 10 * 1_000 * BURST, "the last change is told");
        let opened: u64 = heard.of("changed").iter().map(|message| message["opened"].as_u64().unwrap()).sum();
        assert_eq!(opened, scene.pulse.borrow().opened, "coalesced, each problem is counted once");
        let export = heard.of("export").pop().unwrap();
        assert_eq!(export["progress"]["rows"], 9_999, "and so is the export's last step");
        let longest = all.iter().map(|(_, text)| text.len()).max().unwrap_or_default();
        assert!(longest < 1_024, "a message holds how things are, not what happened since: {longest} bytes");
        let quiet = heard.all().len();
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(heard.all().len() <= quiet + 1, "afterwards it is quiet, but for the receiver's last figures");
    });
}

#[test]
fn a_page_that_takes_the_place_of_another_is_told_how_things_are_now() {
    on_a_clock_by_hand(async {
        let (scene, first, second) = (Scene::start(), Heard::default(), Heard::default());
        scene.bridge.subscribe(first.channel());
        scene.burst(1).await;
        scene.bridge.forget();
        let told = first.all().len();
        scene.burst(3).await;
        scene.bridge.open(NotificationTarget { problem: Some(7), ..NotificationTarget::default() });
        tokio::time::sleep(PAUSE * 2).await;
        assert_eq!(first.all().len(), told, "a page that is no more is told nothing");
        scene.bridge.subscribe(second.channel());
        tokio::time::sleep(PAUSE * 2).await;
        assert_eq!(second.last_sequence(), 4_000 * BURST);
        assert_eq!(second.of("changed")[0]["opened"], 0, "it asks for the problems there are by itself");
        assert_eq!(second.of("receiver").len(), 1);
        assert_eq!(second.of("open")[0]["target"]["problem"], 7, "a click waited for it");
        assert_eq!(first.all().len(), told);
    });
}

/// A value that is looked at is locked: were it while the next one is asked for, a projector that came in between would wait for the bridge,
/// and the bridge for the projector, for ever.
#[test]
fn nothing_watched_is_held_while_something_else_is_asked_for() {
    let (pulse, receiver, exports) =
        (watch::Sender::new(Pulse::default()), watch::Sender::new(receiving()), watch::Sender::new(BTreeMap::new()));
    let senders = (pulse.clone(), receiver.clone(), exports.clone());
    let (is_free, was_free) = std::sync::mpsc::sync_channel(1);
    let sources = Sources {
        pulse: pulse.subscribe(),
        receiver: receiver.subscribe(),
        exports: exports.subscribe(),
        status: Box::new(move || {
            let (pulse, receiver, exports) = senders.clone();
            let (done, is_done) = std::sync::mpsc::channel();
            thread::spawn(move || {
                pulse.send_modify(|pulse| pulse.sequence += 1);
                receiver.send_modify(|status| status.behind += 1);
                exports.send_modify(BTreeMap::clear);
                let _ = done.send(());
            });
            is_free.send(is_done.recv_timeout(Duration::from_secs(5)).is_ok()).expect("the test waits");
            receiving()
        }),
    };
    sources.now();
    assert_eq!(was_free.recv(), Ok(true), "who sends while the status is made is not kept waiting");
}
