//! The open connections: how many there may be, from one address and in all, and which of them goes when there are too many.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, Id, JoinSet};

use crate::Limits;
use crate::connection::Line;

/// Connections that may be on their way out at once: each has its file handle until its task is gone. Newcomers wait in the system's queue
/// meanwhile.
const LEAVING: usize = 32;

/// Where connections come from, as far as their number is concerned: an IPv4 address, or an IPv6 network of 64 bits, which is
/// the least that one subscriber has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    /// The origin of a peer.
    pub(crate) fn of(peer: IpAddr) -> Self {
        Self(match peer.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// The open connections, oldest first. At most `cap`, and at most `cap_of_one` of one origin.
pub(crate) struct Connections {
    cap: usize,
    cap_of_one: usize,
    open: Vec<Open>,
    /// How many of `open` each origin has; none is in it without one.
    of_one: HashMap<Origin, usize>,
    /// The tasks that serve them.
    pub(crate) tasks: JoinSet<()>,
}

struct Open {
    line: Arc<Line>,
    task: AbortHandle,
    /// `None` for who may have any number of connections: this computer, and the proxies that are trusted.
    origin: Option<Origin>,
}

impl Connections {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            cap: limits.connections,
            cap_of_one: limits.connections_of_one,
            open: Vec::new(),
            of_one: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    /// Makes room for one from `origin`; `false` when there is none for it.
    pub(crate) fn make_room(&mut self, origin: Option<Origin>) -> bool {
        if let Some(origin) = origin
            && self.weight(Some(origin)) >= self.cap_of_one
        {
            // An origin that has its share displaces its own, and never another's.
            let Some(index) = self.who_goes(|open| open.origin == Some(origin)) else { return false };
            self.close(index);
        }
        if self.open.len() >= self.cap {
            self.drop_one();
        }
        true
    }

    /// Takes one in.
    pub(crate) fn add(
        &mut self,
        line: &Arc<Line>,
        origin: Option<Origin>,
        serving: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(serving);
        self.open.push(Open { line: Arc::clone(line), task, origin });
        if let Some(origin) = origin {
            *self.of_one.entry(origin).or_default() += 1;
        }
    }

    /// The one of this task has ended.
    pub(crate) fn forget(&mut self, id: Id) {
        if let Some(index) = self.open.iter().position(|open| open.task.id() == id) {
            self.remove(index);
        }
    }

    /// The cap is reached, and no connection may go: newcomers wait in the system's queue.
    pub(crate) fn is_full(&self) -> bool {
        self.open.len() >= self.cap && self.who_goes(|_| true).is_none()
    }

    /// So many that were closed are not gone yet that they would add up: a crowd comes faster than it is shown out.
    pub(crate) fn are_leaving(&self) -> bool {
        self.tasks.len().saturating_sub(self.open.len()) >= LEAVING
    }

    /// Ends the connection that is missed least, where there is one.
    pub(crate) fn drop_one(&mut self) {
        if let Some(index) = self.who_goes(|_| true) {
            self.close(index);
        }
    }

    /// One without an authentic request, whatever it is at; else one that is idle. Never one whose authentic request is being
    /// kept. It is the oldest from where most come, so that a crowd from one place displaces itself.
    fn who_goes(&self, may: impl Fn(&Open) -> bool) -> Option<usize> {
        let first = |fits: &dyn Fn(&Line) -> bool| {
            let fitting = self.open.iter().enumerate().filter(|(_, open)| may(open) && fits(&open.line));
            fitting.min_by_key(|(_, open)| Reverse(self.weight(open.origin))).map(|(index, _)| index)
        };
        first(&|line| !line.is_authentic()).or_else(|| first(&Line::is_idle))
    }

    /// How many its origin has. Those without a cap count as if each came from elsewhere: behind a proxy, they do.
    fn weight(&self, origin: Option<Origin>) -> usize {
        origin.map_or(1, |origin| self.of_one.get(&origin).copied().unwrap_or_default())
    }

    fn close(&mut self, index: usize) {
        let open = self.remove(index);
        tracing::debug!(peer = %open.line.peer, "closed to make room");
        open.task.abort();
    }

    fn remove(&mut self, index: usize) -> Open {
        let open = self.open.remove(index);
        if let Some(origin) = open.origin
            && let Some(count) = self.of_one.get_mut(&origin)
        {
            *count -= 1;
            if *count == 0 {
                self.of_one.remove(&origin);
            }
        }
        open
    }

    /// Waits for what is in flight, at most `limit`, then ends the rest.
    pub(crate) async fn finish(mut self, limit: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!(open = self.tasks.len(), "connections were still at work at the end and are closed");
        }
        self.tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn connections(cap: usize, cap_of_one: usize) -> Connections {
        Connections::new(&Limits { connections: cap, connections_of_one: cap_of_one, ..Limits::default() })
    }

    /// One more from `peer`, where it is let in.
    fn come(connections: &mut Connections, peer: &str) -> Option<Arc<Line>> {
        let peer: IpAddr = peer.parse().unwrap();
        let origin = (!peer.is_loopback()).then(|| Origin::of(peer));
        connections.make_room(origin).then(|| {
            let line = Arc::new(Line::new(peer));
            connections.add(&line, origin, std::future::pending());
            line
        })
    }

    fn is_open(connections: &Connections, line: &Arc<Line>) -> bool {
        connections.open.iter().any(|open| Arc::ptr_eq(&open.line, line))
    }

    #[tokio::test]
    async fn one_address_displaces_only_its_own() {
        let mut all = connections(1_000, 3);
        let vendor = come(&mut all, "13.82.60.74").unwrap();
        let first = come(&mut all, "203.0.113.9").unwrap();
        for _ in 0..50 {
            assert!(come(&mut all, "203.0.113.9").is_some(), "the newest of it is served");
        }
        assert!(is_open(&all, &vendor), "although it is the oldest");
        assert!(!is_open(&all, &first));
        assert_eq!(all.count(), 4);
    }

    #[tokio::test]
    async fn where_all_of_one_address_are_at_work_on_what_is_authentic_it_gets_no_more() {
        let mut all = connections(1_000, 2);
        for _ in 0..2 {
            let line = come(&mut all, "203.0.113.9").unwrap();
            line.set_authentic();
            line.working(true);
        }
        assert!(come(&mut all, "203.0.113.9").is_none());
        assert!(come(&mut all, "203.0.113.10").is_some());
        assert_eq!(all.count(), 3);
    }

    #[tokio::test]
    async fn where_the_cap_of_all_is_reached_the_most_crowded_origin_gives_way() {
        let mut all = connections(10, 4);
        let vendor = come(&mut all, "13.82.60.74").unwrap();
        for host in 1..40 {
            for _ in 0..4 {
                assert!(come(&mut all, &format!("203.0.113.{}", host % 4)).is_some());
            }
        }
        assert!(is_open(&all, &vendor), "four crowds do not displace one that has a single connection");
        assert_eq!(all.count(), 10);
    }

    #[tokio::test]
    async fn a_crowd_is_let_in_no_faster_than_it_is_shown_out() {
        let mut all = connections(10, 4);
        let mut came = 0;
        while !all.are_leaving() {
            assert!(came < 1_000, "closed ones hold their handles until they are gone");
            come(&mut all, "127.0.0.1");
            came += 1;
        }
        assert_eq!((all.count(), all.tasks.len()), (10, 10 + LEAVING));
        while all.are_leaving() {
            assert!(all.tasks.join_next().await.is_some_and(|ended| ended.is_err()), "it was closed");
        }
        assert_eq!(all.count(), 10, "who is open stays");
    }

    #[tokio::test]
    async fn this_computer_has_no_cap_of_its_own() {
        let mut all = connections(100, 2);
        for _ in 0..50 {
            assert!(come(&mut all, "127.0.0.1").is_some());
        }
        assert_eq!(all.count(), 50);
        assert!(all.of_one.is_empty());
    }

    #[test]
    fn an_origin_is_what_one_subscriber_has() {
        let of = |peer: &str| Origin::of(peer.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "a network of 64 bits");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"), "IPv4 written as IPv6");
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[derive(Debug, Clone)]
    enum Doing {
        Come(u8),
        Authentic(usize),
        Work(usize),
        End(usize),
        DropOne,
    }

    fn doing() -> impl Strategy<Value = Doing> {
        prop_oneof![
            6 => (0_u8..5).prop_map(Doing::Come),
            2 => any::<usize>().prop_map(Doing::Authentic),
            2 => any::<usize>().prop_map(Doing::Work),
            2 => any::<usize>().prop_map(Doing::End),
            1 => Just(Doing::DropOne),
        ]
    }

    proptest! {
        #[test]
        fn no_order_of_things_breaks_a_cap_or_the_table(doings in proptest::collection::vec(doing(), 0..80)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _entered = runtime.enter();
            let mut all = connections(8, 3);
            for doing in doings {
                let pick = |all: &Connections, index: usize| (all.count() > 0).then(|| index % all.count());
                match doing {
                    // As the accept loop does: nobody is taken in while it is full.
                    Doing::Come(_) if all.is_full() => {}
                    Doing::Come(0) => { come(&mut all, "127.0.0.1"); }
                    Doing::Come(host) => { come(&mut all, &format!("203.0.113.{host}")); }
                    Doing::Authentic(index) => {
                        if let Some(at) = pick(&all, index) { all.open[at].line.set_authentic(); }
                    }
                    Doing::Work(index) => {
                        if let Some(at) = pick(&all, index) { all.open[at].line.working(false); }
                    }
                    Doing::End(index) => {
                        if let Some(at) = pick(&all, index) {
                            let id = all.open[at].task.id();
                            all.forget(id);
                        }
                    }
                    Doing::DropOne => all.drop_one(),
                }
                prop_assert!(all.count() <= 8);
                prop_assert_eq!(all.of_one.values().sum::<usize>(), all.open.iter().filter(|o| o.origin.is_some()).count());
                for (origin, count) in &all.of_one {
                    prop_assert!((1..=3).contains(count));
                    prop_assert_eq!(*count, all.open.iter().filter(|open| open.origin == Some(*origin)).count());
                }
            }
        }
    }
}
