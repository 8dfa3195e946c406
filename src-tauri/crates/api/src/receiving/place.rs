//! Where to receive: what the start of the program said, else the setting, else this computer alone; and whether a new address will do.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use centrepoint::Authentication;
use receiver::PlainHttp;

use super::{DEFAULT_PORT, bulletin, tls};
use crate::Monitor;
use crate::wire::{AddressFrom, ApiError, Settings};

/// The field of the settings.
pub(crate) const FIELD: &str = "listen_address";

/// The lowest port that needs no right.
const FREE: u16 = 1024;

/// Where to receive, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) from: AddressFrom,
    /// The setting as it was then, whether it counted or not: a change of it is noticed by this.
    pub(crate) setting: String,
}

impl Place {
    /// The start of the program named it: what the settings say does not count.
    pub(super) fn is_told(&self) -> bool {
        matches!(self.from, AddressFrom::CommandLine | AddressFrom::Environment | AddressFrom::Practice)
    }
}

/// This computer alone, on the port of this program.
pub(crate) fn default() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT))
}

impl Monitor {
    /// Receives at `address` as long as this process runs, whatever the settings say.
    pub fn use_address(&self, address: SocketAddr, from: AddressFrom) {
        self.tell_address(address, from);
    }

    /// Where to receive now.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn place(&self) -> Result<Place, ApiError> {
        let setting = self.settings()?.listen_address;
        if let Some((address, from)) = self.told_address() {
            return Ok(Place { address, from, setting });
        }
        let set = parsed(&setting).unwrap_or_else(|wrong| {
            // What was kept was checked; from another version it may say what this one does not understand.
            tracing::warn!(wrong, "the address in the settings cannot be used: the default counts");
            None
        });
        let from = if set.is_some() { AddressFrom::Setting } else { AddressFrom::Default };
        Ok(Place { address: set.unwrap_or_else(default), from, setting })
    }

    /// Where the receiver listens as one calls it: this process, or the one this process shows; where none does, where it would, or last did.
    pub(crate) fn near_address(&self) -> Result<String, ApiError> {
        let status = self.receiver_status();
        if let Some(address) = status.address {
            return Ok(address);
        }
        let tried = if status.address_from.is_some() { Some(self.place()?.address) } else { None };
        match tried.filter(|address| address.port() != 0) {
            Some(address) => Ok(self.called(address)),
            None => self.last_address(),
        }
    }

    /// As it is called once it is listened on.
    fn called(&self, address: SocketAddr) -> String {
        let is_secure = matches!(self.tls_chosen(), Ok(Some(_)));
        format!("{}://{address}", if is_secure { "https" } else { "http" })
    }

    /// Where the receiver of the folder listens, whichever process that is.
    fn listens_at(&self) -> Option<(SocketAddr, bool)> {
        let own = self.receiver_status().address;
        let url = own.or_else(|| {
            self.folder().receiver().ok().flatten()?;
            // One that has just begun has not said it yet, but has written it down.
            bulletin::read(self.folder()).and_then(|posted| posted.status.address).or_else(|| self.last_address().ok())
        })?;
        of_url(&url)
    }

    /// The setting has changed to `new`: whoever shows the address while nobody receives goes by it.
    pub(crate) fn note_listen_address(&self, new: &Settings) -> Result<(), ApiError> {
        let nobody = self.listens_at().is_none() && matches!(self.folder().receiver(), Ok(None));
        match parsed(&new.listen_address) {
            Ok(address) if nobody => self.remember_address(&self.called(address.unwrap_or_else(default))),
            _ => Ok(()),
        }
    }

    /// Whether the receiver could listen where `new` says, for webhooks of these `kinds`.
    ///
    /// # Errors
    /// `invalid`, in plain words.
    pub(crate) fn check_listen_address(&self, new: &Settings, kinds: &[Authentication]) -> Result<(), ApiError> {
        let address = parsed(&new.listen_address).map_err(wrong)?.unwrap_or_else(default);
        let now = self.listens_at();
        let is_secure = tls::files(new).is_some() || now.is_some_and(|(_, is_secure)| is_secure);
        if !is_secure && receiver::plain_http(address, kinds) == PlainHttp::Refuse {
            return Err(wrong(too_open(address)));
        }
        if parsed(&new.metrics_address).is_ok_and(|metrics| metrics.is_some_and(|metrics| meets(metrics, address))) {
            return Err(wrong(format!(
                "port {} is that of the figures for monitoring: choose another one",
                address.port()
            )));
        }
        let tried = match now {
            Some((now, _)) if now == address => return Ok(()),
            // Our own receiver has it: only the address itself can be tried.
            Some((now, _)) if meets(now, address) => SocketAddr::from((address.ip(), 0)),
            _ => address,
        };
        TcpListener::bind(tried).map(drop).map_err(|error| {
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => ": choose another one, or close that program",
                io::ErrorKind::PermissionDenied => ": choose one from 1024 to 65535",
                io::ErrorKind::AddrNotAvailable => ": choose 127.0.0.1 for this computer alone, or one that it has",
                _ => "",
            };
            wrong(format!("{}{advice}", why(address, &error)))
        })
    }

    /// Where others could reach the receiver without TLS once the settings are `new`, and what is to be done about it with webhooks of these
    /// `kinds`; `None` where nobody could.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn reached_plainly(
        &self,
        new: &Settings,
        kinds: &[Authentication],
    ) -> Result<Option<(SocketAddr, PlainHttp)>, ApiError> {
        let (before, now) = (self.settings()?, self.listens_at());
        let moves = before.listen_address != new.listen_address;
        let address = match now {
            Some((now, _)) if !moves => now,
            _ => parsed(&new.listen_address).map_err(wrong)?.unwrap_or_else(default),
        };
        if tls::files(new).is_some() || now.is_some_and(|(_, is_secure)| is_secure) {
            return Ok(None);
        }
        let judged = receiver::plain_http(address, kinds);
        Ok((judged != PlainHttp::Fine).then_some((address, judged)))
    }

    /// How the webhooks there are prove their deliveries.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn kinds(&self) -> Result<Vec<Authentication>, ApiError> {
        let webhooks = self.state().webhooks()?;
        Ok(webhooks.iter().filter(|webhook| !webhook.removed).map(|webhook| webhook.authentication).collect())
    }

    /// Whether passwords or tokens of a webhook would travel there without encryption.
    pub(super) fn is_too_open(&self, address: SocketAddr) -> Result<bool, ApiError> {
        Ok(self.plain_http(address)? == PlainHttp::Refuse)
    }

    /// Whether `address` will do in plain HTTP, by the webhooks there are.
    pub(super) fn plain_http(&self, address: SocketAddr) -> Result<PlainHttp, ApiError> {
        Ok(receiver::plain_http(address, &self.kinds()?))
    }
}

fn meets(one: SocketAddr, other: SocketAddr) -> bool {
    receiver::are_in_each_others_way(one, other)
}

fn wrong(message: String) -> ApiError {
    ApiError::invalid(FIELD, message)
}

/// The address a person wrote, as it is kept; empty stays empty, and is the default.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(crate) fn kept(text: &str) -> Result<String, String> {
    Ok(parsed(text)?.map_or_else(String::new, |address| address.to_string()))
}

/// The address a person wrote; `None` where there is none.
fn parsed(text: &str) -> Result<Option<SocketAddr>, String> {
    let text = text.trim();
    // As the window and the command line show it.
    let plain = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or(text);
    let plain = plain.trim_end_matches('/');
    if plain.is_empty() {
        return Ok(None);
    }
    let shown: String = text.chars().filter(|character| !character.is_control()).take(80).collect();
    let address: SocketAddr = plain.parse().map_err(|_| no_address(plain, &shown))?;
    let ip = address.ip();
    if ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Err(format!("{shown} is no address of one computer: write one such as 127.0.0.1:8737"));
    }
    match address.port() {
        0 => Err("port 0 is none that could be found: choose one from 1024 to 65535".to_owned()),
        _ => Ok(Some(address)),
    }
}

fn no_address(plain: &str, shown: &str) -> String {
    if plain.parse::<IpAddr>().is_ok() {
        return format!("the port is missing: write the address and the port, such as {}", example(plain));
    }
    if plain.parse::<u16>().is_ok() {
        return format!("the address is missing: write 127.0.0.1:{plain} for this computer alone");
    }
    let port = plain.rsplit_once(':').and_then(|(_, port)| port.parse::<u64>().ok());
    if port.is_some_and(|port| port > u64::from(u16::MAX)) {
        return format!("{shown} has no port from 1024 to 65535 behind the colon");
    }
    format!("{shown} is not an address with a port: write numbers such as 127.0.0.1:8737, and no name")
}

fn example(ip: &str) -> String {
    if ip.contains(':') { format!("[{ip}]:{DEFAULT_PORT}") } else { format!("{ip}:{DEFAULT_PORT}") }
}

/// `https://127.0.0.1:8737`: the address, and whether it is with TLS.
pub(super) fn of_url(url: &str) -> Option<(SocketAddr, bool)> {
    let (scheme, address) = url.split_once("://")?;
    Some((address.parse().ok()?, scheme == "https"))
}

/// Why an address cannot be listened on, without what to do.
pub(super) fn why(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {} is in use by another program", address.port()),
        io::ErrorKind::PermissionDenied if address.port() < FREE => {
            format!("the system lets only programs with special rights listen on port {}", address.port())
        }
        io::ErrorKind::PermissionDenied => {
            format!("the system does not let this program listen on port {}", address.port())
        }
        io::ErrorKind::AddrNotAvailable => format!("this computer has no address {}", address.ip()),
        _ => format!("{address} cannot be listened on: {error}"),
    }
}

/// Said at the start: why, and what to do.
pub(super) fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    let ip = address.ip();
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            let next = SocketAddr::from((ip, address.port().wrapping_add(1).max(FREE)));
            format!(
                ": close that one, or have CentrePoint Monitor listen on another port (in Settings, General, or with --listen {next})"
            )
        }
        io::ErrorKind::PermissionDenied => {
            ": choose one from 1024 to 65535 (in Settings, General, or with --listen)".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => ": choose 127.0.0.1 (in Settings, General, or with --listen)".to_owned(),
        _ => String::new(),
    };
    format!("{}{advice}", why(address, error))
}

/// Without TLS it may not be listened on.
pub(super) fn too_open(address: SocketAddr) -> String {
    format!(
        "{address} can be reached from other computers, and without TLS the passwords and tokens of Basic or OAuth2 webhooks would travel there \
             unencrypted: name a certificate and its key (--tls-cert, --tls-key, or in Settings, General), or listen on 127.0.0.1 and put an HTTPS tunnel or proxy in front"
    )
}

#[cfg(test)]
mod tests;
