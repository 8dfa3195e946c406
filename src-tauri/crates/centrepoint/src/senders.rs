//! Where deliveries come from, by the vendor's word.

use std::net::Ipv4Addr;

/// The addresses CentrePoint connects from (docs/protocol.md, The sender). Behind a reverse proxy or a tunnel, the peer is the proxy.
pub const SENDERS: [Ipv4Addr; 9] = [
    Ipv4Addr::new(13, 82, 60, 74),
    Ipv4Addr::new(40, 114, 106, 25),
    Ipv4Addr::new(40, 114, 109, 196),
    Ipv4Addr::new(40, 87, 40, 14),
    Ipv4Addr::new(40, 87, 44, 79),
    Ipv4Addr::new(40, 87, 47, 202),
    Ipv4Addr::new(40, 87, 41, 144),
    Ipv4Addr::new(40, 87, 47, 137),
    Ipv4Addr::new(13, 68, 136, 18),
];
