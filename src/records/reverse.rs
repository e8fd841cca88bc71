//! The names of reverse lookups.

use std::fmt::Write;
use std::net::IpAddr;

/// The name of an address's PTR record, with the final dot (RFC 1035 section 3.5, RFC 3596 section 2.5).
pub fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(v6) => {
            let mut name = String::with_capacity(74);
            for octet in v6.octets().iter().rev() {
                // Writing to a String cannot fail.
                let _ = write!(name, "{:x}.{:x}.", octet & 0xf, octet >> 4);
            }
            name.push_str("ip6.arpa.");
            name
        }
    }
}

/// The reverse zone an address is usually in: a /24, a /64. Where it is cut differently, asking finds out.
pub fn reverse_zone(address: IpAddr) -> String {
    let labels = if address.is_ipv4() { 1 } else { 16 };
    let name = reverse_name(address);
    name.splitn(labels + 1, '.').last().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nibble_of_a_compressed_address_is_there() {
        assert_eq!(reverse_name("192.0.2.10".parse().unwrap()), "10.2.0.192.in-addr.arpa.");
        assert_eq!(
            reverse_name("2001:db8:100::10".parse().unwrap()),
            "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa."
        );
        assert_eq!(reverse_zone("192.0.2.10".parse().unwrap()), "2.0.192.in-addr.arpa.");
        assert_eq!(reverse_zone("2001:db8:100::10".parse().unwrap()), "0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.");
    }
}
