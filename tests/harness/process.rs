//! A child process that never outlives its test.

use std::collections::HashMap;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::eventually;

/// A child in a process group of its own. Dropping it kills the group and waits, so that nothing is left running.
pub(crate) struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts `command`.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).spawn();
        Self {
            child: child.unwrap_or_else(|e| panic!("{name} does not start: {e}; `make test` installs what is needed")),
            name,
        }
    }

    /// The child, for its pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal (`TERM`, `KILL`, `STOP`, `CONT`) to the child alone.
    pub(crate) fn signal(&self, signal: &str) {
        kill(signal, &self.child.id().to_string());
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let what = format!("{} to end", self.name);
        eventually(&what, || self.child.try_wait().expect("a child can be waited for"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
    }
}

/// The process of this name that `root` started, or one that it started.
pub(crate) fn below(root: u32, name: &str) -> Option<u32> {
    // A name is cut by the system, and stands in parentheses: 7 (WebKitWebProces) S 5 …
    let name = name.get(..15).unwrap_or(name);
    let parents: HashMap<u32, (String, u32)> = std::fs::read_dir("/proc")
        .expect("Linux shows its processes")
        .filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
            let mut rest = stat.get(end + 2..)?.split(' ');
            let is_alive = rest.next()? != "Z";
            let parent = rest.next()?.parse().ok()?;
            is_alive.then(|| (id, (stat[begin + 1..end].to_owned(), parent)))
        })
        .collect();
    let is_below = |mut id: u32| {
        while let Some((_, parent)) = parents.get(&id) {
            if *parent == root {
                return true;
            }
            id = *parent;
        }
        false
    };
    parents.iter().find(|(id, (its, _))| its == name && is_below(**id)).map(|(id, _)| *id)
}

/// Sends a signal to a process. The shell's own `kill`: part of every system, and it knows process groups.
pub(crate) fn kill(signal: &str, target: &str) {
    let _ =
        Command::new("sh").args(["-c", r#"kill -s "$1" -- "$2""#, "sh", signal, target]).stderr(Stdio::null()).status();
}
