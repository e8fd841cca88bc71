//! Every verdict, and who is believed.

use super::super::{Answer, NameServerAnswer, Phase};
use super::*;

const KEY: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";

fn record(name: &str, kind: RecordKind, data: &str) -> Record {
    Record {
        name: name.into(),
        kind,
        ttl: 3600,
        data: data.into(),
        zone: "example.org.".into(),
        why: String::new(),
        required: true,
        phase: Phase::Before,
    }
}

fn answer(state: AnswerState, data: &[&str]) -> Answer {
    let data = data.iter().map(|d| (*d).to_owned()).collect();
    Answer { state, data, ttl: Some(3240), canonical_name: None, elapsed_ms: 1 }
}

fn found(data: &[&str]) -> Answer {
    answer(if data.is_empty() { AnswerState::NxDomain } else { AnswerState::Found }, data)
}

fn seen(servers: &[Answer], resolver: Answer) -> Observation {
    let at = |(n, answer): (usize, &Answer)| NameServerAnswer {
        server: format!("ns{}.dnshost.net", n + 1),
        address: "192.0.2.53:53".parse().unwrap(),
        answer: answer.clone(),
        serial: Some(1),
    };
    Observation {
        authoritative: servers.iter().enumerate().map(at).collect(),
        resolver: Some(resolver),
        zone: Some("example.org.".into()),
        ..Observation::default()
    }
}

fn judged(wanted: &Record, data: &[&str]) -> ComparedRecord {
    let host = Fqdn::parse("mail.example.org").unwrap();
    compare(wanted, &seen(&[found(data), found(data)], found(data)), &host)
}

#[test]
fn each_kind_is_judged_by_meaning() {
    use RecordKind::{A, Aaaa, Caa, Cname, Mx, Ptr, Srv, Txt};
    use RecordState::{Missing, Ok, Wrong};
    let spf = "v=spf1 mx ip4:198.51.100.10 -all";
    let dmarc = "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org";
    let long_key = format!("{KEY}AQAB");
    for (name, kind, data, there, state, why) in [
        ("mail.example.org.", A, "198.51.100.10", &["198.51.100.10"][..], Ok, "All its name servers have it."),
        ("mail.example.org.", A, "198.51.100.10", &["203.0.113.9"], Wrong, "It leads to 203.0.113.9."),
        ("mail.example.org.", A, "198.51.100.10", &[], Missing, "There is nothing under this name yet."),
        ("mail.example.org.", Aaaa, "2001:db8::10", &["2001:0db8:0:0::0010"], Ok, "All"),
        ("example.org.", Mx, "10 mail.example.org.", &["10 mail.example.org."], Ok, "All"),
        // As strings "10" sorts before "5".
        (
            "example.org.",
            Mx,
            "10 mail.example.org.",
            &["10 mail.example.org.", "5 old.net."],
            Wrong,
            "Mail goes to old.net first",
        ),
        ("example.org.", Mx, "10 mail.example.org.", &["10 mail.example.org.", "20 backup.net."], Ok, "All"),
        ("example.org.", Mx, "10 mail.example.org.", &["0 ."], Wrong, "It says that this domain takes no mail"),
        (
            "example.org.",
            Mx,
            "10 mail.example.org.",
            &["10 mail.example.org.example.org."],
            Wrong,
            "It leads to mail.example.org.example.org",
        ),
        ("example.org.", Txt, spf, &["v=spf1 ip4:198.51.100.0/24 include:x.net ~all", "other"], Ok, "All"),
        (
            "example.org.",
            Txt,
            spf,
            &["v=spf1 include:x.net ~all"],
            Wrong,
            "It does not pass this server: ip4:198.51.100.10 is missing.",
        ),
        ("example.org.", Txt, spf, &["v=spf1 mx -all", "v=spf1 -all"], Wrong, "There are 2 SPF records"),
        ("example.org.", Txt, spf, &["v-spf1 mx -all"], Wrong, "It does not begin with 'v=spf1 '"),
        ("example.org.", Txt, spf, &["unrelated"], Missing, "There is no such record yet."),
        ("mail.example.org.", Txt, "v=spf1 a -all", &["v=spf1 a:mail.example.org ~all"], Ok, "All"),
        ("mail.example.org.", Txt, "v=spf1 a -all", &["v=spf1 -all"], Wrong, "It does not pass the server itself"),
        ("_dmarc.example.org.", Txt, dmarc, &["v=DMARC1;p=reject;rua=mailto:x@example.org"], Ok, "All"),
        ("_dmarc.example.org.", Txt, dmarc, &["v=DMARC1; p=none"], Wrong, "Its policy is 'none', which is weaker."),
        ("_dmarc.example.org.", Txt, dmarc, &["v=dmarc1; p=reject"], Wrong, "It does not begin with 'v=DMARC1'"),
        ("r._domainkey.example.org.", Txt, KEY, &["k=rsa; p=MIIBIjANBgkqhkiG9w0 BAQEFAAOCAQ8AMIIBCgKCAQEA"], Ok, "All"),
        ("r._domainkey.example.org.", Txt, &long_key, &[KEY], Wrong, "The key was cut off after 44 characters."),
        ("r._domainkey.example.org.", Txt, KEY, &["v=DKIM1; p="], Wrong, "It says that the key is revoked"),
        ("r._domainkey.example.org.", Txt, KEY, &["v=DKIM1; p=AAAA"], Wrong, "It holds another key."),
        ("r._domainkey.example.org.", Txt, KEY, &["\"v=DKIM1; p=AAAA\""], Wrong, "It holds quotation marks"),
        ("mail.example.org.", Caa, "0 issue \"ca.net\"", &["0 issue \"ca.net; accounturi=x\""], Ok, "All"),
        ("mail.example.org.", Caa, "0 issue \"ca.net\"", &["0 issue \"other.net\""], Wrong, "Only other.net may issue"),
        (
            "mail.example.org.",
            Caa,
            "0 issue \"ca.net\"",
            &["0 iodef \"mailto:a@b.c\""],
            Missing,
            "There is no such record yet.",
        ),
        ("_imaps._tcp.example.org.", Srv, "0 1 993 mail.example.org.", &["5 0 993 mail.example.org."], Ok, "All"),
        ("_pop3._tcp.example.org.", Srv, "0 0 0 .", &["0 1 110 old.net."], Wrong, "It says 0 1 110 old.net."),
        (
            "10.100.51.198.in-addr.arpa.",
            Ptr,
            "mail.example.org.",
            &["vps.hoster.net."],
            Wrong,
            "The reverse name is vps.hoster.net.",
        ),
        ("10.100.51.198.in-addr.arpa.", Ptr, "mail.example.org.", &["a.net.", "mail.example.org."], Ok, "All"),
        ("autoconfig.example.org.", Cname, "mail.example.org.", &["mail.example.org."], Ok, "All"),
    ] {
        let compared = judged(&record(name, kind, data), there);
        assert_eq!(compared.state, state, "{data} against {there:?}: {}", compared.why);
        assert!(compared.why.starts_with(why), "{data} against {there:?}: {}", compared.why);
    }
}

#[test]
fn what_works_but_deserves_a_word_gets_one() {
    let mx =
        judged(&record("example.org.", RecordKind::Mx, "10 mail.example.org."), &["10 mail.example.org.", "20 b.net."]);
    assert_eq!(mx.advice.as_deref(), Some("b.net takes mail while this server is down."));
    let missing = judged(&record("mail.example.org.", RecordKind::A, "198.51.100.10"), &[]);
    assert_eq!(
        missing.advice.as_deref(),
        Some("If your provider adds the domain by itself, enter the name as 'mail'.")
    );
}

#[test]
fn an_alias_is_no_address() {
    let wanted = record("mail.example.org.", RecordKind::A, "198.51.100.10");
    let mut there = found(&["198.51.100.10"]);
    there.canonical_name = Some("host.net.".into());
    let host = Fqdn::parse("mail.example.org").unwrap();
    let compared = compare(&wanted, &seen(std::slice::from_ref(&there), there.clone()), &host);
    assert_eq!(compared.state, RecordState::Wrong);
    assert_eq!(compared.why, "mail.example.org is an alias (CNAME) of host.net.");
}

#[test]
fn servers_and_resolver_are_told_apart() {
    let wanted = record("example.org.", RecordKind::Mx, "10 mail.example.org.");
    let (new, old) = (found(&["10 mail.example.org."]), found(&["10 old.net."]));
    let host = Fqdn::parse("mail.example.org").unwrap();
    let states = |servers: &[Answer], resolver: &Answer| {
        let compared = compare(&wanted, &seen(servers, resolver.clone()), &host);
        (compared.state, compared.why)
    };
    let dead = answer(AnswerState::TimedOut, &[]);
    let failed = answer(AnswerState::ServFail, &[]);
    for (servers, resolver, state, why) in [
        (
            [&new, &new],
            &old,
            RecordState::Stale { ttl: Some(3240) },
            "All its name servers have it. Others may still see what was there before for up to 54 min.",
        ),
        ([&new, &old], &old, RecordState::Disagree, "ns1.dnshost.net already has it, ns2.dnshost.net not yet."),
        ([&new, &dead], &new, RecordState::Ok, "It is published, but ns2.dnshost.net did not answer in time."),
        ([&new, &new], &dead, RecordState::Ok, "All its name servers have it."),
        (
            [&dead, &failed],
            &new,
            RecordState::Unknown,
            "Not known: ns1.dnshost.net did not answer in time; ns2.dnshost.net failed (SERVFAIL).",
        ),
    ] {
        let servers: Vec<Answer> = servers.into_iter().cloned().collect();
        assert_eq!(states(&servers, resolver), (state, why.to_owned()));
    }
    let unreachable = Observation { no_servers: Some("no way".into()), resolver: Some(dead), ..Observation::default() };
    assert_eq!(compare(&wanted, &unreachable, &host).why, "Not known: no way.");
}

#[test]
fn a_wildcard_is_no_published_record() {
    let wanted = record("_dmarc.example.org.", RecordKind::Txt, "v=DMARC1; p=none; rua=mailto:a@example.org");
    let there = found(&["v=spf1 -all"]);
    let seen = Observation { stray: Some(there.clone()), ..seen(std::slice::from_ref(&there), there.clone()) };
    let compared = compare(&wanted, &seen, &Fqdn::parse("mail.example.org").unwrap());
    assert_eq!(compared.state, RecordState::Missing);
    assert!(compared.why.contains("wildcard"), "{}", compared.why);
}
