//! A certificate that something else renews: it is copied to where the daemons read, and again whenever it has changed.

use super::{CertificatePair, KeyError, ObtainError};
use crate::host::Host;
use crate::printable::excerpt;
use crate::spec::Spec;
use crate::stacks::WantedCertificate;

/// Reads the certificate that the spec names, and refuses one that the daemons could not use.
pub fn read(host: &dyn Host, spec: &Spec, wanted: &WantedCertificate) -> Result<CertificatePair, ObtainError> {
    let (Some(chain_file), Some(key_file)) = (&spec.certificate.chain_file, &spec.certificate.key_file) else {
        return Err(ObtainError::not_yet(
            "certificate.method is \"existing\", but chain_file or key_file is not given.",
            "Name both files.",
        ));
    };
    let pair = match CertificatePair::read(host, chain_file, key_file) {
        Ok(Some(pair)) => pair,
        Ok(None) => {
            let missing = if host.read(chain_file)?.is_none() { chain_file } else { key_file };
            return Err(ObtainError::not_yet(
                format!("'{}' is not there.", missing.display()),
                "Make the certificate first, or correct certificate.chain_file and key_file.",
            ));
        }
        Err(KeyError::CertificateFile { path, reason }) => {
            return Err(ObtainError::not_yet(
                format!("'{}' cannot be used: {reason}.", path.display()),
                "Give a PEM chain, leaf first, and its unencrypted private key.",
            ));
        }
        Err(other) => return Err(other.into()),
    };
    if let Some(missing) = wanted.names.iter().find(|n| !pair.info.covers(n)) {
        let names = excerpt(&pair.info.names.join(", "), 120);
        return Err(ObtainError::not_yet(
            format!("The certificate in '{}' is for {names}, not for {missing}.", chain_file.display()),
            "Clients would refuse it: get one that holds the host name.",
        ));
    }
    if !pair.info.is_valid_at(host.now()) {
        let until = pair.info.not_after.strftime("%Y-%m-%d");
        return Err(ObtainError::not_yet(
            format!("The certificate in '{}' is not valid now (its end is {until}).", chain_file.display()),
            "Renew it where it comes from.",
        ));
    }
    Ok(pair)
}
