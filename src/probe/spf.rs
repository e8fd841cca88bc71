//! check_host() of RFC 7208 with everything it did on the way.
//!
//! Records and macros are read by mail-auth. Its evaluator is not used here: it keeps no trace, does not count void
//! look-ups, and leaves an include within an include by the inner qualifier (section 5.2 asks for the outer one).

use std::net::IpAddr;

use futures_util::future::{BoxFuture, FutureExt as _};
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::spf::{Directive, Macro, Mechanism, Qualifier, Spf as Parsed, Variables};

use super::dns::{DnsClient, RecordType};
use crate::records::spf::{MOST_LOOKUPS, Spf, Term, is_spf};
use crate::records::{Answer, AnswerState, reverse_name};

/// Terms whose look-up may find nothing (RFC 7208 section 4.6.4).
pub const MOST_VOID: usize = 2;
/// Names under one `mx`, and names of one `ptr` that are looked at (RFC 7208 section 4.6.4).
const MOST_NAMES: usize = 10;
/// The longest name that can be asked about (RFC 7208 section 7.3).
const LONGEST_NAME: usize = 253;
/// Lines of the trace that are kept.
const MOST_TRACE: usize = 500;

/// What a receiver makes of mail (RFC 7208 section 2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpfVerdict {
    /// The address may send.
    Pass,
    /// It may not.
    Fail,
    /// It probably may not.
    SoftFail,
    /// The domain says nothing about it.
    Neutral,
    /// There is no record.
    None,
    /// The record cannot be used.
    PermError,
    /// It could not be found out now.
    TempError,
}

impl SpfVerdict {
    /// The word of RFC 7208.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::PermError => "permerror",
            Self::TempError => "temperror",
        }
    }
}

/// An evaluation from beginning to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The domain whose record decided: that of the sender, or the HELO name where there is no sender.
    pub domain: String,
    /// The verdict.
    pub verdict: SpfVerdict,
    /// Why, for `none`, `permerror` and `temperror`.
    pub reason: Option<String>,
    /// The term of the domain's own record that matched, as written.
    pub mechanism: Option<String>,
    /// The domain's own record.
    pub record: Option<String>,
    /// Terms that cost a look-up, up to the match.
    pub lookups: usize,
    /// Those of them that found nothing.
    pub void_lookups: usize,
    /// The text that the domain gives a refused sender (`exp=`).
    pub explanation: Option<String>,
    /// Every step.
    pub trace: Vec<String>,
}

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Where the mail comes from.
    pub ip: IpAddr,
    /// The name in HELO or EHLO.
    pub helo: &'a str,
    /// The envelope sender; empty or `<>` for a delivery report, which the HELO name is judged for.
    pub sender: &'a str,
    /// Names that are asked of their authoritative servers, with all below them; others are asked of the resolver, as
    /// receivers do, which may still have an old answer.
    pub own: &'a [&'a str],
}

/// Evaluates, asking the client's resolver.
pub async fn check_host(dns: &DnsClient, question: Question<'_>) -> Evaluation {
    // An IPv4 address in IPv6 clothes is an IPv4 address (RFC 7208 section 5).
    let ip = question.ip.to_canonical();
    let sender = question.sender.trim_matches(['<', '>']);
    let (local, domain) = match sender.rsplit_once('@') {
        Some((local, domain)) => (if local.is_empty() { "postmaster" } else { local }, domain),
        None if sender.is_empty() => ("postmaster", question.helo),
        None => ("postmaster", sender),
    };
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let mut evaluator = Evaluator {
        dns,
        ip,
        helo: question.helo,
        sender: format!("{local}@{domain}"),
        own: question.own,
        lookups: 0,
        voids: 0,
        trace: Vec::new(),
        validated: None,
        record: None,
        explanation: None,
    };
    evaluator.note(0, format!("check_host({ip}, {domain}, {})", evaluator.sender));
    let ended = evaluator.domain(domain.clone(), 0).await;
    let (verdict, mechanism, reason) = match ended {
        Ok(Matched { verdict, mechanism }) => (verdict, mechanism, None),
        Err(Ended { verdict, reason }) => (verdict, None, Some(reason)),
    };
    evaluator.note(0, format!("= {}", verdict.as_str()));
    let explanation = if verdict == SpfVerdict::Fail { evaluator.explanation } else { None };
    Evaluation {
        domain,
        verdict,
        reason,
        mechanism,
        record: evaluator.record,
        lookups: evaluator.lookups,
        void_lookups: evaluator.voids,
        explanation,
        trace: evaluator.trace,
    }
}

/// A record came to a verdict of its own.
struct Matched {
    verdict: SpfVerdict,
    mechanism: Option<String>,
}

/// The evaluation ended without one.
struct Ended {
    verdict: SpfVerdict,
    reason: String,
}

fn permanent(reason: impl Into<String>) -> Ended {
    Ended { verdict: SpfVerdict::PermError, reason: reason.into() }
}

struct Evaluator<'a> {
    dns: &'a DnsClient,
    ip: IpAddr,
    helo: &'a str,
    sender: String,
    own: &'a [&'a str],
    lookups: usize,
    voids: usize,
    trace: Vec<String>,
    /// The name for `%{p}`, once it was asked for.
    validated: Option<String>,
    record: Option<String>,
    explanation: Option<String>,
}

impl Evaluator<'_> {
    fn note(&mut self, depth: usize, text: impl AsRef<str>) {
        if self.trace.len() < MOST_TRACE {
            self.trace.push(format!("{}{}", "  ".repeat(depth), crate::printable::excerpt(text.as_ref(), 600)));
        }
    }

    async fn look_up(&self, name: &str, kind: RecordType) -> Answer {
        let bare = name.trim_end_matches('.').to_ascii_lowercase();
        let is_own = |own: &&str| bare.strip_suffix(*own).is_some_and(|head| head.is_empty() || head.ends_with('.'));
        if self.own.iter().any(is_own)
            && let Some(answer) = self.dns.observe(name, kind).await.settled()
        {
            return answer.clone();
        }
        self.dns.resolve(name, kind).await
    }

    /// Evaluates the record of a domain; boxed because records name one another.
    fn domain(&mut self, domain: String, depth: usize) -> BoxFuture<'_, Result<Matched, Ended>> {
        async move {
            let (text, spf, parsed) = self.record_of(&domain, depth).await?;
            if depth == 0 {
                self.record = Some(text);
            }
            let terms = spf.terms.iter().filter_map(|t| match t {
                Term::Directive(..) => Some(t.to_string()),
                Term::Redirect(_) | Term::Modifier(_) => None,
            });
            for (term, directive) in terms.zip(parsed.directives.iter()) {
                let matches = self.directive(directive, &term, &domain, depth).await?;
                self.note(depth, format!("{term}: {}", if matches { "match" } else { "no match" }));
                if matches {
                    let verdict = verdict_of(&directive.qualifier);
                    if verdict == SpfVerdict::Fail && depth == 0 {
                        self.explain(parsed.exp.as_ref(), &domain).await;
                    }
                    return Ok(Matched { verdict, mechanism: Some(term) });
                }
            }
            let Some(target) = &parsed.redirect else {
                return Ok(Matched { verdict: SpfVerdict::Neutral, mechanism: None });
            };
            self.count(depth, "redirect")?;
            let target = self.expand(target, &domain).await;
            self.note(depth, format!("redirect={target}"));
            match self.domain(target.clone(), depth).await {
                // A redirect to nothing is the record's fault (section 6.1).
                Err(Ended { verdict: SpfVerdict::None, .. }) => {
                    Err(permanent(format!("redirect= leads to '{target}', which has no SPF record")))
                }
                other => other,
            }
        }
        .boxed()
    }

    async fn record_of(&mut self, domain: &str, depth: usize) -> Result<(String, Spf, Parsed), Ended> {
        let none = |reason: String| Ended { verdict: SpfVerdict::None, reason };
        if !is_askable(domain) {
            return Err(none(format!("'{}' is not a name with a record", crate::printable::excerpt(domain, 80))));
        }
        let answer = self.look_up(domain, RecordType::TXT).await;
        self.note(depth, format!("TXT {domain}: {}", answer.line()));
        self.certain(&answer, domain)?;
        let records: Vec<&String> = answer.data.iter().filter(|t| is_spf(t)).collect();
        let record = match records.as_slice() {
            [] => return Err(none(format!("'{domain}' has no SPF record"))),
            [one] => (*one).clone(),
            many => return Err(permanent(format!("'{domain}' has {} SPF records", many.len()))),
        };
        let unreadable = |reason: String| permanent(format!("the record of '{domain}' cannot be read: {reason}"));
        let spf = Spf::parse(&record).map_err(unreadable)?;
        let parsed = Parsed::parse(record.as_bytes()).map_err(|e| unreadable(e.to_string()))?;
        Ok((record, spf, parsed))
    }

    async fn directive(
        &mut self,
        directive: &Directive,
        term: &str,
        domain: &str,
        depth: usize,
    ) -> Result<bool, Ended> {
        match &directive.mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4 { addr, mask } => Ok(self.is_within(IpAddr::V4(*addr), *mask, u128::MAX)),
            Mechanism::Ip6 { addr, mask } => Ok(self.is_within(IpAddr::V6(*addr), u32::MAX, *mask)),
            Mechanism::A { macro_string, ip4_mask, ip6_mask } => {
                self.count(depth, term)?;
                let name = self.expand(macro_string, domain).await;
                let (addresses, void) = self.addresses(&name, depth).await?;
                self.void(void, depth)?;
                Ok(addresses.iter().any(|a| self.is_within(*a, *ip4_mask, *ip6_mask)))
            }
            Mechanism::Mx { macro_string, ip4_mask, ip6_mask } => {
                self.count(depth, term)?;
                let name = self.expand(macro_string, domain).await;
                self.mx(&name, (*ip4_mask, *ip6_mask), depth).await
            }
            Mechanism::Include { macro_string } => {
                self.count(depth, term)?;
                let target = self.expand(macro_string, domain).await;
                match self.domain(target.clone(), depth + 1).await {
                    Ok(matched) => Ok(matched.verdict == SpfVerdict::Pass),
                    Err(Ended { verdict: SpfVerdict::None, .. }) => {
                        Err(permanent(format!("'{target}' is included but has no SPF record")))
                    }
                    Err(other) => Err(other),
                }
            }
            Mechanism::Ptr { macro_string } => {
                self.count(depth, term)?;
                let target = self.expand(macro_string, domain).await.to_ascii_lowercase();
                let (names, void) = self.validated_names(depth).await;
                self.void(void, depth)?;
                Ok(names.iter().any(|n| *n == target || n.ends_with(&format!(".{target}"))))
            }
            Mechanism::Exists { macro_string } => {
                self.count(depth, term)?;
                let name = self.expand(macro_string, domain).await;
                // Always A, also for mail over IPv6 (section 5.7).
                let answer = self.look_up(&name, RecordType::A).await;
                self.note(depth, format!("A {name}: {}", answer.line()));
                self.certain(&answer, &name)?;
                self.void(answer.data.is_empty(), depth)?;
                Ok(!answer.data.is_empty())
            }
        }
    }

    async fn mx(&mut self, name: &str, masks: (u32, u128), depth: usize) -> Result<bool, Ended> {
        let answer = self.look_up(name, RecordType::MX).await;
        self.note(depth, format!("MX {name}: {}", answer.line()));
        self.certain(&answer, name)?;
        self.void(answer.data.is_empty(), depth)?;
        if answer.data.len() > MOST_NAMES {
            return Err(permanent(format!("'{name}' has {} MX records, more than {MOST_NAMES}", answer.data.len())));
        }
        let mut hosts: Vec<(u16, &str)> = answer
            .data
            .iter()
            .filter_map(|mx| mx.split_once(' '))
            .map(|(preference, host)| (preference.parse().unwrap_or(u16::MAX), host))
            .collect();
        hosts.sort_unstable();
        for (_, host) in hosts {
            let (addresses, _) = self.addresses(host, depth).await?;
            if addresses.iter().any(|a| self.is_within(*a, masks.0, masks.1)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Addresses of a name in the family of the sender's address, and whether there is none.
    async fn addresses(&mut self, name: &str, depth: usize) -> Result<(Vec<IpAddr>, bool), Ended> {
        let kind = if self.ip.is_ipv4() { RecordType::A } else { RecordType::AAAA };
        let answer = self.look_up(name, kind).await;
        self.note(depth, format!("{kind} {name}: {}", answer.line()));
        self.certain(&answer, name)?;
        Ok((answer.data.iter().filter_map(|a| a.parse().ok()).collect(), answer.data.is_empty()))
    }

    /// Names of the address that lead back to it (section 5.5); an answer that does not come is no name.
    async fn validated_names(&mut self, depth: usize) -> (Vec<String>, bool) {
        let reverse = reverse_name(self.ip);
        let answer = self.look_up(&reverse, RecordType::PTR).await;
        self.note(depth, format!("PTR {reverse}: {}", answer.line()));
        let void = answer.state.is_verdict() && answer.data.is_empty();
        let mut names = Vec::new();
        for name in answer.data.iter().take(MOST_NAMES) {
            if let Ok((addresses, _)) = self.addresses(name, depth).await
                && addresses.contains(&self.ip)
            {
                names.push(name.trim_end_matches('.').to_ascii_lowercase());
            }
        }
        (names, void)
    }

    async fn expand(&mut self, text: &Macro, domain: &str) -> String {
        if text.needs_ptr() && self.validated.is_none() {
            let (names, _) = self.validated_names(0).await;
            // The domain itself is preferred, then a name below it (section 7.3).
            let below = format!(".{domain}");
            let best = names.iter().find(|n| *n == domain).or_else(|| names.iter().find(|n| n.ends_with(&below)));
            self.validated = Some(best.or(names.first()).cloned().unwrap_or_else(|| "unknown".into()));
        }
        let variables = self.variables(domain);
        let mut expanded = text.eval(&variables, domain, false).trim_end_matches('.').to_owned();
        while expanded.len() > LONGEST_NAME
            && let Some((_, rest)) = expanded.split_once('.')
        {
            expanded = rest.to_owned();
        }
        expanded
    }

    fn variables(&self, domain: &str) -> Variables<'static> {
        let mut variables = Variables::new();
        variables.set_ip(&self.ip);
        variables.set_sender(self.sender.clone().into_bytes());
        variables.set_domain(domain.as_bytes().to_vec());
        variables.set_helo_domain(self.helo.as_bytes().to_vec());
        variables.set_host_domain(b"unknown".to_vec());
        variables.set_validated_domain(self.validated.clone().unwrap_or_default().into_bytes());
        variables
    }

    /// Fetches and expands the text of `exp=`; whatever goes wrong there changes no verdict (section 6.2).
    async fn explain(&mut self, exp: Option<&Macro>, domain: &str) {
        let Some(exp) = exp else { return };
        let name = self.expand(exp, domain).await;
        let answer = self.look_up(&name, RecordType::TXT).await;
        self.note(0, format!("exp= TXT {name}: {}", answer.line()));
        if let [text] = answer.data.as_slice()
            && let Ok(text) = Macro::parse(text.as_bytes())
        {
            let variables = self.variables(domain);
            self.explanation = Some(crate::printable::excerpt(&text.eval(&variables, domain, false), 500));
        }
    }

    fn count(&mut self, depth: usize, term: &str) -> Result<(), Ended> {
        self.lookups += 1;
        if self.lookups > MOST_LOOKUPS {
            self.note(depth, format!("{term}: look-up {} of {MOST_LOOKUPS}", self.lookups));
            return Err(permanent(format!("more than {MOST_LOOKUPS} terms need a look-up (RFC 7208 section 4.6.4)")));
        }
        Ok(())
    }

    fn void(&mut self, is_void: bool, depth: usize) -> Result<(), Ended> {
        if !is_void {
            return Ok(());
        }
        self.voids += 1;
        self.note(depth, format!("void look-up {} of {MOST_VOID}", self.voids));
        if self.voids > MOST_VOID {
            return Err(permanent(format!("more than {MOST_VOID} look-ups found nothing (RFC 7208 section 4.6.4)")));
        }
        Ok(())
    }

    fn certain(&self, answer: &Answer, name: &str) -> Result<(), Ended> {
        match &answer.state {
            AnswerState::Found | AnswerState::NoData | AnswerState::NxDomain => Ok(()),
            other => Err(Ended {
                verdict: SpfVerdict::TempError,
                reason: format!("for '{}' the resolver {}", crate::printable::excerpt(name, 100), other.said()),
            }),
        }
    }

    fn is_within(&self, network: IpAddr, mask4: u32, mask6: u128) -> bool {
        match (self.ip, network) {
            (IpAddr::V4(ip), IpAddr::V4(network)) => ip.to_bits() & mask4 == network.to_bits() & mask4,
            (IpAddr::V6(ip), IpAddr::V6(network)) => ip.to_bits() & mask6 == network.to_bits() & mask6,
            _ => false,
        }
    }
}

/// Whether SPF asks about the name at all (section 4.3): more than one label, none of them empty or too long.
fn is_askable(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.');
    domain.len() <= LONGEST_NAME && domain.contains('.') && domain.split('.').all(|l| !l.is_empty() && l.len() <= 63)
}

fn verdict_of(qualifier: &Qualifier) -> SpfVerdict {
    match qualifier {
        Qualifier::Pass => SpfVerdict::Pass,
        Qualifier::Fail => SpfVerdict::Fail,
        Qualifier::SoftFail => SpfVerdict::SoftFail,
        Qualifier::Neutral => SpfVerdict::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::dns::test_server::World;

    const HOST: &str = "mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:db8:100::10\nexample.org. 60 MX 10 mail.example.org.\n";

    async fn evaluated_for(ip: &str, lines: &str) -> Evaluation {
        let world = World::new()
            .zone("example.org.", &["127.9.0.10"], &format!("{HOST}{lines}"))
            .zone("100.51.198.in-addr.arpa.", &["127.9.0.11"], "10.100.51.198.in-addr.arpa. 60 PTR mail.example.org.")
            .cached("down.example.org.", RecordType::TXT, &[])
            .cached("down.example.org.", RecordType::A, &[])
            .run()
            .await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let question =
            Question { ip: ip.parse().unwrap(), helo: "mail.example.org", sender: "alice@example.org", own: &[] };
        check_host(&dns, question).await
    }

    async fn evaluated(record: &str, others: &str) -> Evaluation {
        evaluated_for("198.51.100.10", &format!("example.org. 60 TXT \"{record}\"\n{others}")).await
    }

    #[tokio::test]
    async fn every_mechanism_matches_what_it_should() {
        use SpfVerdict::{Fail, Neutral, Pass, PermError, SoftFail, TempError};
        let leaf = "leaf.example.org. 60 TXT \"v=spf1 a:mail.example.org -all\"\n";
        for (record, verdict, mechanism, lookups, void) in [
            ("v=spf1 ip4:198.51.100.0/24 -all", Pass, Some("ip4:198.51.100.0/24"), 0, 0),
            ("v=spf1 ip4:198.51.100.100 -all", Fail, Some("-all"), 0, 0),
            ("V=SPF1 ip4:192.0.2.1 ~all", SoftFail, Some("~all"), 0, 0),
            ("v=spf1 ip4:192.0.2.1 ?all", Neutral, Some("?all"), 0, 0),
            ("v=spf1 ip4:192.0.2.1", Neutral, None, 0, 0),
            ("v=spf1 a:mail.example.org -all", Pass, Some("a:mail.example.org"), 1, 0),
            ("v=spf1 a:other.example.org/24 mx -all", Pass, Some("mx"), 2, 1),
            ("v=spf1 include:leaf.example.org -all", Pass, Some("include:leaf.example.org"), 2, 0),
            ("v=spf1 redirect=leaf.example.org", Pass, Some("a:mail.example.org"), 2, 0),
            ("v=spf1 ?include:leaf.example.org -all", Neutral, Some("?include:leaf.example.org"), 2, 0),
            ("v=spf1 ptr:example.org -all", Pass, Some("ptr:example.org"), 1, 0),
            ("v=spf1 ptr:example.net -all", Fail, Some("-all"), 1, 0),
            (
                "v=spf1 exists:%{i}.%{l}.%{d2}.list.example.org -all",
                Pass,
                Some("exists:%{i}.%{l}.%{d2}.list.example.org"),
                1,
                0,
            ),
            ("v=spf1 exists:%{p}.p.example.org -all", Pass, Some("exists:%{p}.p.example.org"), 1, 0),
            ("v=spf1 include:gone.example.org ~all", PermError, None, 1, 0),
            ("v=spf1 redirect=gone.example.org", PermError, None, 1, 0),
            ("v=spf1 include:down.example.org -all", TempError, None, 1, 0),
            ("v=spf1 a:down.example.org -all", TempError, None, 1, 0),
            ("v=spf1 ip4:198.51.100.10 ip4:1.2.3.4/33 -all", PermError, None, 0, 0),
            ("v=spf1 a:g1.example.org a:g2.example.org -all", Fail, Some("-all"), 2, 2),
            ("v=spf1 a:g1.example.org a:g2.example.org a:g3.example.org +all", PermError, None, 3, 3),
        ] {
            let lists = "198.51.100.10.alice.example.org.list.example.org. 60 A 127.0.0.2\nmail.example.org.p.example.org. 60 A 127.0.0.2";
            let seen = evaluated(record, &format!("{leaf}{lists}")).await;
            assert_eq!(seen.verdict, verdict, "{record}: {seen:#?}");
            assert_eq!(seen.mechanism.as_deref(), mechanism, "{record}: {seen:#?}");
            assert_eq!((seen.lookups, seen.void_lookups), (lookups, void), "{record}: {seen:#?}");
            assert_eq!(seen.reason.is_some(), matches!(verdict, PermError | TempError), "{record}: {seen:#?}");
        }
    }

    #[tokio::test]
    async fn an_include_within_an_include_is_judged_by_the_outer_one() {
        let others = "b.example.org. 60 TXT \"v=spf1 -include:c.example.org +all\"\nc.example.org. 60 TXT \"v=spf1 ip4:198.51.100.10 -all\"";
        // c passes, so b fails, so a's include does not match.
        let seen = evaluated("v=spf1 include:b.example.org ~all", others).await;
        assert_eq!((seen.verdict, seen.lookups), (SpfVerdict::SoftFail, 2), "{seen:#?}");
        let neutral = "b.example.org. 60 TXT \"v=spf1 include:c.example.org ?all\"\nc.example.org. 60 TXT \"v=spf1 ip4:192.0.2.1 -all\"";
        let seen = evaluated("v=spf1 include:b.example.org -all", neutral).await;
        assert_eq!(seen.verdict, SpfVerdict::Fail, "{seen:#?}");
    }

    #[tokio::test]
    async fn limits_end_the_evaluation_and_circles_too() {
        let eleven: String = (0..11).map(|_| " a:mail2.example.org").collect();
        let others = "mail2.example.org. 60 A 192.0.2.9\n";
        let seen = evaluated(&format!("v=spf1{eleven} -all"), others).await;
        assert_eq!((seen.verdict, seen.lookups), (SpfVerdict::PermError, 11), "{seen:#?}");
        let ten: String = (0..10).map(|_| " a:mail2.example.org").collect();
        assert_eq!(evaluated(&format!("v=spf1{ten} -all"), others).await.verdict, SpfVerdict::Fail);
        let circle = evaluated("v=spf1 include:example.org -all", "").await;
        assert_eq!((circle.verdict, circle.lookups), (SpfVerdict::PermError, 11), "{circle:#?}");
        let mx: String = (0..11).map(|n| format!("many.example.org. 60 MX {n} m{n}.example.org.\n")).collect();
        let seen = evaluated("v=spf1 mx:many.example.org -all", &mx).await;
        assert!(seen.reason.unwrap().contains("11 MX records"));
    }

    #[tokio::test]
    async fn how_many_records_there_are_decides_too() {
        assert_eq!(evaluated_for("198.51.100.10", "").await.verdict, SpfVerdict::None);
        let near = evaluated_for(
            "198.51.100.10",
            "example.org. 60 TXT \"v=spf10 +all\"\nexample.org. 60 TXT \" v=spf1 +all\"",
        )
        .await;
        assert_eq!(near.verdict, SpfVerdict::None, "neither is a record");
        let two =
            evaluated_for("198.51.100.10", "example.org. 60 TXT \"v=spf1 +all\"\nexample.org. 60 TXT \"v=spf1 -all\"")
                .await;
        assert_eq!(two.verdict, SpfVerdict::PermError);
    }

    #[tokio::test]
    async fn families_macros_and_the_null_sender() {
        let record = "example.org. 60 TXT \"v=spf1 a:mail.example.org -all exp=why.example.org\"\nmail.example.org. 60 TXT \"v=spf1 a -all\"\nwhy.example.org. 60 TXT \"%{i} is no sender of %{d}\"";
        for (ip, verdict) in [
            ("2001:db8:100::10", SpfVerdict::Pass),
            ("::ffff:198.51.100.10", SpfVerdict::Pass),
            ("2001:db8:100::11", SpfVerdict::Fail),
        ] {
            assert_eq!(evaluated_for(ip, record).await.verdict, verdict, "{ip}");
        }
        let refused = evaluated_for("192.0.2.77", record).await;
        assert_eq!(refused.explanation.as_deref(), Some("192.0.2.77 is no sender of example.org"));
        let world = World::new().zone("example.org.", &["127.9.0.10"], &format!("{HOST}{record}")).run().await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let null = Question { ip: "198.51.100.10".parse().unwrap(), helo: "mail.example.org", sender: "<>", own: &[] };
        let seen = check_host(&dns, null).await;
        assert_eq!(
            (seen.verdict, seen.domain.as_str(), seen.mechanism.as_deref()),
            (SpfVerdict::Pass, "mail.example.org", Some("a"))
        );
        let single = Question { sender: "root@localhost", ..null };
        assert_eq!(check_host(&dns, single).await.verdict, SpfVerdict::None);
    }
}
