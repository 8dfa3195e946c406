//! The window.
use std::net::SocketAddr;
use std::process::ExitCode;
pub(crate) fn run(
    _m: api::Monitor,
    _a: SocketAddr,
    _p: Option<(api::Practice, crate::practice::Study)>,
) -> anyhow::Result<ExitCode> {
    anyhow::bail!("the window is not there yet")
}
