//! The same receiver with nothing behind it: what intake costs before anything is kept.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use centrepoint::{Authentication, Credentials, Secret};
use receiver::{Allow, Hook, Hooks, Intake, Limits, Networks};
use store::state::{Handshake, NewRejection};
use store::{Appended, NewArrival, NotDurable};
use study::Slug;
use study::clock::SystemClock;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::harness::PASSCODE;
use crate::load::SLUG;

/// What this program is called with to be that receiver.
pub(crate) const COMMAND: &str = "serve-without-storing";

/// Accepts everything that is right and keeps none of it.
#[derive(Default)]
struct Nothing {
    count: AtomicI64,
}

impl Intake for Nothing {
    async fn append(&self, arrival: NewArrival) -> Result<Appended, NotDurable> {
        drop(arrival);
        Ok(Appended { sequence: self.count.fetch_add(1, Ordering::Relaxed) + 1 })
    }

    fn reject(&self, _rejection: NewRejection) {}

    fn handshake(&self, _slug: &Slug, _handshake: Handshake, _source: IpAddr, _unsigned: Option<(Vec<u8>, Vec<u8>)>) {}

    fn count(&self, _name: &'static str) {}

    fn health(&self) -> Result<(), Arc<str>> {
        Ok(())
    }
}

/// Serves until it is told to end.
pub(crate) fn serve() -> anyhow::Result<()> {
    let slug = Slug::new(SLUG)?;
    let passcode = Secret::new(PASSCODE.as_bytes().to_vec());
    let hook = Hook {
        slug,
        enabled: true,
        allow: Allow::Everyone,
        authentication: Authentication::Hmac,
        credentials: Ok(Credentials::Hmac { passcode }),
        secret_version: 1,
        former: None,
    };
    let hooks = Hooks(Arc::new(HashMap::from([(SLUG.to_owned(), hook)])));
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (_keep, hooks) = watch::channel(hooks);
        let (_keep_too, proxies) = watch::channel(Networks::default());
        writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
        let mut terminate = signal(SignalKind::terminate())?;
        let shutdown = async move {
            terminate.recv().await;
        };
        let intake = Arc::new(Nothing::default());
        receiver::run(listener, hooks, intake, Arc::new(SystemClock), Limits::default(), proxies, shutdown).await?;
        Ok(())
    })
}
