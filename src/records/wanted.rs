//! The records that a wish and its keys want.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reverse::{reverse_name, reverse_zone};
use super::spf::{OwnTerms, is_spf, merge};
use super::{DkimPublic, Phase, Record, RecordKind};
use crate::facts::Facts;
use crate::spec::{CertificateMethod, Domain, Fqdn, MailDomain, OutboundFamily, Spec};

/// The time to live that records are wanted with, in seconds.
const TTL: u32 = 3600;
/// Services clients look up (RFC 6186, RFC 8314 section 5.1, RFC 5804 section 1.8), with the port they are at; `None`
/// says that the service is not offered.
const CLIENT_SERVICES: [(&str, Option<u16>, &str); 7] = [
    ("_submissions", Some(465), "Mail programs find by it where to send through, with TLS from the first byte."),
    ("_imaps", Some(993), "Mail programs find by it where to read, with TLS from the first byte."),
    ("_submission", Some(587), "Mail programs find by it where to send through, with STARTTLS."),
    ("_imap", None, "Says that reading without TLS from the first byte is not offered."),
    ("_pop3", None, "Says that POP3 is not offered."),
    ("_pop3s", None, "Says that POP3 is not offered."),
    ("_sieve", None, "Says that managing filters from a mail program is not offered."),
];

/// What is known besides the wish.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The public IPv4 address.
    pub ipv4: Option<Ipv4Addr>,
    /// The public IPv6 address.
    pub ipv6: Option<Ipv6Addr>,
    /// Public halves of the DKIM keys.
    pub dkim: Vec<DkimPublic>,
    /// What each domain has published already.
    pub published: BTreeMap<Domain, Published>,
    /// The name the CA goes by in CAA records (its directory's `caaIdentities`), where its directory is not one of the
    /// well-known ones.
    pub ca_identity: Option<String>,
    /// The ACME account's URL, once there is one (RFC 8657).
    pub acme_account: Option<String>,
}

/// What a domain has published already, as the authoritative servers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// TXT records at the domain itself.
    pub txt: Vec<String>,
    /// MX records in presentation form.
    pub mx: Vec<String>,
    /// Why it could not be found out what is published, one sentence without its final dot.
    pub unknown: Option<String>,
}

impl Known {
    /// What the wish and the machine say about addresses; everything else is still empty.
    pub fn addresses(spec: &Spec, facts: &Facts) -> Self {
        Self {
            ipv4: spec.network.ipv4.or(facts.addresses.egress_ipv4),
            ipv6: spec.network.ipv6.or(facts.addresses.egress_ipv6),
            ..Self::default()
        }
    }

    /// Addresses that mail leaves from.
    pub fn egress(&self, spec: &Spec) -> Vec<IpAddr> {
        let outbound = spec.network.outbound;
        let v4 = self.ipv4.filter(|_| outbound != OutboundFamily::Ipv6).map(IpAddr::V4);
        let v6 = self.ipv6.filter(|_| outbound != OutboundFamily::Ipv4).map(IpAddr::V6);
        v4.into_iter().chain(v6).collect()
    }
}

/// Every record to publish: those of the host, then domain by domain, each domain's MX last.
pub fn wanted(spec: &Spec, known: &Known) -> Vec<Record> {
    let mut records = host_records(spec, known);
    for domain in &spec.domains {
        records.extend(domain_records(spec, known, domain));
    }
    records
}

/// The SPF records among what a domain has published.
pub fn published_spf(known: &Known, domain: &Domain) -> Vec<String> {
    let txt = known.published.get(domain).map(|p| p.txt.as_slice()).unwrap_or_default();
    txt.iter().filter(|t| is_spf(t)).cloned().collect()
}

fn host_records(spec: &Spec, known: &Known) -> Vec<Record> {
    let host = &spec.hostname;
    let zone = host_zone(spec);
    let record = |kind, data: String, why: &str| Record {
        name: host.absolute(),
        kind,
        ttl: TTL,
        data,
        zone: zone.clone(),
        why: why.to_owned(),
        required: true,
        phase: Phase::Before,
    };
    let mut records = Vec::new();
    if let Some(ipv4) = known.ipv4 {
        records.push(record(RecordKind::A, ipv4.to_string(), "Where this server is found over IPv4."));
    }
    if let Some(ipv6) = known.ipv6 {
        records.push(record(RecordKind::Aaaa, ipv6.to_string(), "Where this server is found over IPv6."));
    }
    // A host name that is also a mail domain has one SPF record, the domain's.
    if !spec.domains.iter().any(|d| d.name == *host) {
        let why = "Lets this server use its own name when it greets others and when it reports that mail could not be delivered.";
        records.push(record(RecordKind::Txt, "v=spf1 a -all".into(), why));
    }
    records.extend(caa(spec, known).map(|(data, phase)| Record {
        required: false,
        phase,
        ..record(RecordKind::Caa, data, "Lets only this certificate authority issue for the host name.")
    }));
    let addresses = known.ipv4.map(IpAddr::V4).into_iter().chain(known.ipv6.map(IpAddr::V6));
    let egress = known.egress(spec);
    records.extend(addresses.map(|address| ptr(host, address, egress.contains(&address))));
    records
}

fn ptr(host: &Fqdn, address: IpAddr, sends: bool) -> Record {
    let why = format!(
        "Set the reverse name of {address} to {host} where the machine is rented: large receivers refuse mail from an address whose reverse name does not lead back to it."
    );
    Record {
        name: reverse_name(address),
        kind: RecordKind::Ptr,
        ttl: TTL,
        data: host.absolute(),
        zone: reverse_zone(address),
        why,
        required: sends,
        phase: Phase::Before,
    }
}

fn domain_records(spec: &Spec, known: &Known, domain: &MailDomain) -> Vec<Record> {
    let name = &domain.name;
    let record = |owner: String, kind, data: String, why: &str| Record {
        name: owner,
        kind,
        ttl: TTL,
        data,
        zone: name.absolute(),
        why: why.to_owned(),
        required: true,
        phase: Phase::Before,
    };
    let mut records = vec![record(name.absolute(), RecordKind::Txt, spf(spec, known, domain), &spf_why(known, name))];
    for key in known.dkim.iter().filter(|k| k.domain == *name) {
        let why = "Holds the key that receivers check our DKIM signatures with.";
        records.push(record(key.record_name(), RecordKind::Txt, key.record_text(), why));
    }
    let dmarc = format!("v=DMARC1; p={}; rua=mailto:postmaster@{name}", domain.dmarc.as_str());
    let why = "Tells receivers what to do with mail that only claims to be from this domain, and where to report it.";
    records.push(record(name.below("_dmarc"), RecordKind::Txt, dmarc, why));
    let optional = |owner, kind, data, why: &str| Record { required: false, ..record(owner, kind, data, why) };
    let tls_rpt = format!("v=TLSRPTv1; rua=mailto:postmaster@{name}");
    let why = "Asks other servers to report when they cannot send to us over TLS.";
    records.push(optional(name.below("_smtp._tls"), RecordKind::Txt, tls_rpt, why));
    // Until the cut-over its mail and its users' mail programs belong to the other server: a record that leads here
    // would have their mail refused.
    if domain.moving_from_another_server {
        return records;
    }
    for (service, port, why) in CLIENT_SERVICES {
        let data = match port {
            Some(port) => format!("0 1 {port} {}", spec.hostname.absolute()),
            None => "0 0 0 .".to_owned(),
        };
        records.push(optional(name.below(&format!("{service}._tcp")), RecordKind::Srv, data, why));
    }
    let late = |owner, kind, data, why: &str| Record { phase: Phase::After, ..optional(owner, kind, data, why) };
    let why = "Thunderbird looks here for its settings. Only of use once a web server answers at that name.";
    records.push(late(name.below("autoconfig"), RecordKind::Cname, spec.hostname.absolute(), why));
    let why = "Outlook looks here for its settings. Only of use once a web server answers at that name.";
    let autodiscover = format!("0 0 443 {}", spec.hostname.absolute());
    records.push(late(name.below("_autodiscover._tcp"), RecordKind::Srv, autodiscover, why));
    let why = "Brings the domain's mail here. Publish it last, once accounts exist and everything else is green.";
    let mx = format!("10 {}", spec.hostname.absolute());
    records.push(Record { phase: Phase::After, ..record(name.absolute(), RecordKind::Mx, mx, why) });
    records
}

fn spf(spec: &Spec, known: &Known, domain: &MailDomain) -> String {
    let live_mx = known.published.get(&domain.name).map(|p| p.mx.as_slice()).unwrap_or_default();
    let own = OwnTerms {
        hostname: spec.hostname.as_str().to_owned(),
        addresses: known.egress(spec),
        relay: spec.network.relay.as_ref().and_then(|r| r.spf.clone()),
        is_mx: live_mx.iter().any(|mx| mx.split(' ').nth(1) == Some(spec.hostname.absolute().as_str())),
    };
    merge(&published_spf(known, &domain.name), &own).to_string()
}

fn spf_why(known: &Known, domain: &Domain) -> String {
    let why = "Says which machines may send mail of this domain.";
    if let Some(reason) = known.published.get(domain).and_then(|p| p.unknown.as_ref()) {
        return format!(
            "{why} It could not be found out whether you have one ({reason}): if you do, merge the two, as two would be an error."
        );
    }
    match published_spf(known, domain).len() {
        0 => why.to_owned(),
        1 => format!("{why} Merged with the one you have: change that one, two would be an error."),
        n => format!("{why} You have {n}, which is an error: replace all of them with this one."),
    }
}

/// The CAA record for the host name, where the CA's name is known. Once there is an account it is bound to that.
fn caa(spec: &Spec, known: &Known) -> Option<(String, Phase)> {
    if spec.certificate.method != CertificateMethod::AcmeHttp {
        return None;
    }
    let issuer = known.ca_identity.clone().or_else(|| ca_of(spec.certificate.directory()).map(str::to_owned))?;
    Some(match &known.acme_account {
        Some(account) => (format!("0 issue \"{issuer}; accounturi={account}\""), Phase::After),
        None => (format!("0 issue \"{issuer}\""), Phase::Before),
    })
}

/// The CAA name of the CAs that many use.
pub fn ca_of(directory: &str) -> Option<&'static str> {
    let host = directory.strip_prefix("https://")?.split(['/', ':']).next()?;
    match host {
        "acme-v02.api.letsencrypt.org" | "acme-staging-v02.api.letsencrypt.org" => Some("letsencrypt.org"),
        "acme.zerossl.com" => Some("sectigo.com"),
        "dv.acme-v02.api.pki.goog" | "dv.acme-v02.test-api.pki.goog" => Some("pki.goog"),
        _ => None,
    }
}

/// The zone of the host name: the served domain it is in, else the registered domain.
fn host_zone(spec: &Spec) -> String {
    let host = &spec.hostname;
    let served = spec.domains.iter().map(|d| d.name.as_str()).filter(|d| host.is_within(d));
    let registered = || psl::domain_str(host.as_str()).unwrap_or_else(|| host.parent());
    format!("{}.", served.max_by_key(|d| d.len()).unwrap_or_else(registered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{DmarcPolicy, Relay, Selector};
    use crate::stacks::DkimAlgorithm;

    fn spec(host: &str, domains: &[&str]) -> Spec {
        let mut spec = Spec::new(Fqdn::parse(host).unwrap());
        spec.domains = domains.iter().map(|d| MailDomain::new(Domain::parse(d).unwrap())).collect();
        spec
    }

    fn known() -> Known {
        Known {
            ipv4: Some("198.51.100.10".parse().unwrap()),
            ipv6: Some("2001:db8:100::10".parse().unwrap()),
            dkim: vec![DkimPublic {
                domain: Domain::parse("example.org").unwrap(),
                selector: Selector::parse("r2026a").unwrap(),
                algorithm: DkimAlgorithm::Rsa,
                public: "MIIB".into(),
            }],
            ..Known::default()
        }
    }

    fn lines(records: &[Record]) -> Vec<String> {
        records.iter().map(|r| format!("{} {} {}", r.name, r.kind.as_str(), r.data)).collect()
    }

    #[test]
    fn the_whole_list_of_a_first_domain() {
        let records = wanted(&spec("mail.example.org", &["example.org"]), &known());
        assert_eq!(
            lines(&records),
            [
                "mail.example.org. A 198.51.100.10",
                "mail.example.org. AAAA 2001:db8:100::10",
                "mail.example.org. TXT v=spf1 a -all",
                "mail.example.org. CAA 0 issue \"letsencrypt.org\"",
                "10.100.51.198.in-addr.arpa. PTR mail.example.org.",
                "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mail.example.org.",
                "example.org. TXT v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 -all",
                "r2026a._domainkey.example.org. TXT v=DKIM1; k=rsa; p=MIIB",
                "_dmarc.example.org. TXT v=DMARC1; p=none; rua=mailto:postmaster@example.org",
                "_smtp._tls.example.org. TXT v=TLSRPTv1; rua=mailto:postmaster@example.org",
                "_submissions._tcp.example.org. SRV 0 1 465 mail.example.org.",
                "_imaps._tcp.example.org. SRV 0 1 993 mail.example.org.",
                "_submission._tcp.example.org. SRV 0 1 587 mail.example.org.",
                "_imap._tcp.example.org. SRV 0 0 0 .",
                "_pop3._tcp.example.org. SRV 0 0 0 .",
                "_pop3s._tcp.example.org. SRV 0 0 0 .",
                "_sieve._tcp.example.org. SRV 0 0 0 .",
                "autoconfig.example.org. CNAME mail.example.org.",
                "_autodiscover._tcp.example.org. SRV 0 0 443 mail.example.org.",
                "example.org. MX 10 mail.example.org.",
            ]
        );
        let required: Vec<_> = records.iter().filter(|r| r.required).map(|r| r.kind).collect();
        use RecordKind::{A, Aaaa, Mx, Ptr, Txt};
        assert_eq!(required, [A, Aaaa, Txt, Ptr, Ptr, Txt, Txt, Txt, Mx]);
        let late = |r: &&Record| r.phase == Phase::After && r.required;
        assert_eq!(
            lines(&records.iter().filter(late).cloned().collect::<Vec<_>>()),
            ["example.org. MX 10 mail.example.org."]
        );
        assert!(records.iter().all(|r| !r.why.is_empty() && r.zone.ends_with('.')));
    }

    #[test]
    fn the_host_name_is_in_the_zone_it_belongs_to() {
        for (host, domains, zone) in [
            ("mail.example.org", &["example.org"][..], "example.org."),
            ("mail.sub.example.org", &["example.org", "sub.example.org"], "sub.example.org."),
            ("mx.other.co.uk", &["example.org"], "other.co.uk."),
        ] {
            assert_eq!(wanted(&spec(host, domains), &known())[0].zone, zone);
        }
    }

    #[test]
    fn a_host_name_that_is_a_domain_has_one_spf_record() {
        let records = wanted(&spec("example.org", &["example.org"]), &known());
        assert_eq!(records.iter().filter(|r| r.name == "example.org." && r.data.starts_with("v=spf1")).count(), 1);
    }

    #[test]
    fn an_address_that_does_not_send_needs_no_reverse_name() {
        let mut spec = spec("mail.example.org", &["example.org"]);
        spec.network.outbound = OutboundFamily::Ipv4;
        let records = wanted(&spec, &known());
        let ptr: Vec<bool> = records.iter().filter(|r| r.kind == RecordKind::Ptr).map(|r| r.required).collect();
        assert_eq!(ptr, [true, false]);
        assert!(lines(&records).contains(&"example.org. TXT v=spf1 mx ip4:198.51.100.10 -all".into()));
    }

    #[test]
    fn what_is_published_is_merged_and_said() {
        let mut spec = spec("mail.example.org", &["example.org"]);
        spec.network.relay = Some(Relay {
            host: Fqdn::parse("smtp.relay.net").unwrap(),
            port: 587,
            username: None,
            password_file: None,
            spf: Some("include:_spf.relay.net".into()),
        });
        spec.domains[0].dmarc = DmarcPolicy::Reject;
        spec.domains[0].moving_from_another_server = true;
        let mut known = known();
        known.acme_account = Some("https://acme-v02.api.letsencrypt.org/acme/acct/1".into());
        let txt = vec!["v=spf1 include:_spf.old.net ~all".to_owned(), "unrelated".to_owned()];
        known
            .published
            .insert(spec.domains[0].name.clone(), Published { txt, mx: vec!["10 old.net.".into()], unknown: None });
        let records = wanted(&spec, &known);
        let data = |kind, name: &str| records.iter().find(|r| r.kind == kind && r.name == name).unwrap();
        let spf = data(RecordKind::Txt, "example.org.");
        assert_eq!(
            spf.data,
            "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 include:_spf.relay.net include:_spf.old.net ~all"
        );
        assert!(spf.why.contains("Merged with the one you have"), "{}", spf.why);
        let leads_here = |r: &&Record| matches!(r.kind, RecordKind::Mx | RecordKind::Srv | RecordKind::Cname);
        assert_eq!(records.iter().find(leads_here), None, "the domain is not cut over yet");
        assert!(data(RecordKind::Txt, "_dmarc.example.org.").data.contains("p=reject"));
        let caa = data(RecordKind::Caa, "mail.example.org.");
        assert_eq!(
            (caa.data.as_str(), caa.phase, caa.required),
            (
                "0 issue \"letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1\"",
                Phase::After,
                false
            )
        );
    }

    #[test]
    fn a_ca_that_is_not_known_gets_no_caa_record() {
        let mut spec = spec("mail.example.org", &["example.org"]);
        spec.certificate.directory = Some("https://acme.lab:14000/dir".into());
        assert!(wanted(&spec, &known()).iter().all(|r| r.kind != RecordKind::Caa));
    }
}
