//! What is counted, and how it is written out. Counters begin at 0 with the process, as Prometheus expects; the rest is asked for with each look.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// What every name begins with.
const PREFIX: &str = "centrepoint_monitor";

/// The states of the receiver, as the label `state` names them.
pub const STATES: [&str; 4] = ["starting", "receiving", "failing", "not_receiving"];

/// Why a delivery is told to come again later (`503`).
const LATER: [&str; 3] = ["not_durable", "no_room", "secret_unreadable"];

/// Seconds until a delivery is on disk: from a fast disk's half a millisecond to the 10 s after which it is answered `503`.
const DURABLE: [f64; 13] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// One label and its value.
type Label = [(&'static str, String); 1];

/// The counters of a process. What a label holds is a constant of the program, or a webhook's slug, so their number is bounded.
#[derive(Debug)]
pub struct Figures {
    registry: Registry,
    accepted: Family<Label, Counter>,
    refused: Family<Label, Counter>,
    later: Family<Label, Counter>,
    other: Family<Label, Counter>,
    durable: Histogram,
    connections: Gauge,
}

/// What is not counted but looked at, when somebody asks. What is not known now is left out of the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Now {
    /// One of [`STATES`].
    pub state: &'static str,
    /// Every webhook's slug: it is counted from 0 on.
    pub webhooks: Vec<String>,
    /// Rows that wait for the disk.
    pub queued_rows: Option<u64>,
    /// Rows of the log that the view has not derived yet.
    pub behind_rows: Option<i64>,
    /// Problems that are open.
    pub open_problems: Option<i64>,
    /// Since the latest delivery was received, in seconds.
    pub last_delivery_age_seconds: Option<f64>,
    /// What this program may still write on the data folder's disk, and what that disk holds.
    pub disk_bytes: Option<(u64, u64)>,
}

impl Default for Figures {
    fn default() -> Self {
        Self::new()
    }
}

impl Figures {
    /// Everything at 0.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let (accepted, refused) = (Family::<Label, Counter>::default(), Family::<Label, Counter>::default());
        let (later, other) = (Family::<Label, Counter>::default(), Family::<Label, Counter>::default());
        let durable = Histogram::new(DURABLE);
        let connections = Gauge::default();
        registry.register(
            "deliveries_accepted",
            "Requests answered 200 and kept, repeated attempts included",
            accepted.clone(),
        );
        registry.register("requests_refused", "Requests refused for good (4xx)", refused.clone());
        registry.register("answers_later", "Requests told to come again later (503)", later.clone());
        registry.register("counted", "What is only counted, as the program's counters name it", other.clone());
        registry.register("durable_seconds", "From a whole delivery to its being on disk", durable.clone());
        registry.register("connections_open", "Connections to the receiver", connections.clone());
        // A rule that watches for a rise needs the 0 before it.
        for reason in LATER {
            drop(later.get_or_create(&label("reason", reason)));
        }
        Self { registry, accepted, refused, later, other, durable, connections }
    }

    /// A delivery of this webhook was kept, and how long that took.
    pub fn accepted(&self, webhook_slug: &str, took: Duration) {
        self.accepted.get_or_create(&label("webhook", webhook_slug)).inc();
        self.durable.observe(took.as_secs_f64());
    }

    /// A request was refused; `reason` is a constant word.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&label("reason", reason)).inc();
    }

    /// A request was told to come again later; `reason` is a constant word.
    pub fn later(&self, reason: &'static str) {
        self.later.get_or_create(&label("reason", reason)).inc();
    }

    /// Something was counted under this constant name.
    pub fn counted(&self, name: &'static str) {
        self.other.get_or_create(&label("name", name)).inc();
    }

    /// So many connections are open.
    pub fn connections(&self, open: usize) {
        self.connections.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// Everything, in the text format.
    ///
    /// # Errors
    /// None that is known: writing into a text does not fail.
    pub fn text(&self, version: &str, now: &Now) -> Result<String, fmt::Error> {
        for slug in &now.webhooks {
            drop(self.accepted.get_or_create(&label("webhook", slug)));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        encode(&mut text, &standing(version, now))?;
        Ok(text)
    }
}

fn label(name: &'static str, value: &str) -> Label {
    [(name, value.to_owned())]
}

/// What stands now, as a registry of its own.
fn standing(version: &str, now: &Now) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register("build", "The program", Info::new(label("version", version)));
    let states = Family::<Label, Gauge>::default();
    for state in STATES {
        states.get_or_create(&label("state", state)).set(i64::from(state == now.state));
    }
    registry.register("receiver_state", "1 for the state the receiver is in, 0 for the others", states);
    let mut whole = |name: &str, help: &str, value: Option<i64>| {
        if let Some(value) = value {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    };
    let capped = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    whole("write_queue_rows", "Rows that wait for the disk", now.queued_rows.map(capped));
    whole("view_behind_rows", "Rows of the log that the view has not derived yet", now.behind_rows);
    whole("problems_open", "Problems that are open", now.open_problems);
    let (left, total) = now.disk_bytes.unzip();
    whole("disk_left_bytes", "What may still be written on the data folder's disk", left.map(capped));
    whole("disk_total_bytes", "What the data folder's disk holds", total.map(capped));
    if let Some(age) = now.last_delivery_age_seconds {
        let gauge = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        gauge.set(age);
        registry.register("last_delivery_age_seconds", "Since the latest delivery was received", gauge);
    }
    registry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now {
            state: "receiving",
            webhooks: vec!["study-189".to_owned()],
            queued_rows: Some(3),
            behind_rows: Some(0),
            open_problems: Some(2),
            last_delivery_age_seconds: Some(1.5),
            disk_bytes: Some((10, u64::MAX)),
        }
    }

    #[track_caller]
    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|known| known == line), "{line} in {text}");
    }

    #[test]
    fn what_happened_is_counted_by_reason_and_webhook() {
        let figures = Figures::new();
        figures.accepted("study-189", Duration::from_millis(3));
        figures.accepted("study-189", Duration::from_secs(4));
        figures.refused("signature_differs");
        figures.later("not_durable");
        figures.counted("not_found");
        figures.connections(7);
        let text = figures.text("0.1.0", &now()).unwrap();
        for line in [
            "centrepoint_monitor_deliveries_accepted_total{webhook=\"study-189\"} 2",
            "centrepoint_monitor_requests_refused_total{reason=\"signature_differs\"} 1",
            "centrepoint_monitor_answers_later_total{reason=\"not_durable\"} 1",
            "centrepoint_monitor_answers_later_total{reason=\"no_room\"} 0",
            "centrepoint_monitor_counted_total{name=\"not_found\"} 1",
            "centrepoint_monitor_durable_seconds_bucket{le=\"0.0025\"} 0",
            "centrepoint_monitor_durable_seconds_bucket{le=\"0.005\"} 1",
            "centrepoint_monitor_durable_seconds_bucket{le=\"+Inf\"} 2",
            "centrepoint_monitor_durable_seconds_count 2",
            "centrepoint_monitor_connections_open 7",
            "centrepoint_monitor_build_info{version=\"0.1.0\"} 1",
            "centrepoint_monitor_receiver_state{state=\"receiving\"} 1",
            "centrepoint_monitor_receiver_state{state=\"failing\"} 0",
            "centrepoint_monitor_write_queue_rows 3",
            "centrepoint_monitor_view_behind_rows 0",
            "centrepoint_monitor_problems_open 2",
            "centrepoint_monitor_last_delivery_age_seconds 1.5",
            "centrepoint_monitor_disk_left_bytes 10",
        ] {
            has(&text, line);
        }
    }

    #[test]
    fn a_webhook_is_counted_from_0_on_and_what_is_not_known_is_left_out() {
        let text = Figures::new().text("0.1.0", &now()).unwrap();
        has(&text, "centrepoint_monitor_deliveries_accepted_total{webhook=\"study-189\"} 0");
        let text = Figures::new().text("0.1.0", &Now { state: "not_receiving", ..Now::default() }).unwrap();
        for unknown in ["problems_open", "last_delivery", "disk_", "write_queue", "view_behind"] {
            assert!(!text.contains(unknown), "{unknown}: a figure that is not known is none, not 0: {text}");
        }
        has(&text, "centrepoint_monitor_receiver_state{state=\"not_receiving\"} 1");
    }

    #[test]
    fn every_figure_says_once_what_it_is() {
        let figures = Figures::new();
        figures.refused("disabled");
        figures.counted("not_found");
        let text = figures.text("0.1.0", &now()).unwrap();
        let mut kinds: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        let many = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(many, kinds.len(), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("centrepoint_monitor_") && value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
