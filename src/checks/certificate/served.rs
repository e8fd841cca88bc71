//! `cert-served-each-port`, `cert-name`, `cert-chain`, `cert-trust`, `cert-expiry`: the certificate that the sockets
//! show. A file that is right proves nothing while a daemon still holds the old one.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::checks::asked::not_ours;
use crate::checks::port_look::PortLook;
use crate::checks::tls_versions::ready_for_tls;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding, Outcome};
use crate::keys::CertificateInfo;
use crate::probe::tls::{Distrust, Peer, TlsSeen};
use crate::probe::{ProbeError, Transcript};
use crate::spec::{CertificateMethod, Fqdn};

const TIMEOUT: Duration = Duration::from_secs(60);
/// The ports that a certificate is served on.
const PORTS: [u16; 4] = [25, 465, 587, 993];

/// Every socket serves the certificate that lies on the disk.
pub static CERT_SERVED_EACH_PORT: Check = Check {
    id: "cert-served-each-port",
    area: Area::Cert,
    why: "A daemon that was not told of a new certificate serves the old one until it expires.",
    rfc: "RFC 8446 section 4.4.2",
    needs: &["service-running"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: hosts_with_ports,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Host(host) = &subject else { return not_ours() };
            let looks = looks(&context, host).await;
            let (on_disk, unnamed) = tokio::join!(on_disk(&context), without_sni(&context, host, &looks));
            same_everywhere(&looks, &unnamed, on_disk.as_ref().map(|i| i.leaf.as_slice()), |look, reason| {
                context.unreachable(host, look.socket.port(), reason, "a certificate at every port")
            })
        })
    },
};

/// The certificate holds the host name.
pub static CERT_NAME: Check = Check {
    id: "cert-name",
    area: Area::Cert,
    why: "Mail programs and careful servers refuse a certificate for another name.",
    rfc: "RFC 9525 section 6.3",
    needs: &["cert-served-each-port"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: hosts_with_ports,
    run: |context, subject| {
        Box::pin(of_first(context, subject, |context, look, host, tls| match relies_on_it(context, look) {
            true => name(host, tls),
            false => only_noted(name(host, tls)),
        }))
    },
};

/// The certificates between ours and the root are served with it, in order.
pub static CERT_CHAIN: Check = Check {
    id: "cert-chain",
    area: Area::Cert,
    why: "Who does not get the certificates in between cannot find the way to a root.",
    rfc: "RFC 8446 section 4.4.2",
    needs: &["cert-served-each-port"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: hosts_with_ports,
    run: |context, subject| {
        Box::pin(of_first(context, subject, |context, look, _, tls| match relies_on_it(context, look) {
            true => chain(tls),
            false => only_noted(chain(tls)),
        }))
    },
};

/// A public root stands behind it.
pub static CERT_TRUST: Check = Check {
    id: "cert-trust",
    area: Area::Cert,
    why: "A mail program warns of a certificate that nobody vouches for, and people learn to click warnings away.",
    rfc: "RFC 5280 section 6, RFC 8314 section 5.3",
    needs: &["cert-served-each-port", "dns-host-a"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: hosts_with_ports,
    run: |context, subject| {
        Box::pin(of_first(context, subject, |context, look, _, tls| {
            match (context.own(), relies_on_it(context, look)) {
                (Ok(own), _) => trust(own.spec.certificate.method, tls),
                (Err(_), true) => trust(CertificateMethod::Existing, tls),
                (Err(_), false) => only_noted(trust(CertificateMethod::Existing, tls)),
            }
        }))
    },
};

/// It is renewed in time.
pub static CERT_EXPIRY: Check = Check {
    id: "cert-expiry",
    area: Area::Cert,
    why: "On the day it expires no mail program connects any more.",
    rfc: "RFC 5280 section 4.1.2.5",
    needs: &["cert-served-each-port"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: hosts_with_ports,
    run: |context, subject| {
        Box::pin(of_first(context, subject, |context, look, _, tls| match leaf(tls) {
            Ok(info) if relies_on_it(context, look) => expiry(&info, context.now()),
            Ok(info) => only_noted(expiry(&info, context.now())),
            Err(reason) => Finding::unknown(reason),
        }))
    },
};

pub(super) fn hosts_with_ports(context: &Context) -> Vec<Subject> {
    let reachable = context.looked_at().hosts.iter().filter(|h| !h.addresses.is_empty());
    reachable.map(|h| Subject::Host(h.name.clone())).collect()
}

/// The dialogues at every port that this host is looked at.
async fn looks(context: &Context, host: &Fqdn) -> Vec<Arc<PortLook>> {
    let sockets = context.ports(&PORTS).into_iter().filter_map(|subject| match subject {
        Subject::Port(name, port) if name == *host => Some(context.sockets(host, port)),
        _ => None,
    });
    join_all(sockets.flatten().map(|socket| context.port_look(host, socket))).await
}

/// Whether somebody refuses to go on with a certificate that is not right: mail programs do, and we want it so of ours.
/// Servers that hand mail in at port 25 do not look (RFC 7672 section 1.3), unless a policy asks for it, which
/// mtasts-mx-cover and dane-tlsa-present judge.
fn relies_on_it(context: &Context, look: &PortLook) -> bool {
    context.own().is_ok() || look.socket.port() != 25
}

fn only_noted(finding: Finding) -> Finding {
    match finding.outcome {
        Outcome::Warn | Outcome::Fail => Finding::info(format!("{}; at port 25 nobody insists on it", finding.found)),
        _ => finding,
    }
}

/// What the chain on the disk says; `None` where it cannot be read.
async fn on_disk(context: &Arc<Context>) -> Option<CertificateInfo> {
    let own = context.own().ok()?;
    let wanted = own.desired.certificate.as_ref()?.chain_file.clone();
    let host = own.host.clone()?;
    let read = tokio::task::spawn_blocking(move || host.read(Path::new(&wanted))).await;
    CertificateInfo::from_pem(&read.ok()?.ok()??.content).ok()
}

/// What a socket shows to a client that does not name the host.
type Unnamed = (SocketAddr, Result<Vec<u8>, String>);

/// The same sockets again without SNI, as many mail servers connect; not at strangers, who count connections.
async fn without_sni(context: &Context, host: &Fqdn, looks: &[Arc<PortLook>]) -> Vec<Unnamed> {
    if context.permits(Reach::Permitted, &Subject::Host(host.clone())).is_err() {
        return Vec::new();
    }
    let asked = looks.iter().filter(|look| look.tls().is_ok()).map(|look| async move {
        let _turn = context.turn(host).await;
        (look.socket, leaf_without_sni(context, host, look.socket).await.map_err(|error| error.to_string()))
    });
    join_all(asked).await
}

async fn leaf_without_sni(context: &Context, host: &Fqdn, socket: SocketAddr) -> Result<Vec<u8>, ProbeError> {
    let mut wire = ready_for_tls(context, socket, &Transcript::new()).await?;
    wire.start_tls(Peer::Unnamed(host.clone()), &context.trust).await?;
    let leaf = wire.tls.as_ref().and_then(|seen| seen.chain.first().cloned()).unwrap_or_default();
    wire.close().await;
    Ok(leaf)
}

/// `silent_means` says what it means that a port shows none.
fn same_everywhere(
    looks: &[Arc<PortLook>],
    unnamed: &[Unnamed],
    on_disk: Option<&[u8]>,
    silent_means: impl Fn(&PortLook, &str) -> Finding,
) -> Finding {
    let mut evidence = Vec::new();
    let mut leaves: Vec<(&PortLook, &[u8])> = Vec::new();
    let mut silent = None;
    for look in looks {
        match look.tls() {
            Ok(seen) => {
                let leaf = seen.chain.first().map(Vec::as_slice).unwrap_or_default();
                evidence.push(format!("{}: {}", look.socket, crate::keys::renewal::fingerprint(leaf)));
                leaves.push((look, leaf));
            }
            Err(reason) => {
                evidence.push(format!("{}: {reason}", look.socket));
                let meaning = silent_means(look, &format!("{}: {reason}", look.socket));
                if meaning.outcome == Outcome::Fail {
                    silent.get_or_insert(meaning);
                }
            }
        }
    }
    for (socket, seen) in unnamed {
        evidence.push(match seen {
            Ok(leaf) => format!("{socket} without SNI: {}", crate::keys::renewal::fingerprint(leaf)),
            // Some refuse clients that do not say whom they want: their right.
            Err(reason) => format!("{socket} without SNI: {reason}"),
        });
    }
    let finding = match (leaves.first(), silent) {
        (_, Some(fault)) => fault,
        (None, None) => Finding::skipped("no port shows a certificate"),
        (Some((_, first)), None) => {
            let wanted = on_disk.unwrap_or(first);
            match leaves.iter().find(|(_, leaf)| *leaf != wanted) {
                Some((look, _)) if on_disk.is_some() => Finding::fail(
                    format!("{} serves another certificate than the one on the disk", look.socket),
                    "the same, newest one everywhere",
                )
                .instructions("systemctl reload postfix dovecot"),
                // Others may keep one for each service.
                Some((look, _)) => {
                    Finding::info(format!("{} serves another certificate than {}", look.socket, leaves[0].0.socket))
                }
                None => match unnamed.iter().find(|(_, seen)| seen.as_ref().is_ok_and(|leaf| leaf != wanted)) {
                    Some((socket, _)) => Finding::warn(
                        format!("{socket} shows another certificate to clients that do not name the host (SNI)"),
                        "the same one: many mail servers send no SNI",
                    )
                    .instructions("Make it the default certificate of that daemon."),
                    None => Finding::pass(format!("the same certificate at {} sockets", leaves.len())),
                },
            }
        }
    };
    finding.evidence(evidence)
}

/// The certificate is the same at every socket, or another check has said so: it is judged once.
pub(super) async fn of_first(
    context: Arc<Context>,
    subject: Subject,
    judge: fn(&Context, &PortLook, &Fqdn, &TlsSeen) -> Finding,
) -> Finding {
    let Subject::Host(host) = &subject else { return not_ours() };
    let mut looks = looks(&context, host).await;
    // What mail programs see comes before what only other servers see.
    looks.sort_by_key(|look| !relies_on_it(&context, look));
    for look in looks {
        if let Ok(seen) = look.tls() {
            let held = leaf(seen).map(|info| {
                let names = info.names.join(", ");
                format!("{}: for {names}, from {}, until {}", look.socket, info.issuer, info.not_after)
            });
            return judge(&context, &look, host, seen).evidence(held);
        }
    }
    Finding::unknown("no port shows a certificate")
}

fn leaf(tls: &TlsSeen) -> Result<CertificateInfo, String> {
    CertificateInfo::from_der(tls.chain.first().map(Vec::as_slice).unwrap_or_default())
}

fn name(host: &Fqdn, tls: &TlsSeen) -> Finding {
    match &tls.name {
        Ok(()) => Finding::pass(format!("it holds {host}")),
        Err(reason) => Finding::fail(reason.as_str(), host.as_str()).automatic("mailwizard cert issue"),
    }
}

fn chain(tls: &TlsSeen) -> Finding {
    use x509_parser::prelude::{FromDer as _, X509Certificate};
    let parsed: Vec<_> =
        tls.chain.iter().filter_map(|der| X509Certificate::from_der(der).ok()).map(|(_, c)| c).collect();
    if parsed.len() != tls.chain.len() {
        return Finding::fail("a certificate of the chain cannot be read", "certificates");
    }
    for (number, pair) in parsed.windows(2).enumerate() {
        if pair[0].issuer() != pair[1].subject() {
            return Finding::warn(
                format!("certificate {} of the chain is not by certificate {}", number + 1, number + 2),
                "leaf first, each signed by the next",
            )
            .instructions("Serve fullchain.pem as the CA gave it.");
        }
    }
    let Some(last) = parsed.last() else { return Finding::fail("no certificate is served", "a chain") };
    let self_signed = last.subject() == last.issuer();
    match (parsed.len(), self_signed, &tls.trust) {
        (1, true, _) => Finding::info("a self-signed certificate has no chain"),
        (_, true, _) => Finding::info("the root is served too; nobody needs it"),
        (n, false, Ok(())) => Finding::pass(format!("complete: {n} certificates")),
        (_, false, Err(Distrust::UnknownIssuer { issuer } | Distrust::MissingIntermediate { issuer })) => {
            // Either a certificate in between is missing, or the root is unknown here; the sockets cannot tell which.
            Finding::warn(format!("it ends at '{issuer}', which is unknown here"), "a chain that ends at a known root")
                .instructions("Serve fullchain.pem, not cert.pem. With a private CA, add its root to this machine.")
        }
        (n, false, Err(_)) => Finding::pass(format!("{n} certificates in order")),
    }
}

fn trust(method: CertificateMethod, tls: &TlsSeen) -> Finding {
    match &tls.trust {
        Ok(()) => Finding::pass("a known root stands behind it"),
        Err(Distrust::NoRoots) => Finding::unknown(Distrust::NoRoots.to_string()),
        Err(Distrust::SelfSigned) => {
            let fix = "mailwizard cert issue";
            let finding = Finding::fail("it is self-signed: mail programs will warn", "a certificate from a CA");
            match method {
                CertificateMethod::AcmeHttp => finding.automatic(fix),
                CertificateMethod::SelfSigned | CertificateMethod::Existing => {
                    finding.instructions("Choose certificate.method = \"acme-http\" once the host name leads here.")
                }
            }
        }
        Err(other) => Finding::fail(other.to_string(), "a certificate that everybody trusts")
            .instructions("Get one from a public CA: mailwizard cert issue"),
    }
}

/// By fractions of the lifetime: fixed numbers of days are wrong for certificates of six days (RFC 9773 goes the same
/// way).
fn expiry(info: &CertificateInfo, now: Timestamp) -> Finding {
    let left = info.fraction_left(now);
    let days = info.days_left(now);
    let hours = info.not_after.duration_since(now).as_hours();
    let found = match days {
        2.. => format!("{days} days left"),
        _ => format!("{hours} hours left"),
    };
    if info.not_before > now {
        return Finding::fail(format!("it begins only at {}", info.not_before), "valid now")
            .instructions("The clock of this machine may be wrong: timedatectl");
    }
    if left <= 0.0 {
        return Finding::fail(format!("it expired at {}", info.not_after), "valid").automatic("mailwizard cert renew");
    }
    if left < 1.0 / 6.0 || hours < 24 {
        return Finding::fail(found, "renewed at two thirds of its life").automatic("mailwizard cert renew");
    }
    if left < 1.0 / 3.0 {
        return Finding::warn(format!("{found}; the renewal should have run"), "renewed at two thirds of its life")
            .automatic("mailwizard cert renew");
    }
    Finding::pass(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn info(lifetime_days: i64, days_left: f64) -> (CertificateInfo, Timestamp) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let not_after = Timestamp::from_second(now.as_second() + (days_left * 86_400.0) as i64).unwrap();
        let not_before = Timestamp::from_second(not_after.as_second() - lifetime_days * 86_400).unwrap();
        let info = CertificateInfo {
            names: vec!["mail.example.org".into()],
            issuer: "CA".into(),
            self_signed: false,
            not_before,
            not_after,
            leaf: Vec::new(),
            chain_length: 1,
        };
        (info, now)
    }

    #[test]
    fn a_fresh_six_day_certificate_is_fine_and_a_late_ninety_day_one_is_not() {
        let judge = |lifetime, left| {
            let (info, now) = info(lifetime, left);
            expiry(&info, now).outcome
        };
        assert_eq!(judge(6, 5.5), Outcome::Pass);
        assert_eq!(judge(6, 1.9), Outcome::Warn);
        assert_eq!(judge(6, 0.9), Outcome::Fail);
        assert_eq!(judge(90, 31.0), Outcome::Pass);
        assert_eq!(judge(90, 20.0), Outcome::Warn);
        assert_eq!(judge(90, 14.0), Outcome::Fail);
        assert_eq!(judge(90, -1.0), Outcome::Fail);
        assert_eq!(judge(90, 91.0), Outcome::Fail);
    }

    fn seen(trust: Result<(), Distrust>) -> TlsSeen {
        TlsSeen {
            version: "TLS 1.3".into(),
            cipher: "x".into(),
            chain: Vec::new(),
            trust,
            name: Ok(()),
            is_own: true,
            faults: Vec::new(),
            stapled: 0,
        }
    }

    #[test]
    fn a_stand_in_fails_and_a_machine_without_roots_cannot_judge() {
        let judge = |trusted| trust(CertificateMethod::AcmeHttp, &seen(trusted)).outcome;
        assert_eq!(judge(Ok(())), Outcome::Pass);
        assert_eq!(judge(Err(Distrust::SelfSigned)), Outcome::Fail);
        assert_eq!(judge(Err(Distrust::NoRoots)), Outcome::Unknown);
    }

    fn shown(port: u16, leaf: &[u8]) -> Arc<PortLook> {
        let tls = TlsSeen { chain: vec![leaf.to_vec()], ..seen(Ok(())) };
        PortLook::of_tls(([198, 51, 100, 10], port).into(), Ok(tls))
    }

    #[test]
    fn the_sockets_are_judged_and_not_the_file_alone() {
        let judged = |looks: &[Arc<PortLook>], unnamed: &[Unnamed], on_disk: Option<&[u8]>| {
            same_everywhere(looks, unnamed, on_disk, |_, reason| Finding::fail(reason, "a certificate"))
        };
        let both = [shown(25, b"new"), shown(993, b"new")];
        assert_eq!(judged(&both, &[], Some(b"new")).outcome, Outcome::Pass);
        // A daemon that was not told of the new certificate: the file is right.
        let stale = judged(&[shown(25, b"new"), shown(993, b"old")], &[], Some(b"new"));
        assert_eq!(stale.outcome, Outcome::Fail);
        assert!(stale.found.contains(":993"), "{stale:?}");
        assert_eq!(judged(&both, &[], Some(b"newest")).outcome, Outcome::Fail, "every daemon holds the old one");
        // Others may have one for each service.
        assert_eq!(judged(&[shown(25, b"a"), shown(993, b"b")], &[], None).outcome, Outcome::Info);
        let at_25 = |seen: Result<Vec<u8>, String>| [(([198, 51, 100, 10], 25).into(), seen)];
        assert_eq!(judged(&both, &at_25(Ok(b"new".to_vec())), Some(b"new")).outcome, Outcome::Pass);
        assert_eq!(judged(&both, &at_25(Ok(b"default".to_vec())), Some(b"new")).outcome, Outcome::Warn);
        assert_eq!(judged(&both, &at_25(Err("refused".into())), Some(b"new")).outcome, Outcome::Pass);
    }

    #[test]
    fn order_matters_and_a_root_too_many_does_not() {
        use crate::checks::dane::chain as two;
        let served = |certificates: Vec<Vec<u8>>, trust| chain(&TlsSeen { chain: certificates, ..seen(trust) }).outcome;
        let (ours, other) = (two("mail.example.org"), two("mail.example.org"));
        let unknown = || Err(Distrust::UnknownIssuer { issuer: "CN=R10".into() });
        assert_eq!(served(vec![ours[0].clone()], Ok(())), Outcome::Pass, "the root need not be served");
        assert_eq!(served(ours.clone(), Ok(())), Outcome::Info);
        assert_eq!(served(vec![ours[0].clone()], unknown()), Outcome::Warn, "what lies between is missing");
        assert_eq!(served(vec![ours[1].clone(), ours[0].clone()], Ok(())), Outcome::Warn);
        assert_eq!(served(vec![ours[0].clone(), other[0].clone()], Ok(())), Outcome::Warn);
        assert_eq!(served(vec![b"no certificate".to_vec()], unknown()), Outcome::Fail);
    }

    #[test]
    fn a_name_that_is_wrong_counts_for_mail_programs_and_not_at_port_25() {
        let host = Fqdn::parse("mail.example.org").unwrap();
        let wrong = TlsSeen { name: Err("it is for www.example.org".into()), ..seen(Ok(())) };
        assert_eq!(name(&host, &wrong).outcome, Outcome::Fail);
        assert_eq!(only_noted(name(&host, &wrong)).outcome, Outcome::Info);
        assert_eq!(name(&host, &seen(Err(Distrust::SelfSigned))).outcome, Outcome::Pass, "trust is another check's");
    }
}
