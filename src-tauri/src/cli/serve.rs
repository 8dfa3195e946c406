//! `serve`

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use api::Monitor;
use api::receiving::{self, At};
use api::wire::AddressFrom;

use super::arguments::Front;
use crate::signals;

/// How long a keychain that does not answer may keep the process from ending.
const LAST_CALL: Duration = Duration::from_secs(2);

/// Where to receive, and who said so: the command line, or the environment.
pub(crate) type Told = Option<(SocketAddr, AddressFrom)>;

/// Receives where it is told, serves TLS from the files that are named and figures where it is said, as long as this process runs, and trusts the
/// proxies that are named, from now on.
pub(crate) fn in_front(monitor: &Monitor, listen: Told, front: &Front) -> anyhow::Result<()> {
    if let Some((address, from)) = listen {
        monitor.use_address(address, from);
    }
    if let (Some(certificate), Some(key)) = (&front.tls_cert, &front.tls_key) {
        monitor.use_tls(certificate.clone(), key.clone())?;
    }
    if let Some(address) = front.metrics {
        monitor.use_metrics(address).context("--metrics")?;
    }
    trust(monitor, front)
}

/// Trusts the proxies that are named; where none is, those that were.
fn trust(monitor: &Monitor, front: &Front) -> anyhow::Result<()> {
    match front.trusted_proxy.as_slice() {
        [] => Ok(()),
        [word] if word == "none" => Ok(monitor.trust_proxies(&[])?),
        proxies => monitor.trust_proxies(proxies).context("--trusted-proxy"),
    }
}

pub(crate) fn run(folder: &Path, listen: Told, front: &Front) -> anyhow::Result<ExitCode> {
    let _guard = crate::logging::start("info", Some(folder));
    let monitor = super::open_to_receive(folder)?;
    in_front(&monitor, listen, front)?;
    until_ended(&monitor, |_| {})
}

/// Receives until the process is asked to end. Prints where, once it accepts; then `listening` is told.
pub(crate) fn until_ended(monitor: &Monitor, listening: impl FnOnce(At) + Send) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the receiver cannot be started")?;
    let outcome = runtime.block_on(async {
        let ended = signals::ended().context("the system's signals cannot be listened to")?;
        let told = |at: At| {
            let mut stdout = std::io::stdout();
            // Nobody reading it is no reason not to receive.
            let _ = writeln!(stdout, "listening on {at}").and_then(|()| stdout.flush());
            listening(at);
        };
        receiving::serve(monitor, told, ended).await.map_err(anyhow::Error::from)
    });
    runtime.shutdown_timeout(LAST_CALL);
    outcome.map(|()| ExitCode::SUCCESS)
}
