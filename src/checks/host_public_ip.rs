//! `host-public-ip`: the addresses that others see are this machine's.

use std::net::{IpAddr, Ipv6Addr};
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
    let towards = |target: [u8; 4]| host.egress(target.into());
    let leaving = [towards([192, 0, 2, 1]), host.egress(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into())];
    let leaving: Vec<IpAddr> = leaving.into_iter().flatten().collect();
    let leaves = leaving.iter().map(|a| format!("source of a connection outwards: {a}"));
    Ok(judge(&own.egress(), &interfaces, &leaving).evidence(evidence).evidence(leaves.collect::<Vec<_>>()))
}

/// `leaving`: the addresses that connections outwards come from, as the kernel chooses them.
fn judge(public: &[IpAddr], interfaces: &[IpAddr], leaving: &[IpAddr]) -> Finding {
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
    // Two addresses of the internet that differ are no NAT: one of them is wrong.
    let at_odds = |a: &&IpAddr| interfaces.iter().find(|i| i.is_ipv4() == a.is_ipv4() && !is_private(**i)).copied();
    if let Some((wrong, ours)) = elsewhere.iter().find_map(|a| Some((a, at_odds(&a)?))) {
        return Finding::fail(format!("{wrong} is not this machine's; {ours} is"), ours.to_string()).instructions(
            format!("Correct network.{}, and with it the records.", if wrong.is_ipv4() { "ipv4" } else { "ipv6" }),
        );
    }
    // A temporary address (RFC 8981) or a second one: receivers see that, and not the one in the records.
    let leaves =
        |a: &IpAddr| leaving.iter().find(|l| l.is_ipv4() == a.is_ipv4() && *l != a && !is_private(**l)).copied();
    if let Some((published, source)) = public.iter().find_map(|a| Some((a, leaves(a)?))) {
        return Finding::fail(
            format!("mail leaves from {source}, and the records say {published}"),
            published.to_string(),
        )
        .instructions(format!(
            "Turn temporary addresses off (net.ipv6.conf.all.use_tempaddr = 0), or make {published} the preferred one."
        ));
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
        let judge = |public: &[&str], interfaces: &[&str]| judge(&list(public), &list(interfaces), &[]).outcome;
        assert_eq!(judge(&["203.0.113.5"], &["203.0.113.5"]), Outcome::Pass);
        assert_eq!(judge(&["203.0.113.5"], &["10.0.0.2"]), Outcome::Info);
        assert_eq!(judge(&["10.0.0.2"], &["10.0.0.2"]), Outcome::Fail);
        assert_eq!(judge(&["100.64.0.9"], &["100.64.0.9"]), Outcome::Fail);
        assert_eq!(judge(&[], &["10.0.0.2"]), Outcome::Fail);
    }

    #[test]
    fn both_families_and_the_address_that_is_really_used_count() {
        let list = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<IpAddr>>();
        let (four, six, temporary) = ("203.0.113.5", "2001:db8::5", "2001:db8::4a1b:c2d3");
        let judge = |public: &[&str], interfaces: &[&str], leaving: &[&str]| {
            judge(&list(public), &list(interfaces), &list(leaving)).outcome
        };
        assert_eq!(judge(&[four, six], &[four, six], &[four, six]), Outcome::Pass);
        assert_eq!(judge(&[four, "2001:db8::9"], &[four, six], &[four, six]), Outcome::Fail, "the second family too");
        assert_eq!(judge(&["203.0.113.9"], &[four], &[four]), Outcome::Fail, "no NAT between two public addresses");
        assert_eq!(judge(&[four, six], &[four, six, temporary], &[four, temporary]), Outcome::Fail);
        assert_eq!(judge(&[four], &["10.0.0.2"], &["10.0.0.2"]), Outcome::Info);
    }
}
