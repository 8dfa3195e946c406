//! Caddy, with an authority of its own.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use super::{Front, is_there, prove};
use crate::harness::{Folder, NAME, Process};

/// Starts it with the page's file, its names and ports aside.
pub(super) fn start(front: Front, folder: &Folder, behind: SocketAddr, port: u16) -> Process {
    is_there("caddy", "version");
    let tls = if front.proven {
        prove(folder, front.name);
        format!("{} {}", folder.beside("fullchain.pem").display(), folder.beside("key.pem").display())
    } else {
        "internal".to_owned()
    };
    let own = format!("https://{}:{port} {{\n\ttls {tls}\n", front.name);
    let file = front.file().replace(&format!("{NAME} {{\n"), &own).replace("127.0.0.1:8737", &behind.to_string());
    assert!(file.contains(&own) && file.contains(&format!("reverse_proxy {behind}")), "{file}");
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
