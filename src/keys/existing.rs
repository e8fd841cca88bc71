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

#[cfg(test)]
mod tests {
    use super::super::self_signed;
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::{CertificateMethod, Fqdn, Secret};

    const LIVE: &str = "/etc/letsencrypt/live/mail.example.org";

    fn name(text: &str) -> Vec<Fqdn> {
        vec![Fqdn::parse(text).unwrap()]
    }

    fn spec() -> Spec {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.certificate.method = CertificateMethod::Existing;
        spec.certificate.chain_file = Some(format!("{LIVE}/fullchain.pem").into());
        spec.certificate.key_file = Some(format!("{LIVE}/privkey.pem").into());
        spec
    }

    fn found(host: &FakeHost) -> Result<CertificatePair, String> {
        let wanted = crate::stacks::stack(spec().stack).certificate(&spec());
        read(host, &spec(), &wanted).map_err(|e| e.to_string())
    }

    fn put(host: &FakeHost, chain: &[u8], key: &Secret) {
        host.machine().put(&format!("{LIVE}/fullchain.pem"), std::str::from_utf8(chain).unwrap());
        host.machine().put(&format!("{LIVE}/privkey.pem"), key.expose());
    }

    #[test]
    fn certbots_pair_is_taken() {
        let host = FakeHost::default();
        let pair = self_signed::make(&name("mail.example.org"), host.now(), 90).unwrap();
        put(&host, &pair.chain, &pair.key);
        assert_eq!(found(&host).unwrap(), pair);
    }

    #[test]
    fn what_clients_would_refuse_is_not_taken() {
        let host = FakeHost::default();
        assert!(found(&host).unwrap_err().starts_with(&format!("'{LIVE}/fullchain.pem' is not there.")));
        let pair = self_signed::make(&name("mail.example.org"), host.now(), 90).unwrap();
        let other = self_signed::make(&name("www.example.org"), host.now(), 90).unwrap();
        put(&host, &pair.chain, &other.key);
        assert!(found(&host).unwrap_err().contains("is not the key of the certificate in"));
        put(&host, &other.chain, &other.key);
        assert!(found(&host).unwrap_err().contains("is for www.example.org, not for mail.example.org"));
        put(&host, &pair.chain, &pair.key);
        host.machine().clock += 91 * 86_400;
        assert!(found(&host).unwrap_err().contains("is not valid now"));
    }
}
