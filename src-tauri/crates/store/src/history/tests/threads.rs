//! Events read by several threads, as an export does.

use super::*;

/// Writes sequences, and holds every body against its digest.
#[derive(Default)]
struct Sequences(Vec<u8>);

impl Formatter for Sequences {
    fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        assert_eq!(centrepoint::BodyDigest::of(body.unwrap()), row.body_sha256);
        self.0.extend(row.sequence.to_le_bytes());
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

pub(super) fn sequences(history: &History, query: &Query, threads: usize) -> Vec<i64> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    let take = &mut |some: &[u8], rows| {
        bytes.extend_from_slice(some);
        count += rows;
        ControlFlow::Continue(())
    };
    history.format_events(query, &lens(), true, threads, &Sequences::default, take).unwrap();
    let found: Vec<i64> = bytes.chunks(8).map(|chunk| i64::from_le_bytes(chunk.try_into().unwrap())).collect();
    assert_eq!(count, u64::try_from(found.len()).unwrap());
    found
}

#[test]
fn many_threads_give_the_same_events_in_the_same_order_while_more_arrives() {
    let fixture = Fixture::with((0..20_000).map(|n| upload(&n.to_string(), "1", "started", &n.to_string(), 9)));
    let history = fixture.history();
    assert_eq!(history.count_events(&Query::default(), &lens()).unwrap(), 20_000);
    std::thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(1);
        let fixture = &fixture;
        scope.spawn(move || {
            let log = fixture.log();
            let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
            for n in 20_000.. {
                fixture.append(&log, [upload(&n.to_string(), "1", "started", &n.to_string(), 9)]);
                if stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty) {
                    break;
                }
            }
            projector.stop();
            log.close();
        });
        for threads in [1, 2, 3, 5] {
            let found = sequences(&history, &Query::default(), threads);
            let length = i64::try_from(found.len()).unwrap();
            assert!(length >= 20_000 && found == (1..=length).collect::<Vec<_>>(), "{threads} threads: {length}");
        }
        drop(stop);
    });
}

#[test]
fn whoever_has_enough_ends_all_threads() {
    let fixture = Fixture::with((0..20_000).map(|n| upload(&n.to_string(), "1", "started", &n.to_string(), 9)));
    let mut taken = 0;
    let take = &mut |_: &[u8], rows| {
        taken += rows;
        ControlFlow::Break(())
    };
    fixture.history().format_events(&Query::default(), &lens(), true, 3, &Sequences::default, take).unwrap();
    assert!(taken < 20_000, "{taken}");
}
