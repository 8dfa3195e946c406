//! What can be wrong with a certificate and its key, in words that say what to do.

use std::path::PathBuf;

use thiserror::Error;

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The certificate, with those that lead to its authority behind it.
    Certificate,
    /// Its key.
    Key,
}

/// A file that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} cannot be used for TLS: {fault}", path.display())]
pub struct Unusable {
    /// Which of the two it is.
    pub which: Which,
    /// Its name as it was given.
    pub path: PathBuf,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// There is no such file.
    #[error("there is no such file; see whether its name is right")]
    Missing,
    /// The system does not let this program read it.
    #[error("this program may not read it; let the account that runs it read the file")]
    NotAllowed,
    /// A folder, a pipe or the like.
    #[error("it is no file; name the file itself")]
    NotAFile,
    /// Something else the system said.
    #[error("it cannot be read ({0})")]
    Unreadable(String),
    /// Nothing is in it.
    #[error("the file is empty; write it again")]
    Empty,
    /// Longer than any certificate or key.
    #[error("it is longer than 1 MiB, which no certificate and no key is; see whether its name is right")]
    TooLong,
    /// No PEM text.
    #[error(
        "it is not in PEM form, which is text with lines like -----BEGIN …-----; convert it (openssl x509 -inform der, openssl pkcs12)"
    )]
    NotPem,
    /// PEM text that breaks off, or is damaged.
    #[error("it is cut short or damaged; write it again")]
    Damaged,
    /// No certificate where one is wanted.
    #[error("there is a key in it and no certificate; are the two files the wrong way round?")]
    KeyInstead,
    /// PEM text, but of something else.
    #[error("there is no certificate in it; it begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// No key where one is wanted.
    #[error("there is a certificate in it and no key; are the two files the wrong way round?")]
    CertificateInstead,
    /// PEM text, but of something else.
    #[error("there is no private key in it; it begins with -----BEGIN PRIVATE KEY-----")]
    NoKey,
    /// The key has a password.
    #[error(
        "the key is protected with a password, and nobody is there to type it; write it without one (openssl pkey -in FILE -out NEW), and let only \
         the account that runs this program read it"
    )]
    Encrypted,
    /// A kind of key that cannot be used.
    #[error("the key is of a kind that is not known here; use RSA of 2048 bits or more, or ECDSA on P-256 or P-384")]
    UnknownKey,
    /// The certificate cannot be read.
    #[error("the certificate in it cannot be read ({0}); get it again from who issued it")]
    BadCertificate(String),
    /// The key belongs to a certificate further back.
    #[error(
        "the server's own certificate is not the first in it, but number {0}; put it first, and behind it those that lead to its authority"
    )]
    WrongOrder(usize),
    /// The key is another certificate's.
    #[error("the key does not belong to the certificate; were both renewed together?")]
    DoesNotFit,
}
