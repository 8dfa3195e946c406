//! The checks of the set-up that only the program can make, not `api`: what the desktop around it offers.
//!
//! A check of another part (starting with the computer, say) is one more line in [`outside`].

use api::doctor::{Finding, Outside};
use zbus::blocking::{Connection, Proxy, fdo::DBusProxy};

/// The name a desktop's notification service goes by, and its path.
const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// All of them.
pub(crate) fn outside() -> Vec<Outside> {
    vec![Outside::new("popups", "Pop-ups on the desktop", popups)]
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
