//! The stream of deliveries: visits of subjects, each followed by the events of its pipeline, in the order of simulated time.
//!
//! The same scenario, seed, study and start give the same stream, byte for byte. Nothing is sent here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::Scenario;
use crate::bodies::{self, Epochs, Id};
use crate::odds::{Odds, RAW_ERRORS, RETRIEVAL_ERRORS, UPLOAD_ERRORS};
use crate::subjects::{self, FALLING, QUIET, Subject, later};

/// One request to send; its authentication is the sender's.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The event's name: the value of `X-ActiGraph-Event`.
    pub event: &'static str,
    /// The delivery id: a GUID. A delivery that is sent again keeps it.
    pub id: String,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
    /// The headers that a vendor's request has beside those of the event: name and value.
    pub headers: Vec<(&'static str, String)>,
    /// Whether the client leaves a comma behind the webhook id and the event name, as has been seen.
    pub comma: bool,
    /// When it happens, in simulated time.
    pub at: Timestamp,
    /// How long after the delivery before it this one comes, in mean gaps: 1 on average over the stream.
    pub pause: f64,
    /// Deliveries of one lane belong to one subject and keep their order.
    pub lane: usize,
}

/// The endless stream of a scenario's deliveries. `start` is the simulated instant of the first visit.
#[must_use]
pub fn deliveries(scenario: Scenario, seed: u64, study_id: &str, start: Timestamp) -> Deliveries {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let subjects = subjects::draw(study_id, &mut random, start);
    Deliveries {
        scenario,
        odds: Odds::of(scenario),
        study_id: study_id.to_owned(),
        subjects,
        next_visit: start,
        next_upload: first_id(start) + random.random_range(0..10),
        next_statistic: first_id(start) + random.random_range(0..10),
        due: BTreeMap::new(),
        drafted: 0,
        given: 0,
        random,
    }
}

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days between two instants: the last one at least, a week at most.
fn whole_days(first: Timestamp, last: Timestamp) -> i64 {
    ((last.as_second() - first.as_second()) / DAY).clamp(1, 7)
}

/// The first id of what begins at `start`: a later run's ids come after an earlier run's, as they would at the vendor. A run that is
/// sent faster than 25 uploads a minute may run into the ids of one that is begun before that many minutes are over.
fn first_id(start: Timestamp) -> u64 {
    /// 2026-01-01T00:00:00Z
    const FIRST_MINUTE: i64 = 1_767_225_600 / 60;
    80_000 + u64::try_from(start.as_second() / 60 - FIRST_MINUTE).unwrap_or(0) * 75
}

/// See [`deliveries()`].
#[derive(Debug)]
pub struct Deliveries {
    pub(crate) random: ChaCha12Rng,
    scenario: Scenario,
    pub(crate) odds: Odds,
    study_id: String,
    pub(crate) subjects: Vec<Subject>,
    next_visit: Timestamp,
    next_upload: u64,
    next_statistic: u64,
    /// What is drafted and not yet given, by simulated time; holds the events of the visits under way, a few dozen.
    pub(crate) due: BTreeMap<(Timestamp, u64), Draft>,
    drafted: u64,
    given: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    event: &'static str,
    id: String,
    body: Vec<u8>,
    lane: usize,
}

impl Iterator for Deliveries {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        let (at, draft) = loop {
            match self.due.first_entry() {
                Some(first) if first.key().0 <= self.next_visit => {
                    let at = first.key().0;
                    break (at, first.remove());
                }
                _ => self.visit(),
            }
        };
        Some(self.sent(at, draft))
    }
}

impl Deliveries {
    /// Goes on as another kind of day. What is under way stays as it is.
    pub fn turn_to(&mut self, scenario: Scenario) {
        if self.scenario != scenario {
            self.scenario = scenario;
            self.odds = Odds::of(scenario);
        }
    }

    /// What was drafted for `at`, as a request.
    pub(crate) fn sent(&mut self, at: Timestamp, draft: Draft) -> Delivery {
        let pause = self.odds.pause(&mut self.random, self.given);
        let headers = self.headers();
        let comma = self.random.random_bool(0.03);
        self.given += 1;
        let Draft { event, id, body, lane } = draft;
        Delivery { event, id, body, headers, comma, at, pause, lane }
    }

    /// The next visit's time has come: somebody's who is heard from.
    fn visit(&mut self) {
        let at = self.next_visit;
        self.next_visit = later(at, self.random.random_range(30..300));
        let lane = loop {
            let lane = self.random.random_range(0..self.subjects.len());
            let has_fallen = self.scenario == Scenario::Silence && FALLING.contains(&lane);
            if !has_fallen && !QUIET.contains(&lane) {
                break lane;
            }
        };
        self.visit_of(lane, at);
    }

    /// A subject's monitor meets its hub: the events that follow from it are drafted.
    pub(crate) fn visit_of(&mut self, lane: usize, at: Timestamp) {
        let first = self.subjects[lane].uploaded_to;
        // Whole minutes: the pipeline's epochs are 60 seconds long.
        let last = later(at, -60 - at.as_second().rem_euclid(60));
        let processed = self.raw_processing(lane, at, first, last);
        if !processed {
            return;
        }
        let completed = self.upload(lane, later(at, 45), first, last);
        if completed {
            self.subjects[lane].uploaded_to = last;
            if self.random.random_bool(self.odds.statistics) {
                for back in (1..=whole_days(first, last)).rev() {
                    self.statistics(lane, later(at, 600), later(last, back * -DAY));
                }
            }
        }
        if self.random.random_bool(self.odds.retrieval) {
            self.retrieval(lane, later(at, 900), first, last);
        }
    }

    /// Drafts the first step of the pipeline; says whether it went well.
    fn raw_processing(&mut self, lane: usize, at: Timestamp, first: Timestamp, last: Timestamp) -> bool {
        let failed = self.random.random_bool(self.odds.raw_fails);
        let message = if failed { RAW_ERRORS.choose(&mut self.random).copied() } else { None };
        let plus = self.random.random_bool(0.5);
        let status = self.outcome(failed);
        let subject = &self.subjects[lane];
        let body = bodies::json(&bodies::RawProcessing {
            study_id: Id(&self.study_id),
            subject_id: subject.id,
            subject_identifier: &subject.label,
            monitor_serial: &subject.serial,
            created_at_utc: bodies::with_zone(at, plus),
            min_event_timestamp: bodies::with_zone(first, plus),
            max_event_timestamp: bodies::with_zone(last, plus),
            status,
            error_message: message,
        });
        self.draft(at, "raw_processing_complete", body, lane);
        !failed
    }

    /// Drafts an upload's life; says whether it ends well.
    fn upload(&mut self, lane: usize, at: Timestamp, first: Timestamp, last: Timestamp) -> bool {
        self.next_upload += self.random.random_range(1..6);
        let upload_id = self.next_upload;
        let chance = if self.subjects[lane].unlucky { (self.odds.fails * 4.0).min(0.9) } else { self.odds.fails };
        let failed = self.random.random_bool(chance);
        let recovers = failed && self.random.random_bool(self.odds.recovers);
        let ended = later(at, self.random.random_range(20..180));
        let out_of_order = self.random.random_bool(self.odds.out_of_order);
        let started = if out_of_order { later(ended, 2) } else { at };

        self.upload_event(lane, started, upload_id, "started", None, None);
        if failed {
            let message = self.odds.upload_error(&mut self.random, UPLOAD_ERRORS);
            self.upload_event(lane, ended, upload_id, "error", Some(message), None);
        }
        if recovers || !failed {
            let at = if failed { later(ended, self.random.random_range(300..1_800)) } else { ended };
            let epochs = Epochs::of(&self.subjects[lane], first, last);
            self.upload_event(lane, at, upload_id, "completed", None, Some(epochs));
        }
        recovers || !failed
    }

    fn upload_event(
        &mut self,
        lane: usize,
        at: Timestamp,
        upload_id: u64,
        status: &'static str,
        message: Option<&str>,
        epochs: Option<Epochs>,
    ) {
        let capital = match status {
            "started" => "Started",
            "completed" => "Completed",
            _ => "Error",
        };
        let body = bodies::json(&bodies::Upload {
            id: upload_id.to_string(),
            study_id: &self.study_id,
            subject_id: self.subjects[lane].id.to_string(),
            status: if self.random.random_bool(0.8) { status } else { capital },
            message,
            epochs,
        });
        self.draft(at, "upload", body, lane);
    }

    /// Drafts the statistics of the day that `within` is in, of either kind or of both.
    fn statistics(&mut self, lane: usize, at: Timestamp, within: Timestamp) {
        self.next_statistic += self.random.random_range(1..4);
        let id = self.next_statistic;
        let subject = &self.subjects[lane];
        let date = bodies::day(subject.local(within));
        let wear = (subject.habit + self.random.random_range(0..240)).min(1_440);
        let sleep = self.random.random_range(300..520);
        let wear_asleep = self.random.random_range(0..=wear.min(sleep) / 2);
        let vigorous = self.random.random_range(0..12);
        let moderate = self.random.random_range(5..80);
        let light = self.random.random_range(90..240);
        let named = |name, count| bodies::Named { name, count };
        let cutpoints = [
            named("Sedentary", wear.saturating_sub(light + moderate + vigorous)),
            named("Light", light),
            named("Moderate", moderate),
            named("Vigorous", vigorous),
        ];
        let counts = |random: &mut ChaCha12Rng| u64::from(wear) * random.random_range(700_u64..1_300);

        let kinds = self.random.random_range(0..3);
        if kinds != 1 {
            let body = bodies::json(&bodies::DailyStatistics {
                id,
                study_id: Id(&self.study_id),
                site_id: subject.site,
                subject_id: subject.id,
                subject_identifier: &subject.label,
                date: date.clone(),
                activity_monitor_serials: [&subject.serial],
                epoch_aggregation: bodies::EpochAggregation {
                    wear_minutes: wear,
                    non_wear_minutes: 1_440 - wear,
                    sleep_minutes: sleep,
                    awake_minutes: 1_440 - sleep,
                    wear_awake_minutes: wear - wear_asleep,
                    wear_sleep_minutes: wear_asleep,
                    total_non_filtered_minutes: 1_440,
                    x_counts: counts(&mut self.random),
                    y_counts: counts(&mut self.random),
                    z_counts: counts(&mut self.random),
                },
                freedson_aggregations: cutpoints,
            });
            self.draft(at, "daily_statistics_complete", body, lane);
        }
        let subject = &self.subjects[lane];
        if kinds != 0 {
            let body = bodies::json(&bodies::Cp2DailyStatistics {
                study_id: Id(&self.study_id),
                subject_id: subject.id,
                site_id: subject.site,
                day_stat_id: id,
                subject_identifier: &subject.label,
                date,
                epochs: 1_440,
                steps: self.random.random_range(1_200..14_000),
                calories: f64::from(self.random.random_range(2_000_u32..9_000)) / 10.0,
                mets: f64::from(self.random.random_range(110_u32..180)) / 100.0,
                mvpa: moderate + vigorous,
                total_minutes: 1_440,
                wear_minutes: wear,
                awake_wear_minutes: wear - wear_asleep,
                bouts: [named("Sedentary", wear / 60), named("MVPA", moderate / 12)],
                cutpoints,
            });
            self.draft(later(at, 30), "cp2_daily_statistics_complete", body, lane);
        }
    }

    fn retrieval(&mut self, lane: usize, at: Timestamp, first: Timestamp, last: Timestamp) {
        let failed = self.random.random_bool(self.odds.raw_fails);
        let message = if failed { RETRIEVAL_ERRORS.choose(&mut self.random).copied() } else { None };
        let tracking_id = self.guid();
        let status = self.outcome(failed);
        let sizes: Vec<u64> =
            (0..if failed { 0 } else { 2 }).map(|_| self.random.random_range(900_000..6_000_000)).collect();
        let subject = &self.subjects[lane];
        let file = |(index, file_size): (u32, u64)| bodies::Retrieved {
            monitor_serial: (index == 0).then_some(subject.serial.as_str()),
            file_type: "avro",
            min_event_timestamp: bodies::with_zone(first, false),
            max_event_timestamp: bodies::with_zone(last, false),
            file_size,
            file_index: index,
            file_name: format!("{}_{index}.avro", subject.label),
        };
        let body = bodies::json(&bodies::DataRetrieval {
            client_id: 17,
            tracking_id,
            study_id: Id(&self.study_id),
            subject_id: subject.id,
            subject_identifier: &subject.label,
            created_at_utc: bodies::with_zone(later(at, -90), false),
            started_at_utc: bodies::with_zone(later(at, -75), false),
            completed_at_utc: bodies::with_zone(at, false),
            request_status: status,
            error_message: message,
            files: (0..).zip(sizes).map(file).collect(),
        });
        self.draft(at, "data_retrieval_complete", body, lane);
    }

    /// The status word of the events that begin with a capital, now and then without it.
    fn outcome(&mut self, failed: bool) -> &'static str {
        let lower = self.random.random_bool(0.2);
        [["Completed", "completed"], ["Error", "error"]][usize::from(failed)][usize::from(lower)]
    }

    /// Puts a delivery on the list, and now and then the same one again a little later: one that "was not answered".
    fn draft(&mut self, at: Timestamp, event: &'static str, body: Vec<u8>, lane: usize) {
        let draft = Draft { event, id: self.guid(), body, lane };
        if self.random.random_bool(self.odds.again) {
            self.drafted += 1;
            self.due.insert((later(at, self.random.random_range(1..20)), self.drafted), draft.clone());
        }
        self.drafted += 1;
        self.due.insert((at, self.drafted), draft);
    }

    fn guid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid().to_string()
    }

    /// What the vendor's client adds, in all the variants that were seen.
    fn headers(&mut self) -> Vec<(&'static str, String)> {
        let agent = if self.random.random_bool(0.05) { [USER_AGENT; 2].join(" ") } else { USER_AGENT.to_owned() };
        let certificate = ["false", "False"][usize::from(self.random.random_bool(0.3))];
        let mut headers = vec![("User-Agent", agent), ("X-Client-Cert-Used", certificate.to_owned())];
        if self.random.random_bool(0.3) {
            let [trace, span] = [self.random.random::<u128>(), self.random.random::<u128>() >> 64];
            headers.push(("traceparent", format!("00-{trace:032x}-{span:016x}-00")));
            headers.push(("Request-Id", format!("|{trace:032x}.{span:016x}.")));
        }
        headers
    }
}

/// How the vendor's client calls itself.
pub(crate) const USER_AGENT: &str = "ActiGraph-Hookshot/1.0";

#[cfg(test)]
mod tests;
