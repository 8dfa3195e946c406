//! Whether this desktop shows tray icons now.

/// Asks the session's bus. On other systems there always is a tray.
pub(super) struct Host {
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
    bus: Option<zbus::blocking::Connection>,
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
impl Host {
    pub(super) fn new() -> Self {
        Self { bus: None }
    }

    /// Blocks: not for the window's thread.
    pub(super) fn is_there(&mut self) -> bool {
        self.ask().unwrap_or_else(|error| {
            tracing::debug!(%error, "the session bus cannot be asked for a tray");
            // It may have been started anew.
            self.bus = None;
            false
        })
    }

    fn ask(&mut self) -> zbus::Result<bool> {
        use zbus::blocking::{Connection, Proxy, fdo::DBusProxy};
        /// The service a desktop's tray goes by. Where nobody owns it, a tray icon is created without error and never seen.
        const NAME: &str = "org.kde.StatusNotifierWatcher";
        let bus = match &self.bus {
            Some(bus) => bus.clone(),
            None => self.bus.insert(Connection::session()?).clone(),
        };
        if !DBusProxy::new(&bus)?.name_has_owner(NAME.try_into()?)? {
            return Ok(false);
        }
        // On some desktops the service outlives the panel that draws. One that does not say counts as there.
        let watcher = Proxy::new(&bus, NAME, "/StatusNotifierWatcher", NAME)?;
        Ok(watcher.get_property("IsStatusNotifierHostRegistered").unwrap_or(true))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")))]
impl Host {
    pub(super) fn new() -> Self {
        Self {}
    }

    pub(super) fn is_there(&mut self) -> bool {
        true
    }
}
