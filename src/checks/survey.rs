//! Many names in one run: some at a time, each finished before it is forgotten, so that a thousand cost no more memory
//! than a few.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use super::discover::Discovery;
use super::{Context, Selection, Updates, run};
use crate::finding::CheckResult;
use crate::spec::Domain;

/// How many names are looked at side by side.
const SIDE_BY_SIDE: usize = 32;

/// Domains and hosts of others, by name.
pub struct Survey {
    /// What was given, each name once.
    pub names: Vec<Domain>,
    /// The settings of the run: every name is looked at [`Context::beside`] it.
    pub base: Context,
    /// Which checks.
    pub selection: Selection,
    /// Whether this machine has a way to an address.
    pub has_route: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// Where single results go as they come.
    pub updates: Option<Updates>,
    /// Ends the run early.
    pub cancel: CancellationToken,
}

impl Survey {
    /// Each name with its results, in the order they were given. What belongs to several names (their common mail host,
    /// what only this server could know) is looked at once and stands with the first.
    pub fn run(&self) -> impl Stream<Item = (&Domain, Vec<CheckResult>)> {
        stream::iter(&self.names).map(|name| self.one(name)).buffered(SIDE_BY_SIDE)
    }

    async fn one<'a>(&'a self, name: &'a Domain) -> (&'a Domain, Vec<CheckResult>) {
        if self.cancel.is_cancelled() {
            return (name, Vec::new());
        }
        let discovery = Discovery { dns: &self.base.dns, has_route: &*self.has_route };
        let looked_at = tokio::select! {
            () = self.cancel.cancelled() => return (name, Vec::new()),
            looked_at = discovery.of(name) => looked_at,
        };
        let context = Arc::new(self.base.beside(looked_at));
        let results = run(context, &self.selection, self.updates.clone(), self.cancel.clone()).await;
        // Nobody asks about these names again, unless another name that was given stands above or below.
        if !self.names.iter().any(|other| is_related(other, name)) {
            self.base.dns.forget_below(name.as_str());
        }
        (name, results)
    }
}

/// Whether one of two different names stands below the other.
fn is_related(a: &Domain, b: &Domain) -> bool {
    let below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|head| head.ends_with('.'));
    below(a.as_str(), b.as_str()) || below(b.as_str(), a.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{LookedAt, Visitor};
    use crate::finding::{Area, Outcome};
    use crate::probe::dns::DnsClient;
    use crate::probe::dns::test_server::World;
    use crate::probe::tls::Trust;

    #[test]
    fn names_are_related_by_whole_labels() {
        let name = |text| Domain::parse(text).unwrap();
        assert!(is_related(&name("a.example.org"), &name("example.org")));
        assert!(!is_related(&name("anexample.org"), &name("example.org")));
        assert!(!is_related(&name("example.org"), &name("example.org")));
    }

    #[tokio::test]
    async fn no_question_is_asked_twice_in_a_run() {
        let lines = "one.org. 60 MX 10 mx.host.org.\none.org. 60 TXT \"v=spf1 mx a include:two.org -all\"
            one.org. 60 A 127.0.0.1\n_dmarc.one.org. 60 TXT \"v=DMARC1; p=reject; rua=mailto:r@two.org\"";
        let world = World::new()
            .zone("host.org.", &["127.9.0.10"], "mx.host.org. 60 A 127.0.0.1")
            .zone("one.org.", &["127.9.0.10", "127.9.0.11"], lines)
            .zone("two.org.", &["127.9.0.10"], "two.org. 60 TXT \"v=spf1 ip4:192.0.2.1 -all\"")
            .run()
            .await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let base = Context::of_others(LookedAt::default(), dns.clone(), Trust::nobody(), Visitor::default());
        let areas = [Area::Dns, Area::Spf, Area::Dkim, Area::Dmarc, Area::MtaSts, Area::Tlsrpt, Area::Bimi];
        let survey = Survey {
            names: vec![Domain::parse("one.org").unwrap()],
            base,
            selection: Selection { areas: areas.into(), ..Selection::default() },
            has_route: Box::new(|_| false),
            updates: None,
            cancel: CancellationToken::new(),
        };
        let results: Vec<_> = survey.run().collect().await;
        assert!(results[0].1.len() > 20, "{results:?}");
        assert_eq!(world.repeated(), Vec::<String>::new());
        assert_eq!(world.received(), dns.queries_sent());
    }

    #[tokio::test]
    async fn results_come_by_name_and_what_is_shared_is_looked_at_once() {
        let zone = |name: &str| format!("{name}. 60 MX 10 mx.host.org.\n{name}. 60 TXT \"v=spf1 mx -all\"");
        let world = World::new()
            .zone("host.org.", &["127.9.0.10"], "mx.host.org. 60 A 127.0.0.1")
            .zone("one.org.", &["127.9.0.10"], &zone("one.org"))
            .zone("two.org.", &["127.9.0.10"], &zone("two.org"))
            .run()
            .await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let base = Context::of_others(LookedAt::default(), dns.clone(), Trust::nobody(), Visitor::default());
        let survey = Survey {
            names: ["one.org", "two.org"].map(|n| Domain::parse(n).unwrap()).into(),
            base,
            selection: Selection {
                only: ["dns-mx", "spf-record-one", "dns-host-a", "host-disk"].map(str::to_owned).into(),
                ..Selection::default()
            },
            has_route: Box::new(|_| false),
            updates: None,
            cancel: CancellationToken::new(),
        };
        let seen: Vec<_> = survey.run().collect().await;
        let shown = |results: &[CheckResult]| -> Vec<(String, String, Outcome)> {
            results.iter().map(|r| (r.id.clone(), r.subject.clone(), r.finding.outcome)).collect()
        };
        let row = |id: &str, subject: &str, outcome| (id.to_owned(), subject.to_owned(), outcome);
        let mut all: Vec<_> = seen.iter().flat_map(|(_, results)| shown(results)).collect();
        all.sort();
        assert_eq!(
            all,
            [
                row("dns-host-a", "mx.host.org", Outcome::Pass),
                row("dns-mx", "one.org", Outcome::Pass),
                row("dns-mx", "two.org", Outcome::Pass),
                row("host-disk", "this host", Outcome::Skipped),
                row("spf-record-one", "one.org", Outcome::Pass),
                row("spf-record-one", "two.org", Outcome::Pass),
            ]
        );
        assert!(seen[0].1.iter().any(|r| r.subject == "one.org"), "{seen:?}");
        assert!(dns.remembered() > 0, "what both share is kept");
        assert!(!dns.remembers("one.org"), "what was one name's own is forgotten");
    }
}
