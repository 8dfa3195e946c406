//! Where deliveries come from, by the vendor's word.

/// The IPv4 addresses CentrePoint connects from, as their four numbers (docs/protocol.md, The sender). Behind a reverse proxy or a tunnel, the peer is the proxy.
pub const SENDERS: [[u8; 4]; 9] = [
    [13, 82, 60, 74],
    [40, 114, 106, 25],
    [40, 114, 109, 196],
    [40, 87, 40, 14],
    [40, 87, 44, 79],
    [40, 87, 47, 202],
    [40, 87, 41, 144],
    [40, 87, 47, 137],
    [13, 68, 136, 18],
];
