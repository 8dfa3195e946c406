use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 60 * MINUTE;

fn waiting(problem: i64, since: i64) -> Waiting {
    Waiting { key: Key { problem, opening: problem }, kind: Kind::Errors, since }
}

fn rule() -> Rule {
    Rule { after: 4 * HOUR, kinds: BTreeSet::from([Kind::Errors]) }
}

#[test]
fn what_is_due_together_goes_as_one_and_once() {
    let mut ledger = Ledger::default();
    let all = [waiting(1, 0), waiting(2, HOUR), waiting(3, 2 * HOUR)];
    assert!(!ledger.gather(&rule(), &all, &[Way::Mail], 4 * HOUR - 1));
    assert!(ledger.gather(&rule(), &all, &[Way::Mail], 5 * HOUR));
    assert_eq!(ledger.messages[0].keys, [all[0].key, all[1].key]);
    assert!(!ledger.gather(&rule(), &all, &[Way::Mail], 5 * HOUR + MINUTE), "once");
    let again = [Waiting { key: Key { problem: 1, opening: 9 }, ..all[0] }, all[1]];
    assert!(!ledger.gather(&rule(), &again, &[Way::Mail], 5 * HOUR + TOGETHER - 1), "at most one a quarter of an hour");
    assert!(ledger.gather(&rule(), &again, &[Way::Mail], 5 * HOUR + TOGETHER), "it opened again");
    assert_eq!(ledger.messages[1].keys, [Key { problem: 1, opening: 9 }]);
}

#[test]
fn kinds_that_are_not_chosen_stay_and_without_a_way_nothing_is_taken_as_gone() {
    let mut ledger = Ledger::default();
    let silent = Waiting { kind: Kind::Silence, ..waiting(-3, 0) };
    assert!(!ledger.gather(&rule(), &[silent], &[Way::Mail], 9 * HOUR));
    assert!(!ledger.gather(&rule(), &[waiting(1, 0)], &[], 9 * HOUR));
    assert!(ledger.gather(&rule(), &[waiting(1, 0)], &[Way::Chat], 9 * HOUR));
}

#[test]
fn each_way_has_six_tries_over_three_hours() {
    let mut ledger = Ledger::default();
    let all = [waiting(1, 0)];
    let mut now = 4 * HOUR;
    assert!(ledger.gather(&rule(), &all, &[Way::Mail, Way::Chat], now));
    ledger.begin(1, Way::Chat, now);
    assert_eq!(ledger.end(1, Way::Chat, true, "200 ok", None, now), Standing::Sent);
    let (mut tries, begun) = (0, now);
    while ledger.messages[0].is_waiting() {
        for (id, way) in ledger.due(now) {
            assert_eq!(way, Way::Mail, "the other was taken");
            ledger.begin(id, way, now);
            tries += 1;
            ledger.end(id, way, false, "450 later", None, now);
        }
        now += MINUTE;
    }
    assert_eq!((tries, now - begun), (6, 181 * MINUTE));
    assert_eq!(ledger.messages[0].passages[0].standing, Standing::GivenUp);
}

#[test]
fn what_was_seen_to_meanwhile_is_withdrawn_and_a_pause_asked_for_is_kept() {
    let mut ledger = Ledger::default();
    let all = [waiting(1, 0)];
    assert!(ledger.gather(&rule(), &all, &[Way::Mail], 4 * HOUR));
    ledger.begin(1, Way::Mail, 4 * HOUR);
    ledger.end(1, Way::Mail, false, "429", Some(30 * MINUTE), 4 * HOUR);
    assert!(ledger.due(4 * HOUR + 29 * MINUTE).is_empty());
    assert_eq!(ledger.due(4 * HOUR + 30 * MINUTE), [(1, Way::Mail)]);
    assert!(ledger.gather(&rule(), &[], &[Way::Mail], 4 * HOUR + 30 * MINUTE));
    assert!(ledger.due(9 * HOUR).is_empty());
    assert_eq!(ledger.messages[0].passages[0].standing, Standing::Withdrawn);
}

#[test]
fn a_clock_that_was_set_back_keeps_nothing_quiet() {
    let mut ledger = Ledger::default();
    assert!(ledger.gather(&rule(), &[waiting(1, 0)], &[Way::Mail], 900 * HOUR));
    assert_eq!(ledger.due(10 * HOUR), [(1, Way::Mail)]);
    assert!(ledger.gather(&rule(), &[waiting(1, 0), waiting(2, 0)], &[Way::Mail], 10 * HOUR));
}

proptest! {
    /// Restarts anywhere: the ledger is kept and read again after each step.
    #[test]
    fn each_opening_goes_out_once_and_no_two_messages_within_a_quarter_of_an_hour(
        opened in prop::collection::vec((1..40_i64, 0..600_i64), 0..120),
        fails in prop::collection::vec(any::<bool>(), 50),
    ) {
        let mut ledger = Ledger::default();
        let mut sent: BTreeMap<Key, usize> = BTreeMap::new();
        let mut messages: Vec<i64> = Vec::new();
        for minute in 0..1_200_i64 {
            let now = minute * MINUTE;
            let all: Vec<Waiting> = opened.iter().filter(|(_, at)| *at <= minute).map(|(id, at)| waiting(*id, at * MINUTE)).collect();
            let before = ledger.messages.last().map_or(0, |message| message.id);
            ledger.gather(&rule(), &all, &[Way::Mail], now);
            if let Some(new) = ledger.messages.last().filter(|message| message.id != before) {
                messages.push(new.made_at);
            }
            for (turn, (id, way)) in ledger.due(now).into_iter().enumerate() {
                ledger.begin(id, way, now);
                ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
                let fails = fails[(turn + usize::try_from(minute).unwrap()) % fails.len()];
                if ledger.end(id, way, !fails, "", None, now) == Standing::Sent {
                    let message = ledger.messages.iter().find(|message| message.id == id).unwrap();
                    for key in &message.keys {
                        *sent.entry(*key).or_default() += 1;
                    }
                }
            }
        }
        prop_assert!(sent.values().all(|times| *times == 1));
        prop_assert!(messages.windows(2).all(|pair| pair[1] - pair[0] >= TOGETHER));
        if fails.iter().all(|fails| !fails) {
            let due: BTreeSet<i64> = opened.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(sent.len(), due.len());
        }
    }

    #[test]
    fn it_stays_within_bounds(rounds in 1..40_usize) {
        let mut ledger = Ledger::default();
        for round in 0..rounds {
            let base = i64::try_from(round * 700).unwrap();
            let all: Vec<Waiting> = (base + 1..base + 700).map(|id| waiting(id, 0)).collect();
            ledger.gather(&rule(), &all, &[Way::Mail], 5 * HOUR + i64::try_from(round).unwrap() * TOGETHER);
        }
        prop_assert!(ledger.messages.len() <= REMEMBERED);
        prop_assert!(ledger.gone.len() <= MOST_GONE + MOST_OF_ONE);
        prop_assert!(ledger.messages.iter().all(|message| message.keys.len() <= MOST_OF_ONE));
    }
}
