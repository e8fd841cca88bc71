//! The host name.

use std::net::IpAddr;

use super::field::{always, nothing};
use super::{Choice, Draft, Field, Kind, Page, Step, Suggestion, Value, none};
use crate::spec::{Fqdn, OutboundFamily};

/// The step.
pub static STEP: Step = Step {
    id: "hostname",
    title: "Host name",
    intro: "The name other mail servers will know this machine by. It must resolve to this machine, and the machine's \
            address must resolve back to it.",
    fields: &[HOSTNAME, OUTBOUND],
    page: Page::Questions,
    live_checks: &["dns-host-a", "dns-host-cname", "dns-ptr-v4", "dns-ptr-v6", "dns-fcrdns", "host-hosts-loopback"],
    shown: always,
    notes,
    problems: |draft| {
        if draft.hostname.is_some() {
            none(draft)
        } else {
            vec!["The host name is missing: give one like 'mail.example.org'.".into()]
        }
    },
};

const HOSTNAME: Field = Field {
    id: "hostname",
    label: "Host name",
    help: "Usually mail., mx. or a name you like in front of your domain. Not the domain itself: that comes next.",
    kind: Kind::Text,
    shown: always,
    suggest,
    get: |draft| draft.hostname.as_ref().map_or(Value::Missing, |name| Value::Text(name.to_string())),
    set: |draft, value| {
        draft.hostname = Some(Fqdn::parse(&value.text()?).map_err(|e| e.to_string())?);
        Ok(())
    },
};

const OUTBOUND: Field = Field {
    id: "network.outbound",
    label: "Send over",
    help: "The IPv6 address of this machine does not resolve back to the host name. Large receivers refuse mail from \
           such an address, so send over IPv4 only until your hoster has set its PTR record.",
    kind: Kind::Choice(&[
        Choice { value: "both", label: "IPv4 and IPv6", meaning: "as the receiver offers" },
        Choice { value: "ipv4", label: "IPv4 only", meaning: "until the IPv6 address has its PTR record" },
        Choice { value: "ipv6", label: "IPv6 only", meaning: "many receivers cannot be reached" },
    ]),
    shown: |draft| draft.network.outbound != OutboundFamily::Both || ipv6_without_ptr(draft),
    suggest: nothing,
    get: |draft| {
        Value::Choice(
            match draft.network.outbound {
                OutboundFamily::Both => "both",
                OutboundFamily::Ipv4 => "ipv4",
                OutboundFamily::Ipv6 => "ipv6",
            }
            .into(),
        )
    },
    set: |draft, value| {
        draft.network.outbound = match value.text()?.as_str() {
            "both" => OutboundFamily::Both,
            "ipv4" => OutboundFamily::Ipv4,
            "ipv6" => OutboundFamily::Ipv6,
            other => return Err(format!("'{other}' is none of both, ipv4, ipv6.")),
        };
        Ok(())
    },
};

/// Whether mail sent over IPv6 would come from an address that does not resolve back to the host name.
fn ipv6_without_ptr(draft: &Draft) -> bool {
    let (Some(name), Some(address)) = (&draft.hostname, draft.facts.addresses.egress_ipv6) else { return false };
    draft.seen.ptr.get(&IpAddr::V6(address)).is_some_and(|names| !names.iter().any(|n| n == name.as_str()))
}

fn notes(draft: &Draft) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(name) = &draft.hostname {
        if draft.domains.iter().any(|d| d.name == *name) || is_registrable(name) {
            notes.push(format!(
                "'{name}' is itself a domain that mail is addressed to. It works, but its web site and its mail then \
                 share one address, and moving one moves both. 'mail.{name}' keeps them apart."
            ));
        }
        if draft.network.outbound != OutboundFamily::Ipv4 && ipv6_without_ptr(draft) {
            notes.push(format!(
                "The IPv6 address does not resolve back to '{name}'. Ask your hoster to set its PTR record, or send over \
                 IPv4 only until then."
            ));
        }
        if draft.facts.has_cloud_init && draft.facts.host_name != name.as_str() {
            notes.push(
                "cloud-init puts the old host name back at every boot; a file in /etc/cloud/cloud.cfg.d will stop that."
                    .into(),
            );
        }
    }
    notes
}

/// The PTR of our address is the best answer, for it is the hardest to change; then the name the machine has.
fn suggest(draft: &Draft) -> Option<Suggestion> {
    let addresses = &draft.facts.addresses;
    let egress = [addresses.egress_ipv4.map(IpAddr::V4), addresses.egress_ipv6.map(IpAddr::V6)];
    for address in egress.into_iter().flatten() {
        let names = draft.seen.ptr.get(&address).map(Vec::as_slice).unwrap_or_default();
        for name in names.iter().filter_map(|n| Fqdn::parse(n).ok()) {
            if is_own_name(&name) && !names_an_address(name.as_str(), address) {
                return Some(Suggestion {
                    value: Value::Text(name.to_string()),
                    source: format!("what {address} resolves back to"),
                });
            }
        }
    }
    let name = Fqdn::parse(&draft.facts.host_name).ok().filter(is_own_name)?;
    if egress.into_iter().flatten().any(|a| names_an_address(name.as_str(), a)) {
        return None;
    }
    if is_registrable(&name) {
        return Some(Suggestion {
            value: Value::Text(format!("mail.{name}")),
            source: format!("'mail.' before the machine's name, as {name} is a domain"),
        });
    }
    Some(Suggestion { value: Value::Text(name.to_string()), source: "the name this machine has".into() })
}

/// Whether a name can be the operator's: not one that only this machine or a local network knows.
fn is_own_name(name: &Fqdn) -> bool {
    let last = name.as_str().rsplit('.').next().unwrap_or_default();
    !matches!(last, "localdomain" | "local" | "internal" | "localhost" | "lan" | "home" | "invalid")
        && name.first_label() != "localhost"
}

/// Whether a name is made from the address, as hosters do ("198-51-100-10.vps.hoster.net", "static.10.100.51.198...").
fn names_an_address(name: &str, address: IpAddr) -> bool {
    let parts: Vec<String> = match address {
        IpAddr::V4(v4) => v4.octets().iter().map(u8::to_string).collect(),
        IpAddr::V6(v6) => v6.segments().iter().filter(|s| **s != 0).map(|s| format!("{s:x}")).collect(),
    };
    let words: Vec<&str> = name.split(['.', '-', '_']).collect();
    let found = parts.iter().filter(|part| words.contains(&part.as_str())).count();
    found >= 3.min(parts.len())
}

/// Whether a name is what one buys at a registry ("example.org", "example.co.uk").
fn is_registrable(name: &Fqdn) -> bool {
    psl::domain_str(name.as_str()) == Some(name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    fn draft(host_name: &str, ptr: &[&str]) -> Draft {
        let mut facts = Facts { host_name: host_name.into(), ..Facts::default() };
        let address = "198.51.100.10".parse().unwrap();
        facts.addresses.egress_ipv4 = Some(address);
        let mut draft = Draft { facts, ..Draft::default() };
        draft.seen.ptr.insert(IpAddr::V4(address), ptr.iter().map(|p| (*p).to_owned()).collect());
        draft
    }

    fn suggested(host_name: &str, ptr: &[&str]) -> Option<(Value, String)> {
        suggest(&draft(host_name, ptr)).map(|s| (s.value, s.source))
    }

    #[test]
    fn names_of_the_hoster_are_not_suggested() {
        let ours = |name: &str, source: &str| Some((Value::Text(name.into()), source.to_owned()));
        assert_eq!(
            suggested("vps1", &["mail.example.org"]),
            ours("mail.example.org", "what 198.51.100.10 resolves back to")
        );
        assert_eq!(
            suggested("mx.example.org", &["198-51-100-10.vps.hoster.net"]),
            ours("mx.example.org", "the name this machine has")
        );
        assert_eq!(
            suggested("example.org", &[]),
            ours("mail.example.org", "'mail.' before the machine's name, as example.org is a domain")
        );
        for host_name in ["localhost", "debian.localdomain", "static.10.100.51.198.hoster.net", ""] {
            assert_eq!(suggested(host_name, &[]), None, "{host_name}");
        }
    }

    #[test]
    fn the_way_out_is_asked_only_when_the_ipv6_address_has_no_name() {
        let mut draft = draft("", &[]);
        draft.hostname = Some(Fqdn::parse("mail.example.org").unwrap());
        assert!(!(OUTBOUND.shown)(&draft));
        draft.facts.addresses.egress_ipv6 = "2001:db8::1".parse().ok();
        assert!(!(OUTBOUND.shown)(&draft), "nobody looked yet");
        draft.seen.ptr.insert("2001:db8::1".parse().unwrap(), Vec::new());
        assert!((OUTBOUND.shown)(&draft));
    }

    #[test]
    fn a_host_name_that_is_a_domain_is_warned_of_but_taken() {
        let mut draft = draft("", &[]);
        draft.answer(&HOSTNAME, Value::Text("example.org".into())).unwrap();
        assert!(notes(&draft).join("").contains("'mail.example.org' keeps them apart"));
        assert_eq!((STEP.problems)(&draft), Vec::<String>::new());
    }
}
