//! Looks at the network for the steps' suggestions.

use std::net::IpAddr;

use hickory_net::proto::rr::RecordType;

use super::Wizard;
use crate::keys::acme;
use crate::probe::dns::DnsClient;
use crate::records::{AnswerState, reverse_name};
use crate::spec::CertificateMethod;
use crate::steps::{Draft, Seen};

impl Wizard {
    /// Asks what our addresses resolve back to, and where the mail of the domains goes now. What could not be found out
    /// is not in the result.
    pub async fn look(&self, draft: &Draft) -> Seen {
        let mut seen = Seen::default();
        let Ok(dns) = DnsClient::system() else { return seen };
        let addresses = &draft.facts.addresses;
        let egress = [addresses.egress_ipv4.map(IpAddr::V4), addresses.egress_ipv6.map(IpAddr::V6)];
        let pointers = egress.into_iter().flatten().map(|address| {
            let dns = dns.clone();
            async move { (address, names(&dns, &reverse_name(address), RecordType::PTR).await) }
        });
        let exchanges = draft.domains.iter().map(|domain| {
            let dns = dns.clone();
            async move { (domain.name.clone(), names(&dns, &domain.name.absolute(), RecordType::MX).await) }
        });
        let (pointers, exchanges) =
            tokio::join!(futures_util::future::join_all(pointers), futures_util::future::join_all(exchanges));
        seen.ptr = pointers.into_iter().filter_map(|(address, names)| Some((address, names?))).collect();
        seen.mx = exchanges.into_iter().filter_map(|(domain, names)| Some((domain, names?))).collect();
        seen
    }

    /// Asks the CA where its terms are. Nothing when it was asked already, is not needed, or gives no answer now.
    pub async fn look_at_ca(&self, draft: &Draft) -> Seen {
        let mut seen = Seen::default();
        let directory = draft.certificate.directory();
        if draft.certificate.method == CertificateMethod::AcmeHttp
            && !draft.seen.terms.contains_key(directory)
            && let Ok(meta) = acme::ask(&*self.host, &self.paths, &draft.certificate).await
            && let Some(terms) = meta.terms_of_service
        {
            seen.terms.insert(directory.to_owned(), terms);
        }
        seen
    }
}

/// The host names in the answer, without the final dot; `None` when nobody could say.
async fn names(dns: &DnsClient, name: &str, kind: RecordType) -> Option<Vec<String>> {
    let answer = dns.resolve(name, kind).await;
    match answer.state {
        AnswerState::Found => {
            let host = |data: &String| data.rsplit(' ').next().unwrap_or_default().trim_end_matches('.').to_lowercase();
            // A null MX (RFC 7505) is the root: nobody's host.
            Some(answer.data.iter().map(host).filter(|h| !h.is_empty()).collect())
        }
        AnswerState::NoData | AnswerState::NxDomain => Some(Vec::new()),
        _ => None,
    }
}
