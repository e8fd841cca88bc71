//! Certificates that something else renews.

use std::path::Path;

use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

use crate::facts::FoundCertificate;
use crate::host::{Host, HostError};

/// certbot's tree: one folder a certificate, links to the newest files in it.
const CERTBOT: &str = "/etc/letsencrypt/live";

pub(super) fn found(host: &dyn Host) -> Result<Vec<FoundCertificate>, HostError> {
    let mut found = Vec::new();
    for name in host.list(Path::new(CERTBOT))? {
        let folder = Path::new(CERTBOT).join(&name);
        let (chain_file, key_file) = (folder.join("fullchain.pem"), folder.join("privkey.pem"));
        if let Some(chain) = host.read(&chain_file)?
            && let Some((names, not_after)) = leaf(&chain.content)
        {
            found.push(FoundCertificate { chain_file, key_file, names, not_after, renewed_by: Some("certbot".into()) });
        }
    }
    Ok(found)
}

/// DNS names and end of validity of the first certificate; `None` when there is none that can be read.
fn leaf(chain: &[u8]) -> Option<(Vec<String>, i64)> {
    let pem = Pem::iter_from_buffer(chain).next()?.ok()?;
    let certificate = pem.parse_x509().ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let dns = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(dns) => Some(crate::printable::excerpt(dns, 253)),
        _ => None,
    });
    Some((dns.collect(), certificate.validity().not_after.timestamp()))
}
