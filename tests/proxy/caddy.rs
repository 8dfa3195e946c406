//! Caddy, with an authority of its own.

use std::process::{Command, Stdio};

use super::{Kind, is_there};
use crate::harness::{Folder, NAME, Process, Serve};

/// Starts it with the page's file, its names and ports aside.
pub(super) fn start(folder: &Folder, serve: &Serve, port: u16) -> Process {
    is_there("caddy", "version");
    let own = format!("https://{NAME}:{port} {{\n\ttls internal\n");
    let file = Kind::Caddy
        .file()
        .replace(&format!("{NAME} {{\n"), &own)
        .replace("127.0.0.1:8737", &serve.address().to_string());
    assert!(file.contains(&own) && file.contains(&format!("reverse_proxy {}", serve.address())), "{file}");
    let options = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n";
    let path = folder.beside("Caddyfile");
    std::fs::write(&path, options.to_owned() + &file).unwrap();
    let mut command = Command::new("caddy");
    folder.dress(&mut command);
    let log = std::fs::File::create(folder.beside("proxy.log")).unwrap();
    command.env("XDG_DATA_HOME", folder.beside("caddy")).env("XDG_CONFIG_HOME", folder.beside("caddy"));
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(path).stdout(Stdio::null()).stderr(log);
    Process::start(&mut command)
}
