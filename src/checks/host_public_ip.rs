//! `host-public-ip`: the addresses that others see are this machine's.

use std::net::IpAddr;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};

/// Public addresses are on the interfaces, or there is NAT and the wish says so.
pub static HOST_PUBLIC_IP: Check = Check {
    id: "host-public-ip",
    area: Area::Host,
    why: "Records, reverse names and SPF are about the address that others see.",
    rfc: "RFC 1918, RFC 6598",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(5),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(|own, host: &dyn Host| addresses(own, host))),
};

fn addresses(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let interfaces = host.interface_addresses()?;
    let evidence = interfaces.iter().map(|a| format!("interface: {a}"));
    Ok(judge(&own.egress(), &interfaces).evidence(evidence))
}

fn judge(public: &[IpAddr], interfaces: &[IpAddr]) -> Finding {
    let listed = |addresses: &[IpAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let private: Vec<IpAddr> = public.iter().copied().filter(|a| is_private(*a)).collect();
    let elsewhere: Vec<IpAddr> = public.iter().copied().filter(|a| !interfaces.contains(a)).collect();
    if public.is_empty() {
        return Finding::fail("no public address was found", "at least one")
            .instructions("Set network.ipv4 to the address that your hoster gave you.");
    }
    if !private.is_empty() {
        return Finding::fail(format!("{} is private", listed(&private)), "an address of the internet")
            .instructions("This machine is behind NAT: set network.ipv4 to the address that others see.");
    }
    if !elsewhere.is_empty() {
        return Finding::info(format!("{} is not on an interface: NAT, as network says", listed(&elsewhere)));
    }
    Finding::pass(listed(public))
}

/// Addresses that nobody outside can reach (RFC 1918, RFC 6598, RFC 4193, RFC 3927).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn nat_is_told_from_a_missing_public_address() {
        let list = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<IpAddr>>();
        let judge = |public: &[&str], interfaces: &[&str]| judge(&list(public), &list(interfaces)).outcome;
        assert_eq!(judge(&["203.0.113.5"], &["203.0.113.5"]), Outcome::Pass);
        assert_eq!(judge(&["203.0.113.5"], &["10.0.0.2"]), Outcome::Info);
        assert_eq!(judge(&["10.0.0.2"], &["10.0.0.2"]), Outcome::Fail);
        assert_eq!(judge(&["100.64.0.9"], &["100.64.0.9"]), Outcome::Fail);
        assert_eq!(judge(&[], &["10.0.0.2"]), Outcome::Fail);
    }
}
