//! SPF records (RFC 7208) as text: parsed whole, merged, counted. Evaluation against addresses is the checks' part.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most look-ups that evaluating a record may cost (RFC 7208 section 4.6.4).
pub const MOST_LOOKUPS: usize = 10;
/// From this length on a record may not fit into one UDP answer beside the others at its name (RFC 7208 section 3.4).
pub const COMFORTABLE_LENGTH: usize = 450;

/// A parsed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spf {
    /// Its terms in order.
    pub terms: Vec<Term>,
}

/// One term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A mechanism with its qualifier.
    Directive(Qualifier, Mechanism),
    /// `redirect=`.
    Redirect(String),
    /// `exp=` and modifiers that evaluators ignore.
    Modifier(String),
}

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    /// `+`, or nothing.
    Pass,
    /// `-`.
    Fail,
    /// `~`.
    SoftFail,
    /// `?`.
    Neutral,
}

/// What is matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// Everything.
    All,
    /// What another record passes.
    Include(String),
    /// Addresses of a name; the arguments as written (":host/24//64").
    A(String),
    /// Addresses of a name's MX hosts; the arguments as written.
    Mx(String),
    /// Reverse names; the arguments as written. Deprecated (RFC 7208 section 5.5).
    Ptr(String),
    /// A network.
    Ip4(Ipv4Addr, u8),
    /// A network.
    Ip6(Ipv6Addr, u8),
    /// Whether a name has an address.
    Exists(String),
}

/// Whether a TXT record is an SPF record: `v=spf1` and then a space or the end, without regard to case
/// (RFC 7208 section 4.5).
pub fn is_spf(txt: &str) -> bool {
    txt.get(..6).is_some_and(|v| v.eq_ignore_ascii_case("v=spf1")) && txt[6..].chars().next().is_none_or(|c| c == ' ')
}

impl Spf {
    /// Parses a whole record; every error counts, also behind a match (RFC 7208 section 4.6). The error names the term.
    pub fn parse(txt: &str) -> Result<Self, String> {
        if !is_spf(txt) {
            return Err("it does not begin with 'v=spf1 '".into());
        }
        if let Some(c) = txt.chars().find(|c| !(c.is_ascii_graphic() || *c == ' ')) {
            return Err(format!("it holds '{}', which no SPF record may", crate::printable::printable(&c.to_string())));
        }
        let terms = txt[6..].split(' ').filter(|t| !t.is_empty()).map(term).collect::<Result<Vec<_>, _>>()?;
        for (name, count) in [("redirect", redirects(&terms)), ("exp", modifiers_named(&terms, "exp="))] {
            if count > 1 {
                return Err(format!("'{name}=' stands more than once"));
            }
        }
        Ok(Self { terms })
    }

    /// The qualifier of the first `all`, which ends the record.
    pub fn all(&self) -> Option<Qualifier> {
        self.terms.iter().find_map(|t| match t {
            Term::Directive(qualifier, Mechanism::All) => Some(*qualifier),
            _ => None,
        })
    }

    /// The record that takes over when nothing matched; `all` puts it out of force (RFC 7208 section 6.1).
    pub fn redirect(&self) -> Option<&str> {
        if self.all().is_some() {
            return None;
        }
        self.terms.iter().find_map(|t| match t {
            Term::Redirect(target) => Some(target.as_str()),
            _ => None,
        })
    }

    /// Terms that cost a look-up, without those inside what they name.
    pub fn own_lookups(&self) -> usize {
        let directives = self.terms.iter().filter(|t| match t {
            Term::Directive(_, m) => m.costs_lookup(),
            Term::Redirect(_) | Term::Modifier(_) => false,
        });
        directives.count() + usize::from(self.redirect().is_some())
    }

    /// Whether a term before `all` passes this address by a network that is written out.
    pub fn names_address(&self, address: IpAddr) -> bool {
        self.passing().any(|m| m.holds(address))
    }

    /// Mechanisms before `all` whose match means pass.
    pub fn passing(&self) -> impl Iterator<Item = &Mechanism> {
        let before_all = self.terms.iter().take_while(|t| !matches!(t, Term::Directive(_, Mechanism::All)));
        before_all.filter_map(|t| match t {
            Term::Directive(Qualifier::Pass, mechanism) => Some(mechanism),
            _ => None,
        })
    }

    fn passes_like(&self, wanted: &Mechanism) -> bool {
        self.passing().any(|m| m == wanted)
    }
}

/// What our server adds to a domain's record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTerms {
    /// The server's name.
    pub hostname: String,
    /// Addresses that mail leaves from.
    pub addresses: Vec<IpAddr>,
    /// What a relay asks for, one mechanism.
    pub relay: Option<String>,
    /// Whether the domain's live MX is this server, so that `mx` already means it.
    pub is_mx: bool,
}

/// The record to publish for a domain: a new one, or those that are there made into one that also passes our server.
/// Foreign terms and the end of the record stay as they are; only `+all`, which lets everybody send, becomes `~all`.
pub fn merge(existing: &[String], own: &OwnTerms) -> Spf {
    let parsed: Vec<Spf> = existing.iter().filter_map(|text| Spf::parse(text).ok()).collect();
    let mut terms: Vec<Term> = Vec::new();
    let mut end: Vec<Term> = Vec::new();
    for term in parsed.iter().flat_map(|spf| &spf.terms) {
        match term {
            Term::Directive(_, Mechanism::All) | Term::Redirect(_) | Term::Modifier(_) => end.push(term.clone()),
            other if terms.contains(other) => {}
            other => terms.push(other.clone()),
        }
    }
    let end = one_end(end);
    let there = Spf { terms: [terms.clone(), end.clone()].concat() };
    let mut ours = Vec::new();
    if !covers_server(&there, own) {
        if !there.passes_like(&Mechanism::Mx(String::new())) {
            ours.push(Term::Directive(Qualifier::Pass, Mechanism::Mx(String::new())));
        }
        let missing = own.addresses.iter().filter(|a| !there.names_address(**a));
        ours.extend(missing.map(|a| {
            let network = match a {
                IpAddr::V4(v4) => Mechanism::Ip4(*v4, 32),
                IpAddr::V6(v6) => Mechanism::Ip6(*v6, 128),
            };
            Term::Directive(Qualifier::Pass, network)
        }));
    }
    let relay = own.relay.as_deref().and_then(|text| term(text).ok()).filter(|t| !there.terms.contains(t));
    ours.extend(relay);
    Spf { terms: [ours, terms, end].concat() }
}

/// What is missing in `found` of what `wanted` passes for our server; empty when it does the same for us. Foreign terms,
/// order and the qualifier of `all` are the operator's affair.
pub fn missing_terms(found: &Spf, wanted: &Spf, hostname: &str) -> Vec<String> {
    let by_name = found.passing().any(|m| matches!(m, Mechanism::A(args) if names_host(args, hostname)));
    let lists_addresses = wanted.passing().any(|m| matches!(m, Mechanism::Ip4(..) | Mechanism::Ip6(..)));
    let needed = wanted.passing().filter(|m| match m {
        Mechanism::Ip4(a, 32) => !by_name && !found.names_address(IpAddr::V4(*a)),
        Mechanism::Ip6(a, 128) => !by_name && !found.names_address(IpAddr::V6(*a)),
        // Beside the addresses `mx` only saves a change when they change.
        Mechanism::Mx(args) if args.is_empty() && lists_addresses => false,
        other => !found.passes_like(other),
    });
    needed.map(ToString::to_string).collect()
}

fn covers_server(there: &Spf, own: &OwnTerms) -> bool {
    let by_name = there.passing().any(|m| match m {
        Mechanism::A(args) => names_host(args, &own.hostname),
        Mechanism::Mx(args) => own.is_mx && args.is_empty(),
        _ => false,
    });
    by_name || (!own.addresses.is_empty() && own.addresses.iter().all(|a| there.names_address(*a)))
}

fn names_host(args: &str, hostname: &str) -> bool {
    args.strip_prefix(':').is_some_and(|name| name.trim_end_matches('.').eq_ignore_ascii_case(hostname))
}

/// Modifiers once each, then the first `all` or redirect; `~all` when there is neither, `-all` when there is no record.
fn one_end(found: Vec<Term>) -> Vec<Term> {
    if found.is_empty() {
        return vec![Term::Directive(Qualifier::Fail, Mechanism::All)];
    }
    let mut end: Vec<Term> = Vec::new();
    for modifier in found.iter().filter(|t| matches!(t, Term::Modifier(_))) {
        if !end.contains(modifier) {
            end.push(modifier.clone());
        }
    }
    let last = match found.iter().find(|t| !matches!(t, Term::Modifier(_))) {
        Some(Term::Directive(Qualifier::Pass, _)) | None => Term::Directive(Qualifier::SoftFail, Mechanism::All),
        Some(other) => other.clone(),
    };
    match last {
        Term::Directive(..) => end.insert(0, last),
        other => end.push(other),
    }
    end
}

fn redirects(terms: &[Term]) -> usize {
    terms.iter().filter(|t| matches!(t, Term::Redirect(_))).count()
}

fn modifiers_named(terms: &[Term], prefix: &str) -> usize {
    terms.iter().filter(|t| matches!(t, Term::Modifier(text) if text.to_ascii_lowercase().starts_with(prefix))).count()
}

impl Mechanism {
    /// Whether evaluating it costs one of the ten look-ups (RFC 7208 section 4.6.4).
    pub fn costs_lookup(&self) -> bool {
        !matches!(self, Self::All | Self::Ip4(..) | Self::Ip6(..))
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Ip4(net, bits), IpAddr::V4(a)) => {
                let shift = 32 - u32::from(*bits);
                shift == 32 || (u32::from(*net) >> shift) == (u32::from(a) >> shift)
            }
            (Self::Ip6(net, bits), IpAddr::V6(a)) => {
                let shift = 128 - u32::from(*bits);
                shift == 128 || (u128::from(*net) >> shift) == (u128::from(a) >> shift)
            }
            _ => false,
        }
    }
}

fn term(text: &str) -> Result<Term, String> {
    let bad = |reason: &str| format!("'{}' {reason}", crate::printable::excerpt(text, 60));
    if let Some((name, value)) = modifier(text) {
        if name.eq_ignore_ascii_case("redirect") {
            return domain_spec(value).map(|_| Term::Redirect(value.to_owned())).map_err(|e| bad(&e));
        }
        return Ok(Term::Modifier(text.to_owned()));
    }
    let (qualifier, rest) = match text.as_bytes().first() {
        Some(b'+') => (Qualifier::Pass, &text[1..]),
        Some(b'-') => (Qualifier::Fail, &text[1..]),
        Some(b'~') => (Qualifier::SoftFail, &text[1..]),
        Some(b'?') => (Qualifier::Neutral, &text[1..]),
        _ => (Qualifier::Pass, text),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, args) = rest.split_at(end);
    let named = |args: &str| -> Result<String, String> {
        let target = args.strip_prefix(':').ok_or_else(|| bad("needs ':' and a name"))?;
        domain_spec(target).map_err(|e| bad(&e))?;
        Ok(target.to_owned())
    };
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if args.is_empty() => Mechanism::All,
        "all" => return Err(bad("takes nothing behind 'all'")),
        "include" => Mechanism::Include(named(args)?),
        "exists" => Mechanism::Exists(named(args)?),
        "a" => Mechanism::A(name_and_cidr(args).map_err(|e| bad(&e))?),
        "mx" => Mechanism::Mx(name_and_cidr(args).map_err(|e| bad(&e))?),
        "ptr" if args.is_empty() => Mechanism::Ptr(String::new()),
        "ptr" => Mechanism::Ptr(format!(":{}", named(args)?)),
        "ip4" => {
            let (address, bits) = network(args, 32).map_err(|e| bad(&e))?;
            Mechanism::Ip4(address.parse().map_err(|_| bad("holds no IPv4 address"))?, bits)
        }
        "ip6" => {
            let (address, bits) = network(args, 128).map_err(|e| bad(&e))?;
            Mechanism::Ip6(address.parse().map_err(|_| bad("holds no IPv6 address"))?, bits)
        }
        "ipv4" => return Err(bad("is spelled 'ip4:'")),
        "ipv6" => return Err(bad("is spelled 'ip6:'")),
        _ => return Err(bad("is no mechanism of SPF")),
    };
    Ok(Term::Directive(qualifier, mechanism))
}

/// `name=value` where the name is one that a modifier may have (RFC 7208 section 12).
fn modifier(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    (starts && chars.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))).then_some((name, value))
}

/// `address[/bits]` behind its ':'.
fn network(args: &str, most: u8) -> Result<(&str, u8), String> {
    let body = args.strip_prefix(':').ok_or("needs ':' and an address")?;
    match body.split_once('/') {
        None => Ok((body, most)),
        Some((address, bits)) => Ok((address, prefix_length(bits, most)?)),
    }
}

fn prefix_length(text: &str, most: u8) -> Result<u8, String> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    match text.parse::<u8>() {
        Ok(bits) if plain && bits <= most => Ok(bits),
        _ => Err(format!("has the prefix length '{text}': 0 to {most} are possible")),
    }
}

/// The arguments of `a` and `mx`: `[:name][/bits][//bits]`.
fn name_and_cidr(args: &str) -> Result<String, String> {
    let (name, cidr) = args.split_at(args.find('/').unwrap_or(args.len()));
    if let Some(name) = name.strip_prefix(':') {
        domain_spec(name)?;
    }
    if let Some(cidr) = cidr.strip_prefix('/') {
        let (four, six) = match cidr.strip_prefix('/') {
            Some(six) => (None, Some(six)),
            None => cidr.split_once("//").map_or((Some(cidr), None), |(four, six)| (Some(four), Some(six))),
        };
        if let Some(four) = four {
            prefix_length(four, 32)?;
        }
        if let Some(six) = six {
            prefix_length(six, 128)?;
        }
    }
    Ok(args.to_owned())
}

/// A name that may hold macros (RFC 7208 section 7.1).
fn domain_spec(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("names no domain".into());
    }
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let macro_text = &rest[at + 1..];
        rest = match macro_text.as_bytes().first() {
            Some(b'%' | b'_' | b'-') => &macro_text[1..],
            Some(b'{') => {
                let end = macro_text.find('}').ok_or("has a macro without '}'")?;
                let body = &macro_text[1..end];
                let letter = body.chars().next().unwrap_or(' ');
                let transform = body.get(1..).unwrap_or_default();
                let known = "slodiphcrtv".contains(letter.to_ascii_lowercase());
                if !known || !transform.chars().all(|c| c.is_ascii_digit() || "rR.-+,/_=".contains(c)) {
                    return Err(format!("has the unknown macro '%{{{body}}}'"));
                }
                &macro_text[end + 1..]
            }
            _ => return Err("has a '%' that begins no macro".into()),
        };
    }
    Ok(())
}

impl fmt::Display for Spf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        self.terms.iter().try_for_each(|t| write!(f, " {t}"))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(qualifier, mechanism) => {
                f.write_str(match qualifier {
                    Qualifier::Pass => "",
                    Qualifier::Fail => "-",
                    Qualifier::SoftFail => "~",
                    Qualifier::Neutral => "?",
                })?;
                mechanism.fmt(f)
            }
            Self::Redirect(target) => write!(f, "redirect={target}"),
            Self::Modifier(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Include(name) => write!(f, "include:{name}"),
            Self::A(args) => write!(f, "a{args}"),
            Self::Mx(args) => write!(f, "mx{args}"),
            Self::Ptr(args) => write!(f, "ptr{args}"),
            Self::Ip4(net, 32) => write!(f, "ip4:{net}"),
            Self::Ip4(net, bits) => write!(f, "ip4:{net}/{bits}"),
            Self::Ip6(net, 128) => write!(f, "ip6:{net}"),
            Self::Ip6(net, bits) => write!(f, "ip6:{net}/{bits}"),
            Self::Exists(name) => write!(f, "exists:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnTerms {
        OwnTerms {
            hostname: "mail.example.org".into(),
            addresses: vec!["198.51.100.10".parse().unwrap(), "2001:db8:100::10".parse().unwrap()],
            relay: None,
            is_mx: false,
        }
    }

    fn merged(existing: &[&str], own: &OwnTerms) -> String {
        merge(&existing.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>(), own).to_string()
    }

    #[test]
    fn only_the_exact_version_makes_an_spf_record() {
        for (text, is) in [
            ("v=spf1", true),
            ("V=SPF1 -all", true),
            ("v=spf10 -all", false),
            (" v=spf1 -all", false),
            ("v=spf1-all", false),
            ("v=spf", false),
            ("€€€", false),
        ] {
            assert_eq!(is_spf(text), is, "{text}");
        }
    }

    #[test]
    fn a_new_domain_gets_mx_and_both_addresses() {
        assert_eq!(merged(&[], &own()), "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 -all");
    }

    #[test]
    fn foreign_terms_and_the_end_stay() {
        for (existing, expected) in [
            (
                &["v=spf1 include:_spf.old.net ~all"][..],
                "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 include:_spf.old.net ~all",
            ),
            (
                &["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all"],
                "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all",
            ),
            (&["v=spf1 a:Mail.Example.Org ?all"], "v=spf1 a:Mail.Example.Org ?all"),
            (&["v=spf1 +all"], "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 ~all"),
            (
                &["v=spf1 mx redirect=_spf.old.net"],
                "v=spf1 ip4:198.51.100.10 ip6:2001:db8:100::10 mx redirect=_spf.old.net",
            ),
            (
                &["v=spf1 include:a.net -all", "v=spf1 include:b.net include:a.net ~all"],
                "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 include:a.net include:b.net -all",
            ),
        ] {
            assert_eq!(merged(existing, &own()), expected);
            assert_eq!(merged(&[expected], &own()), expected, "merging again changes nothing");
        }
        assert_eq!(merged(&["v=spf1 mx -all"], &OwnTerms { is_mx: true, ..own() }), "v=spf1 mx -all");
        let relayed = OwnTerms { relay: Some("include:_spf.relay.net".into()), is_mx: true, ..own() };
        assert_eq!(merged(&["v=spf1 mx -all"], &relayed), "v=spf1 include:_spf.relay.net mx -all");
    }

    #[test]
    fn every_term_is_read_even_behind_a_match() {
        for (text, reason) in [
            ("v=spf1 mx ipv4:192.0.2.1 -all", "'ipv4:192.0.2.1' is spelled 'ip4:'"),
            ("v=spf1 ip4:1.2.3.4/33 -all", "'ip4:1.2.3.4/33' has the prefix length '33': 0 to 32 are possible"),
            ("v=spf1 include -all", "'include' needs ':' and a name"),
            ("v=spf1 mx -all include:", "'include:' names no domain"),
            ("v=spf1 foo -all", "'foo' is no mechanism of SPF"),
            ("v=spf1 redirect=a.net redirect=b.net", "'redirect=' stands more than once"),
            ("v=spf1 a:%{q}.net -all", "'a:%{q}.net' has the unknown macro '%{q}'"),
            ("v=spf1 mx \u{201c}-all", "it holds '\u{201c}', which no SPF record may"),
        ] {
            assert_eq!(Spf::parse(text).unwrap_err(), reason);
        }
        for good in
            ["v=spf1 a/24//64 mx//64 exists:%{IR}.%{d2}.net exp=why.net -all", "v=spf1 unknown=x ptr ?all", "v=spf1"]
        {
            assert_eq!(Spf::parse(good).unwrap().to_string(), good);
        }
    }

    #[test]
    fn networks_are_networks_and_not_text() {
        let spf = Spf::parse("v=spf1 ip4:11.2.3.40 ip4:192.0.2.0/25 -ip4:198.51.100.1 -all").unwrap();
        for (address, named) in [
            ("1.2.3.4", false),
            ("11.2.3.40", true),
            ("192.0.2.127", true),
            ("192.0.2.128", false),
            ("198.51.100.1", false),
        ] {
            assert_eq!(spf.names_address(address.parse().unwrap()), named, "{address}");
        }
        assert!(Spf::parse("v=spf1 ip4:0.0.0.0/0 -all").unwrap().names_address("8.8.8.8".parse().unwrap()));
    }

    #[test]
    fn lookups_count_what_the_rfc_counts() {
        let spf =
            Spf::parse("v=spf1 a mx:x.net ptr exists:y.net include:z.net ip4:1.2.3.4 exp=e.net redirect=r.net -all");
        assert_eq!(spf.unwrap().own_lookups(), 5, "all puts redirect out of force; exp and ip4 cost nothing");
        assert_eq!(Spf::parse("v=spf1 mx redirect=r.net").unwrap().own_lookups(), 2);
    }

    #[test]
    fn comparison_is_by_meaning() {
        let wanted = merge(&[], &own());
        for (found, missing) in [
            ("v=spf1 ip6:2001:db8::/32 ip4:198.51.100.10 include:x.net ~all", vec![]),
            ("v=spf1 a:mail.example.org -all", vec![]),
            ("v=spf1 mx -all", vec!["ip4:198.51.100.10", "ip6:2001:db8:100::10"]),
            ("v=spf1 ip4:198.51.100.10 -all", vec!["ip6:2001:db8:100::10"]),
            ("v=spf1 -all ip4:198.51.100.10 ip6:2001:db8:100::10", vec!["ip4:198.51.100.10", "ip6:2001:db8:100::10"]),
        ] {
            assert_eq!(missing_terms(&Spf::parse(found).unwrap(), &wanted, "mail.example.org"), missing, "{found}");
        }
    }
}
