//! Why a plan cannot be carried out.

/// Why nothing could be sent. What happens to single deliveries is in the [`Summary`](crate::Summary).
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The address is not an `http` or `https` URL with a host.
    #[error("{url} is not an address to send to: {reason}")]
    Url {
        /// The address as given, or without its user name and password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The rate is negative or not a number.
    #[error("the rate is deliveries a second, 0 or more (0 is as fast as possible)")]
    Rate,
    /// A webhook id that cannot be sent in a header.
    #[error("{what} cannot be sent in a header")]
    Header {
        /// Which value.
        what: &'static str,
    },
    /// A user name with a colon: RFC 7617 has no way to write it.
    #[error("a user name cannot hold a colon")]
    UserName,
    /// A sender thread could not be started.
    #[error("a sender could not be started")]
    Thread(#[source] std::io::Error),
}
