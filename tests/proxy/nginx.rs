//! nginx, with a certificate of a test's authority.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use super::{Front, is_there, prove};
use crate::harness::{Folder, Process};

/// What stands around the page's file in a system's own one; everything it writes is beside the data folder.
fn around(folder: &Folder, file: &str) -> String {
    let at = |name: &str| folder.beside(name).display().to_string();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("\t{kind}_temp_path {};\n", at(&format!("nginx-{kind}"))))
        .concat();
    format!(
        "{}daemon off;\nworker_processes 1;\npid {};\nevents {{ worker_connections 256; }}\nhttp {{\n\taccess_log off;\n{temporary}{file}}}\n",
        // Its workers read and write what the test made.
        if is_root() { "user root;\n" } else { "" },
        at("nginx.pid")
    )
}

fn is_root() -> bool {
    let ran = Command::new("id").arg("-u").output();
    ran.is_ok_and(|ran| ran.stdout == b"0\n")
}

/// Starts it with the page's file, its names and ports aside.
pub(super) fn start(front: Front, folder: &Folder, behind: SocketAddr, port: u16) -> Process {
    is_there("nginx", "-v");
    prove(folder, front.name);
    let at = |name: &str| folder.beside(name).display().to_string();
    let file = front
        .file()
        .replace("listen [::]:443 ssl http2;", "")
        .replace("listen 443 ", &format!("listen {port} "))
        .replace("/etc/ssl/hooks/fullchain.pem", &at("fullchain.pem"))
        .replace("/etc/ssl/hooks/key.pem", &at("key.pem"))
        .replace("127.0.0.1:8737", &behind.to_string());
    let own = [format!("listen {port} ssl"), at("key.pem"), format!("server {behind};")];
    assert!(own.iter().all(|part| file.contains(part)) && !file.contains("/etc/"), "{file}");
    let path = folder.beside("nginx.conf");
    std::fs::write(&path, around(folder, &file)).unwrap();
    let mut command = Command::new("nginx");
    folder.dress(&mut command);
    command.arg("-p").arg(folder.beside("")).arg("-c").arg(path).arg("-e").arg(folder.beside("proxy.log"));
    Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}
