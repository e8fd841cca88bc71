//! What DNS says about a domain whose server is another machine, for who reads its logs here.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;

use super::{Session, Watch};
use crate::checks::{CHECKS, Context, LookedAt, Selection, Survey, Visitor};
use crate::finding::{Area, CheckResult};
use crate::front::exit::Failure;
use crate::probe::dns::DnsClient;
use crate::probe::tls::Trust;

/// The areas that DNS alone can tell about.
const OF_DNS: [Area; 6] = [Area::Dns, Area::Spf, Area::Dkim, Area::Dmarc, Area::MtaSts, Area::Reputation];

/// The checks of DNS among `wanted`, all where it is empty, against the domains that were given.
pub(super) async fn checks(
    session: &Session,
    wanted: &BTreeSet<String>,
    watch: &Watch,
) -> Result<Vec<CheckResult>, Failure> {
    let of_dns = CHECKS.iter().filter(|check| OF_DNS.contains(&check.area));
    let only: BTreeSet<String> =
        of_dns.map(|check| check.id.to_owned()).filter(|id| wanted.is_empty() || wanted.contains(id)).collect();
    if only.is_empty() {
        return Ok(Vec::new());
    }
    let visitor = Visitor { ehlo_name: "[127.0.0.1]".into(), now: session.host.now() };
    let base = Context::of_others(LookedAt::default(), DnsClient::system()?, Trust::system(), visitor);
    let host = Arc::clone(&session.host);
    let survey = Survey {
        names: session.given.domains.clone(),
        base,
        selection: Selection { only, ..Selection::default() },
        has_route: Box::new(move |address| host.egress(address).is_some()),
        updates: watch.updates.clone(),
        cancel: watch.cancel.clone(),
    };
    let found: Vec<Vec<CheckResult>> = survey.run().map(|(_, results)| results).collect().await;
    Ok(found.into_iter().flatten().collect())
}
