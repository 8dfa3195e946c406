//! The checks of the set-up that only the program can make, not `api`: what the desktop around it offers.
//!
//! A check of another part is one more line in [`outside`].

use api::Monitor;
use api::doctor::{Finding, Outside};
use zbus::blocking::{Connection, Proxy, fdo::DBusProxy};

use crate::autostart::{Found, Start};
use crate::cli::Front;

/// The name a desktop's notification service goes by, and its path.
const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// All of them.
pub(crate) fn outside(monitor: &Monitor) -> Vec<Outside> {
    let monitor = monitor.clone();
    vec![
        Outside::new("popups", "Pop-ups on the desktop", popups),
        Outside::new("autostart", "Starting with the computer", move || starts(&monitor)),
    ]
}

fn starts(monitor: &Monitor) -> Finding {
    if monitor.is_practice().unwrap_or(false) {
        return Finding::green("This is a practice folder: it is not started with the computer.");
    }
    let looked = Start::of(monitor.data_folder(), None, &Front::default()).and_then(|start| start.look());
    of_start(looked.map_err(|error| format!("{error:#}")))
}

fn of_start(looked: Result<Found, String>) -> Finding {
    match looked {
        Ok(Found::On) => Finding::green("CentrePoint Monitor starts with the computer, hidden."),
        Ok(Found::Other(other)) => Finding::green(format!("With the computer starts {other}")),
        Ok(Found::Off) => Finding::amber(
            "CentrePoint Monitor does not start with the computer: after a restart nothing is received until somebody starts it.",
            "Switch it on in Settings, under General. Where a service of the system runs it, this is fine.",
        ),
        Err(reason) => Finding::amber(
            format!("This cannot be told: {reason}."),
            "Restart the computer once and see whether it receives afterwards.",
        ),
    }
}

/// What the bus says of the notification service.
enum Service {
    /// It runs, and calls itself this.
    Runs(String),
    /// It is started when it is needed.
    OnDemand,
    /// Nobody has the name.
    Nobody,
}

fn popups() -> Finding {
    if cfg!(any(target_os = "macos", target_os = "windows")) {
        return Finding::green("The system shows pop-ups itself. Whether it lets this program, its own settings say.");
    }
    judge(ask().map_err(|error| error.to_string()))
}

fn ask() -> zbus::Result<Service> {
    let bus = Connection::session()?;
    let names = DBusProxy::new(&bus)?;
    if !names.name_has_owner(SERVICE.try_into()?)? {
        let known = names.list_activatable_names()?.iter().any(|name| name.as_str() == SERVICE);
        return Ok(if known { Service::OnDemand } else { Service::Nobody });
    }
    let server = Proxy::new(&bus, SERVICE, PATH, SERVICE)?;
    let (name, vendor, version, _): (String, String, String, String) = server.call("GetServerInformation", &())?;
    Ok(Service::Runs([name, version, vendor].join(" ").trim().to_owned()))
}

fn judge(asked: Result<Service, String>) -> Finding {
    let without = "On a server that is fine: problems are still listed. On a desktop, let IT install a notification service (dunst, or the desktop’s own).";
    match asked {
        Ok(Service::Runs(name)) => Finding::green(format!("Pop-ups are shown by {name}.")),
        Ok(Service::OnDemand) => Finding::green("The desktop’s notification service starts when it is needed."),
        Ok(Service::Nobody) => {
            Finding::amber("No pop-ups are shown: this desktop has no notification service.", without)
        }
        Err(reason) => {
            Finding::amber(format!("No pop-ups are shown from here: the desktop cannot be asked ({reason})."), without)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_with_the_computer_is_told() {
        for (looked, words) in [
            (Ok(Found::On), "Green"),
            (Ok(Found::Other("/opt/monitor --listen 127.0.0.1:9000".to_owned())), "/opt/monitor --listen"),
            (Ok(Found::Off), "after a restart nothing is received"),
            (Err("no home".to_owned()), "cannot be told: no home"),
        ] {
            let found = format!("{:?}", of_start(looked));
            assert!(found.contains(words), "{found}");
        }
    }

    #[test]
    fn each_desktop_is_told() {
        for (asked, words) in [
            (Ok(Service::Runs("dunst 1.9 knopwob".to_owned())), "shown by dunst 1.9"),
            (Ok(Service::OnDemand), "starts when it is needed"),
            (Ok(Service::Nobody), "has no notification service"),
            (Err("no bus".to_owned()), "cannot be asked (no bus)"),
        ] {
            let found = format!("{:?}", judge(asked));
            assert!(found.contains(words), "{found}");
        }
    }
}
