//! `dns-resolver-local` and `dns-resolver-dnssec`: who answers the server's own questions.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::{Check, Context, Own, Reach};
use crate::finding::{Area, Finding};
use crate::host::Host;
use crate::probe::dns::{DnsClient, RecordType};
use crate::records::{Answer, AnswerState};

/// Postfix's own copy of the resolver's settings.
const CHROOT_COPY: &str = "/var/spool/postfix/etc/resolv.conf";
/// The entry that every block list has (RFC 5782 section 5), as the first half of a name.
const LISTED_TEST_POINT: &str = "2.0.0.127";

/// The machine's resolvers answer, and block lists answer them.
pub static DNS_RESOLVER_LOCAL: Check = Check {
    id: "dns-resolver-local",
    area: Area::Dns,
    why: "Block lists refuse the questions of public resolvers, and old filters then take every sender for listed.",
    rfc: "RFC 5782 section 5, resolv.conf(5)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(20),
    subjects: Context::this_host,
    run: |context, _| Box::pin(local(context)),
};

/// The resolver validates DNSSEC and can be believed.
pub static DNS_RESOLVER_DNSSEC: Check = Check {
    id: "dns-resolver-dnssec",
    area: Area::Dns,
    why: "Only with a validating resolver can this server trust DANE, which protects mail on its way.",
    rfc: "RFC 4035 section 3.2.3, RFC 7672 section 2.2",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(20),
    subjects: Context::this_host,
    run: |context, _| Box::pin(dnssec(context)),
};

async fn local(context: Arc<Context>) -> Finding {
    let Ok(own) = context.own() else { return not_ours() };
    let servers = resolvers(&context, own);
    let asked = join_all(servers.iter().map(|server| answer_of(own, *server))).await;
    let copy_is_stale = {
        let host = own.host.clone();
        tokio::task::spawn_blocking(move || host.is_some_and(|h| chroot_copy_is_stale(&*h))).await.unwrap_or(false)
    };
    let evidence: Vec<String> = asked
        .iter()
        .flat_map(|(server, name, listed)| {
            [format!("A {} at {server}: {}", own.spec.hostname, name.line())]
                .into_iter()
                .chain(listed.as_ref().map(|(name, answer)| format!("A {name} at {server}: {}", answer.line())))
        })
        .collect();
    judge(&asked, copy_is_stale).evidence(evidence)
}

/// One resolver with its answers about our name and about a block list's test point.
type Heard = (IpAddr, Answer, Option<(String, Answer)>);

async fn answer_of(own: &Own, server: SocketAddr) -> Heard {
    let dns = DnsClient::at(server);
    let list = own.spec.checks.dnsbl.first().map(|zone| format!("{LISTED_TEST_POINT}.{}.", zone.as_str()));
    let name = own.spec.hostname.absolute();
    let (own, listed) = tokio::join!(dns.resolve(&name, RecordType::A), async {
        match list {
            Some(name) => {
                let answer = dns.resolve(&name, RecordType::A).await;
                Some((name, answer))
            }
            None => None,
        }
    });
    (server.ip(), own, listed)
}

fn judge(asked: &[Heard], copy_is_stale: bool) -> Finding {
    let expected = "a resolver of our own on 127.0.0.1";
    let silent: Vec<String> = asked
        .iter()
        .filter(|(_, own, _)| !own.state.is_verdict())
        .map(|(server, own, _)| format!("{server} {}", own.state.said()))
        .collect();
    if asked.is_empty() || silent.len() == asked.len() {
        let found = if asked.is_empty() { "no resolver is set".to_owned() } else { silent.join("; ") };
        return Finding::fail(found, expected).automatic("mailwizard apply");
    }
    if copy_is_stale {
        return Finding::warn(format!("{CHROOT_COPY} is not what /etc/resolv.conf says"), "the same")
            .instructions("systemctl restart postfix");
    }
    let refused = asked.iter().find(|(_, _, listed)| {
        // 127.255.255.254 and its neighbours mean "you may not ask", not "listed".
        listed.as_ref().is_some_and(|(_, answer)| answer.data.iter().any(|d| d.starts_with("127.255.255.")))
    });
    if let Some((server, ..)) = refused {
        return Finding::warn(format!("block lists do not answer {server}"), expected)
            .automatic_once("resolver.mode", "unbound");
    }
    if !silent.is_empty() {
        return Finding::warn(silent.join("; "), "every resolver in /etc/resolv.conf answers")
            .instructions("Remove it from /etc/resolv.conf");
    }
    let answered = asked.iter().all(|(_, _, listed)| {
        listed.as_ref().is_some_and(|(_, answer)| answer.data.iter().any(|d| d.starts_with("127.0.0.")))
    });
    let names: Vec<String> = asked.iter().map(|(server, ..)| server.to_string()).collect();
    let names = names.join(" ");
    match asked.iter().find(|(server, ..)| !server.is_loopback() || is_stub(*server)) {
        None => Finding::pass(format!("{names} answers")),
        Some(_) if answered => Finding::pass(format!("{names}: block lists answer it")),
        Some((server, ..)) if is_public(*server) => {
            Finding::warn(format!("{server} is a public resolver, which block lists do not answer"), expected)
                .automatic_once("resolver.mode", "unbound")
        }
        Some((server, ..)) if is_stub(*server) => {
            Finding::warn(format!("{server} is systemd-resolved, which passes questions on to others"), expected)
                .automatic_once("resolver.mode", "unbound")
        }
        Some((server, ..)) => {
            Finding::info(format!("{server} is shared with others: block lists may refuse it one day"))
                .expected(expected)
        }
    }
}

/// Resolvers that anybody may use: Google, Cloudflare, Quad9, OpenDNS.
fn is_public(server: IpAddr) -> bool {
    const PUBLIC: [&str; 8] =
        ["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220"];
    const PREFIXES: [&str; 3] = ["2001:4860:4860:", "2606:4700:4700:", "2620:fe:"];
    let text = server.to_string();
    PUBLIC.contains(&text.as_str()) || PREFIXES.iter().any(|p| text.starts_with(p))
}

/// systemd-resolved's stub.
fn is_stub(server: IpAddr) -> bool {
    matches!(server, IpAddr::V4(v4) if v4.octets() == [127, 0, 0, 53] || v4.octets() == [127, 0, 0, 54])
}

fn resolvers(context: &Context, own: &Own) -> Vec<SocketAddr> {
    if own.facts.resolver.servers.is_empty() {
        return context.dns.resolvers().to_vec();
    }
    own.facts.resolver.servers.iter().map(|ip| SocketAddr::new(*ip, 53)).collect()
}

/// Postfix reads its copy of resolv.conf, made when it started.
fn chroot_copy_is_stale(host: &dyn Host) -> bool {
    let read = |path: &str| host.read(Path::new(path)).ok().flatten().map(|f| f.content);
    match (read(CHROOT_COPY), read("/etc/resolv.conf")) {
        (Some(copy), Some(own)) => copy != own,
        _ => false,
    }
}

async fn dnssec(context: Arc<Context>) -> Finding {
    let Ok(own) = context.own() else { return not_ours() };
    let Some(server) = context.dns.resolvers().first().copied() else {
        return Finding::unknown("no resolver is set");
    };
    // Not the root: some resolvers answer for that without a proof though they validate everything else.
    let (answer, validated) = context.dns.resolve_validated("com.", RecordType::NS).await;
    let evidence = [format!("NS com. with DO at {}: {}, AD {}", server.ip(), answer.line(), u8::from(validated))];
    judge_dnssec(server.ip(), own.facts.resolver.trust_ad, &answer, validated).evidence(evidence)
}

fn judge_dnssec(server: IpAddr, trust_ad: bool, answer: &Answer, validated: bool) -> Finding {
    let expected = "a validating resolver on 127.0.0.1";
    match (&answer.state, validated) {
        (AnswerState::ServFail, _) => Finding::fail(format!("{server} fails for com., which is signed"), expected)
            .automatic_once("resolver.mode", "unbound"),
        (state, _) if !state.is_verdict() => Finding::unknown(format!("{server} {}", state.said())),
        (_, false) => {
            Finding::warn(format!("{server} does not validate"), expected).automatic_once("resolver.mode", "unbound")
        }
        (_, true) if server.is_loopback() && !trust_ad => {
            Finding::warn(format!("{server} validates, but programs are not told to believe it"), "options trust-ad")
                .instructions("Add 'options trust-ad' to /etc/resolv.conf and restart Postfix")
        }
        (_, true) if server.is_loopback() => Finding::pass(format!("{server} validates")),
        (_, true) => {
            Finding::info(format!("{server} says it validates; what comes over the network cannot be believed"))
                .expected(expected)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn answer(state: AnswerState, data: &[&str]) -> Answer {
        let data = data.iter().map(|d| (*d).to_owned()).collect();
        Answer { state, data, ttl: None, canonical_name: None, elapsed_ms: 1 }
    }

    fn heard(server: &str, own: AnswerState, listed: &[&str]) -> Heard {
        let state = if listed.is_empty() { AnswerState::NxDomain } else { AnswerState::Found };
        let list = ("2.0.0.127.zen.spamhaus.org.".to_owned(), answer(state, listed));
        (server.parse().unwrap(), answer(own, &[]), Some(list))
    }

    #[test]
    fn resolvers_are_told_apart() {
        use AnswerState::{Found, ServFail, TimedOut};
        for (asked, stale, outcome) in [
            (vec![heard("127.0.0.1", Found, &[])], false, Outcome::Pass),
            (vec![heard("127.0.0.1", Found, &[])], true, Outcome::Warn),
            (vec![heard("8.8.8.8", Found, &["127.255.255.254"])], false, Outcome::Warn),
            (vec![heard("8.8.8.8", Found, &[])], false, Outcome::Warn),
            (vec![heard("127.0.0.53", Found, &[])], false, Outcome::Warn),
            (vec![heard("127.0.0.53", Found, &["127.0.0.2", "127.0.0.4"])], false, Outcome::Pass),
            (vec![heard("192.0.2.53", Found, &[])], false, Outcome::Info),
            (vec![heard("127.0.0.1", Found, &[]), heard("192.0.2.53", TimedOut, &[])], false, Outcome::Warn),
            (vec![heard("127.0.0.1", ServFail, &[])], false, Outcome::Fail),
            (vec![], false, Outcome::Fail),
        ] {
            let finding = judge(&asked, stale);
            assert_eq!(finding.outcome, outcome, "{asked:?}: {finding:?}");
        }
    }

    #[test]
    fn validation_counts_only_on_loopback() {
        let found = answer(AnswerState::Found, &[]);
        let at = |server: &str, trust: bool, answer: &Answer, ad: bool| {
            judge_dnssec(server.parse().unwrap(), trust, answer, ad).outcome
        };
        assert_eq!(at("127.0.0.1", true, &found, true), Outcome::Pass);
        assert_eq!(at("127.0.0.1", false, &found, true), Outcome::Warn);
        assert_eq!(at("127.0.0.1", true, &found, false), Outcome::Warn);
        assert_eq!(at("192.0.2.53", true, &found, true), Outcome::Info);
        assert_eq!(at("192.0.2.53", true, &answer(AnswerState::TimedOut, &[]), false), Outcome::Unknown);
        assert_eq!(at("127.0.0.1", true, &answer(AnswerState::ServFail, &[]), false), Outcome::Fail);
    }
}
