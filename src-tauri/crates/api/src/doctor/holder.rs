//! Which program listens on a port, where the system tells.

/// Its name and process number.
#[cfg(target_os = "linux")]
pub(super) fn of(port: u16) -> Option<String> {
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .find_map(|table| listening(&table, port).map(str::to_owned))?;
    let wanted = format!("socket:[{socket}]");
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    for process in
        processes.filter(|entry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
    {
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        let has = |file: std::fs::DirEntry| {
            std::fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy() == wanted)
        };
        if files.flatten().any(has) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{}, process {}", name.trim(), process.file_name().to_string_lossy()));
        }
    }
    None
}

/// Not told here without asking for more rights.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_port: u16) -> Option<String> {
    None
}

/// The inode of the socket that listens on `port`, of a table as Linux prints it.
#[cfg(any(target_os = "linux", test))]
fn listening(table: &str, port: u16) -> Option<&str> {
    const LISTENS: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let at = fields.get(1)?.rsplit(':').next()?;
        let is_it = u16::from_str_radix(at, 16) == Ok(port) && fields.get(3) == Some(&LISTENS);
        is_it.then(|| fields.get(9).copied()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_that_listens_is_found_in_the_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:2221 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20\n\
             1: 0100007F:2221 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100\n";
        assert_eq!(listening(table, 8737), Some("222"), "the listener, not a connection");
        assert_eq!(listening(table, 8738), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_very_process_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let named = of(listener.local_addr().unwrap().port()).unwrap();
        assert!(named.ends_with(&format!("process {}", std::process::id())), "{named}");
    }
}
