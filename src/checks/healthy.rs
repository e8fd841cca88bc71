//! Zones that are healthy, but not as most are: no check may warn of them, and none may fail. Each line is a case that a
//! careless check gets wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio_util::sync::CancellationToken;

use super::context::Visitor;
use super::discover::Discovery;
use super::{Context, Selection, run};
use crate::finding::{Area, CheckResult, Outcome};
use crate::probe::dns::DnsClient;
use crate::probe::dns::test_server::{Running, World};
use crate::probe::tls::Trust;
use crate::spec::{Domain, Selector};

/// An RSA key of 2048 bits as SPKI, without its padding.
fn rsa_key() -> String {
    use rcgen::PublicKeyData as _;
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    BASE64_STANDARD.encode(pair.subject_public_key_info()).trim_end_matches('=').to_owned()
}

/// One domain with what is unusual about it.
struct Case {
    what: &'static str,
    domain: &'static str,
    lines: String,
}

fn case(what: &'static str, domain: &'static str, lines: &[&str]) -> Case {
    let apex = format!("{domain}.");
    let lines: Vec<String> = lines.iter().map(|l| l.replace("@", &apex)).collect();
    Case { what, domain, lines: lines.join("\n") }
}

/// The records that are not what the case is about.
const USUAL: [&str; 3] = [
    "@ 3600 MX 10 mx.@",
    "@ 3600 TXT \"v=spf1 mx -all\"",
    "_dmarc.@ 3600 TXT \"v=DMARC1; p=reject; rua=mailto:postmaster(at)~\"",
];

fn usual(without: &[usize], more: &[&'static str]) -> Vec<&'static str> {
    let kept = USUAL.iter().enumerate().filter(|(at, _)| !without.contains(at)).map(|(_, line)| *line);
    kept.chain(["mx.@ 3600 A 192.0.2.25"]).chain(more.iter().copied()).collect()
}

fn cases() -> Vec<Case> {
    vec![
        case("as most have it", "plain.org", &usual(&[], &[])),
        case(
            "SPF in capitals, with macros, in two strings cut within a word",
            "spf.org",
            &usual(
                &[1],
                &[
                    "@ 3600 TXT \"V=SPF1 MX ip4:198.51.\" \"100.0/24 exists:%{IR}.%{V}.arpa._spf.@ -ALL\"",
                    "@ 3600 TXT \"v=spf10 is none of SPF\"",
                    "@ 3600 TXT \"google-site-verification=x\"",
                ],
            ),
        ),
        case(
            "SPF by redirect, with a prefix for both families",
            "redirect.org",
            &usual(
                &[1],
                &[
                    "@ 3600 TXT \"v=spf1 redirect=_spf.@\"",
                    "_spf.@ 3600 TXT \"v=spf1 a:mx.@/24//64 include:sub.@ ?all\"",
                    "sub.@ 3600 TXT \"v=spf1 ip6:2001:db8::/32 -all\"",
                ],
            ),
        ),
        case(
            "two MX of one preference, and one machine under two names",
            "several.org",
            &usual(
                &[0],
                &[
                    "@ 3600 MX 10 mx.@",
                    "@ 3600 MX 10 mx2.@",
                    "@ 3600 MX 5 mx3.@",
                    "mx2.@ 3600 A 192.0.2.26",
                    "mx3.@ 3600 A 192.0.2.25",
                ],
            ),
        ),
        case(
            "a domain that neither sends nor receives",
            "parked.org",
            &["@ 3600 MX 0 .", "@ 3600 TXT \"v=spf1 -all\"", "_dmarc.@ 3600 TXT \"v=DMARC1; p=reject\""],
        ),
        case(
            "DMARC with spaces, a final semicolon and other texts beside it",
            "dmarc.org",
            &usual(
                &[2],
                &[
                    "_dmarc.@ 3600 TXT \"v = DMARC1 ; p=quarantine ; sp=reject ; np=reject ; adkim=s ; rua=mailto:a(at)~ ;\"",
                    "_dmarc.@ 3600 TXT \"some other text\"",
                ],
            ),
        ),
        case(
            "DMARC by CNAME",
            "delegated.org",
            &usual(&[2], &["_dmarc.@ 3600 CNAME policy.@", "policy.@ 3600 TXT \"v=DMARC1; p=reject\""]),
        ),
        case(
            "reports to another organisation that agrees by a wildcard",
            "reports.org",
            &usual(&[2], &["_dmarc.@ 3600 TXT \"v=DMARC1; p=reject; rua=mailto:x(at)collector.org\""]),
        ),
        case(
            "a wildcard address, and names that it answers for",
            "wildcard.org",
            &usual(&[], &["*.@ 3600 A 192.0.2.80"]),
        ),
        case(
            "DKIM without version, with white space, over CNAME; a revoked one is not asked for",
            "dkim.org",
            &usual(&[], &["s1._domainkey.@ 3600 CNAME s1.keys.@", "s1.keys.@ 3600 TXT \"k=rsa; p=KEY\""]),
        ),
        case(
            "MTA-STS and TLS-RPT with what else may stand there",
            "sts.org",
            &usual(
                &[],
                &[
                    "_smtp._tls.@ 3600 TXT \"v=TLSRPTv1;rua=https://reports.other.org/v1\"",
                    "_mta-sts.@ 3600 TXT \"v=STSv1;id=20260101;\"",
                    "_mta-sts.@ 3600 TXT \"a verification\"",
                    "mta-sts.@ 3600 A 192.0.2.80",
                ],
            ),
        ),
        case(
            "TTLs at both ends of what is usual",
            "ttl.org",
            &[
                "@ 86400 MX 10 mx.@",
                "@ 60 TXT \"v=spf1 mx -all\"",
                "mx.@ 60 A 192.0.2.25",
                "_dmarc.@ 300 TXT \"v=DMARC1; p=reject\"",
            ],
        ),
        case(
            "CAA for another kind of certificate, and a contact",
            "caa.org",
            &usual(&[], &["@ 3600 CAA 0 issuemail \";\"", "@ 3600 CAA 0 iodef \"mailto:x(at)caa.org\""]),
        ),
        case("a name in another script", "xn--bcher-kva.org", &usual(&[], &[])),
        case(
            "services that are not offered, and one elsewhere",
            "srv.org",
            &usual(&[], &["_pop3._tcp.@ 3600 SRV 0 0 0 .", "_imaps._tcp.@ 3600 SRV 0 1 993 imap.other.org."]),
        ),
        case(
            "names in capitals, and an MX that only has IPv6",
            "capitals.org",
            &["@ 3600 MX 10 MX.@", "MX.@ 3600 AAAA 2001:db8::25", "@ 3600 TXT \"v=spf1 a:MX.@ -all\"", USUAL[2]],
        ),
        case(
            "SPF by name of another's, which ends in ?all, and terms that cost nothing",
            "include.org",
            &usual(
                &[1],
                &[
                    "@ 3600 TXT \"v=spf1 include:_spf.other.org exp=why.@ ip6:2001:db8::/32 -all\"",
                    "why.@ 3600 TXT \"%{i} is not one of ours\"",
                ],
            ),
        ),
        case(
            "eight verification records beside SPF, more than a datagram of old holds",
            "crowded.org",
            &usual(
                &[],
                &[
                    "@ 3600 TXT \"a=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"b=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"c=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"d=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"e=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"f=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"g=0123456789012345678901234567890123456789012345678901234567890123456789\"",
                    "@ 3600 TXT \"h=\\\"quoted\\\"\"",
                ],
            ),
        ),
        case(
            "two DKIM keys of which one is Ed25519, strict about subdomains",
            "keys.org",
            &usual(
                &[],
                &[
                    "s1._domainkey.@ 3600 TXT \"v=DKIM1; k=ed25519; t=s; s=email; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"",
                    "s2._domainkey.@ 3600 TXT \"v=DKIM1; h=sha256; n=made in spring; p=KEY\"",
                ],
            ),
        ),
        case(
            "DMARC in two strings, cut within a word, with reports to two addresses",
            "strings.org",
            &usual(
                &[2],
                &["_dmarc.@ 3600 TXT \"v=DMARC1; p=rej\" \"ect; rua=mailto:a(at)~,MAILTO:b(at)~; fo=1; psd=n\""],
            ),
        ),
        case(
            "policies by CNAME at a provider, schemes in capitals",
            "hosted.org",
            &usual(
                &[],
                &[
                    "_smtp._tls.@ 3600 CNAME _smtp._tls.other.org.",
                    "_mta-sts.@ 3600 CNAME _mta-sts.other.org.",
                    "mta-sts.@ 3600 CNAME mta-sts.other.org.",
                ],
            ),
        ),
        case(
            "mail programs sent to an alias, and mail itself to a host elsewhere",
            "alias.org",
            &usual(
                &[0, 1],
                &[
                    "@ 3600 MX 10 imap.other.org.",
                    "@ 3600 TXT \"v=spf1 include:_spf.other.org -all\"",
                    "_imaps._tcp.@ 3600 SRV 0 1 993 mail.@",
                    "mail.@ 3600 CNAME imap.other.org.",
                ],
            ),
        ),
        case("BIMI that says no", "bimi.org", &usual(&[], &["default._bimi.@ 3600 TXT \"v=BIMI1; l=; a=;\""])),
    ]
}

async fn world(cases: &[Case]) -> Running {
    let other = "imap.other.org. 60 A 192.0.2.99
        _spf.other.org. 60 TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"
        _smtp._tls.other.org. 60 TXT \"v=TLSRPTv1; rua=MAILTO:tls@other.org,https://tls.other.org/v1\"
        _mta-sts.other.org. 60 TXT \"v=STSv1; id=20260101T000000\"
        mta-sts.other.org. 60 A 192.0.2.80";
    let mut world = World::new().zone("other.org.", &["127.9.0.20", "127.9.0.21"], other).zone(
        "collector.org.",
        &["127.9.0.20", "127.9.0.21"],
        "*._report._dmarc.collector.org. 60 TXT \"v=DMARC1\"\n_dmarc.collector.org. 60 TXT \"v=DMARC1; p=reject\"",
    );
    let key = rsa_key();
    for case in cases {
        let (head, tail) = key.split_at(200);
        let lines = case.lines.replace("(at)", "@").replace('~', case.domain);
        let lines = lines.replace("KEY", &format!("{head}\" \" {tail}"));
        world = world.zone(&format!("{}.", case.domain), &["127.9.0.10", "127.9.0.11"], &lines);
    }
    world.run().await
}

fn selectors(domain: &str) -> &'static [&'static str] {
    match domain {
        "dkim.org" => &["s1"],
        "keys.org" => &["s1", "s2"],
        _ => &[],
    }
}

async fn checked(world: &Running, domain: &str, selectors: &[&str]) -> Vec<CheckResult> {
    let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
    let name = Domain::parse(domain).unwrap();
    // No route to anybody: these are about records, and nothing is dialled.
    let has_route = |_| false;
    let looked_at = Discovery { dns: &dns, has_route: &has_route }.of(&name).await;
    let mut context = Context::of_others(looked_at, dns, Trust::nobody(), Visitor::default());
    context.selectors = selectors.iter().map(|s| Selector::parse(s).unwrap()).collect();
    let areas = [
        Area::Dns,
        Area::Spf,
        Area::Dkim,
        Area::Dmarc,
        Area::MtaSts,
        Area::Tlsrpt,
        Area::Dane,
        Area::Bimi,
        Area::Delivery,
    ];
    let mut selection = Selection::of_areas(areas);
    // It would dial the policy's host.
    selection.skip =
        BTreeSet::from(["mtasts-policy-fetch", "mtasts-policy-parse", "mtasts-mx-cover"].map(str::to_owned));
    run(Arc::new(context), &selection, None, CancellationToken::new()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_healthy_is_warned_of() {
    let cases = cases();
    let world = world(&cases).await;
    let mut alarms = Vec::new();
    for case in &cases {
        let results = checked(&world, case.domain, selectors(case.domain)).await;
        assert!(results.iter().any(|r| r.finding.outcome == Outcome::Pass), "{}: nothing was looked at", case.what);
        for result in results {
            if matches!(result.finding.outcome, Outcome::Warn | Outcome::Fail) {
                alarms.push(format!("{} ({}): {} {:?}", case.domain, case.what, result.id, result.finding));
            }
        }
    }
    assert!(alarms.is_empty(), "{} false alarms:\n{}", alarms.len(), alarms.join("\n"));
}
