//! `simulate`

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, ensure};
use centrepoint::{Credentials, Secret};
use simulator::Plan;
use study::Clock as _;
use study::clock::SystemClock;

use super::arguments::{Auth, Simulate};
use super::out::Out;
use super::secret;
use crate::signals;

pub(crate) fn run(ask: Simulate) -> anyhow::Result<ExitCode> {
    let plan = Plan {
        credentials: credentials(&ask)?,
        url: ask.to,
        vendor_webhook_id: "15".to_owned(),
        study_id: ask.study_id,
        scenario: ask.scenario,
        count: (ask.count > 0).then_some(ask.count),
        rate: ask.rate,
        seed: ask.seed,
        start: SystemClock.now(),
    };
    let stop = stop_at_signal()?;
    let summary = simulator::run(&plan, &stop, &mut |_| {})?;
    let mut out = Out::new();
    out.line(summary.to_string().trim_end())?;
    out.done()?;
    Ok(if summary.all_accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn credentials(ask: &Simulate) -> anyhow::Result<Credentials> {
    ensure!(
        ask.secret_stdin || ask.auth == Auth::None,
        "{} needs a secret: pipe it in with --secret-stdin",
        ask.auth.word()
    );
    ensure!(
        !ask.secret_stdin || ask.auth != Auth::None,
        "--secret-stdin: without authentication there is no secret (choose one with --auth)"
    );
    Ok(match ask.auth {
        Auth::None => Credentials::None,
        Auth::Hmac => Credentials::Hmac { passcode: Secret::new(secret::read()?) },
        Auth::Basic => {
            let username = ask.username.clone().context("basic needs --username")?;
            Credentials::Basic { username, password: Secret::new(secret::read()?) }
        }
        Auth::OAuth2 => {
            let client_id = ask.client_id.clone().context("oauth2 needs --client-id")?;
            Credentials::OAuth2 { client_id, client_secret: Secret::new(secret::read()?) }
        }
    })
}

/// A flag that the first Ctrl-C sets: what was sent until then is summed up.
fn stop_at_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no thread could be started")?;
    let ended = {
        let _inside = runtime.enter();
        signals::ended().context("the system's signals cannot be listened to")?
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(ended);
        flag.store(true, Ordering::Relaxed);
    })?;
    Ok(stop)
}
