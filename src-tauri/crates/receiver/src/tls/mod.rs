//! TLS in front of the same HTTP: certificate and key from PEM files, taken anew when the files change.
//!
//! `files` reads and judges a pair, `certificate` says what it holds for whom and until when, `greeting` brings a connection
//! through its handshake. Who says it to a person, and where the names of the files are kept, is the caller's business.

mod certificate;
mod fault;
mod files;
mod greeting;
mod outside;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::watch;

pub use certificate::{Certificate, Standing};
pub use fault::{Fault, Unusable, Which};
pub use files::Files;
use files::Pair;
pub(crate) use greeting::{Greetings, greet};
pub use outside::{Doubt, Roots, Seen, Unseen, look};

/// How connections are served from now on: with TLS, or in the clear. Each is served to its end as it began.
#[derive(Debug, Clone, Default)]
pub struct Served(Option<watch::Receiver<Option<Arc<ServerConfig>>>>);

impl Served {
    /// TLS is on.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.config().is_some()
    }

    pub(crate) fn config(&self) -> Option<Arc<ServerConfig>> {
        self.0.as_ref().and_then(|served| served.borrow().clone())
    }
}

/// A certificate with its key, kept as fresh as its files are.
#[derive(Debug)]
pub struct Tls {
    served: watch::Sender<Option<Arc<ServerConfig>>>,
    pair: Option<(Files, Pair)>,
    /// What the files hold now cannot be used, and the pair from before goes on.
    trouble: Option<Unusable>,
    /// Seen once: files that are being written look broken for a moment.
    suspect: Option<Unusable>,
}

/// What a look at the files came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nothing is new.
    Same,
    /// New connections get what the files hold now.
    Taken,
    /// TLS is off from now on.
    Off,
    /// What the files hold cannot be used: what was in use goes on. Said once, until something changes.
    Kept(Unusable),
}

impl Tls {
    /// Reads the pair, where there is one to be read; without one, in the clear.
    ///
    /// # Errors
    /// That it cannot be used, and why. An expired one can.
    pub fn open(files: Option<&Files>) -> Result<Self, Unusable> {
        let pair = files.map(|files| files.read().map(|pair| (files.clone(), pair))).transpose()?;
        let (served, _) = watch::channel(pair.as_ref().map(|(_, pair)| Arc::clone(&pair.config)));
        Ok(Self { served, pair, trouble: None, suspect: None })
    }

    /// How connections are served, now and from now on.
    #[must_use]
    pub fn served(&self) -> Served {
        Served(Some(self.served.subscribe()))
    }

    /// TLS is on.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.pair.is_some()
    }

    /// The certificate in use.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.pair.as_ref().map(|(_, pair)| &pair.certificate)
    }

    /// Why what the files hold now is not in use.
    #[must_use]
    pub fn trouble(&self) -> Option<&Unusable> {
        self.trouble.as_ref()
    }

    /// Looks whether there is something new to be served with. The files are read whole, both in one go; a pair that cannot be
    /// used is believed to be broken when the next look finds it no better.
    pub fn look(&mut self, files: Option<&Files>) -> Looked {
        let Some(files) = files else {
            (self.trouble, self.suspect) = (None, None);
            return if self.pair.take().is_some() {
                self.served.send_replace(None);
                Looked::Off
            } else {
                Looked::Same
            };
        };
        match files.read() {
            Ok(pair) => {
                (self.trouble, self.suspect) = (None, None);
                if self.pair.as_ref().is_some_and(|(_, known)| known.digest == pair.digest) {
                    return Looked::Same;
                }
                self.served.send_replace(Some(Arc::clone(&pair.config)));
                self.pair = Some((files.clone(), pair));
                Looked::Taken
            }
            Err(unusable) => {
                if self.trouble.as_ref() == Some(&unusable) {
                    return Looked::Same;
                }
                if self.suspect.as_ref() != Some(&unusable) {
                    self.suspect = Some(unusable);
                    return Looked::Same;
                }
                self.trouble = Some(unusable.clone());
                Looked::Kept(unusable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Pem;
    use super::*;

    #[test]
    fn a_new_pair_is_taken_and_a_wrong_one_leaves_the_old_one_in_use() {
        let pem = Pem::new();
        let files = pem.write(&Pem::signed(&["a.example"]));
        let mut tls = Tls::open(Some(&files)).unwrap();
        let served = tls.served();
        let first = served.config().unwrap();
        assert_eq!(tls.look(Some(&files)), Looked::Same);

        let other = Pem::signed(&["b.example"]);
        std::fs::write(&files.certificate, &other.certificate).unwrap();
        assert_eq!(tls.look(Some(&files)), Looked::Same, "it may be in the middle of being written");
        let Looked::Kept(said) = tls.look(Some(&files)) else { panic!("now it is said") };
        assert_eq!(said.fault, Fault::DoesNotFit);
        assert_eq!(tls.look(Some(&files)), Looked::Same, "once");
        assert!(Arc::ptr_eq(&first, &served.config().unwrap()), "the old pair goes on");
        assert_eq!(tls.certificate().unwrap().names, ["a.example"]);

        std::fs::write(&files.key, &other.key).unwrap();
        assert_eq!(tls.look(Some(&files)), Looked::Taken);
        assert!(!Arc::ptr_eq(&first, &served.config().unwrap()));
        assert_eq!((tls.trouble(), tls.certificate().unwrap().names.as_slice()), (None, &["b.example".to_owned()][..]));
    }

    #[test]
    fn files_that_vanish_change_nothing_and_no_files_mean_no_tls() {
        let pem = Pem::new();
        let files = pem.write(&Pem::signed(&["a.example"]));
        let mut tls = Tls::open(Some(&files)).unwrap();
        let served = tls.served();
        std::fs::remove_file(&files.key).unwrap();
        let looks = [tls.look(Some(&files)), tls.look(Some(&files))];
        assert!(matches!(&looks[1], Looked::Kept(said) if said.fault == Fault::Missing), "{looks:?}");
        assert!(served.is_secure() && tls.is_secure());
        assert_eq!(tls.look(None), Looked::Off);
        assert!(!served.is_secure() && tls.trouble().is_none());
        assert_eq!(tls.look(None), Looked::Same);
    }
}
