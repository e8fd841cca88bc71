//! Whether the certificate, the keys and the mail that a server names can be used from now on.

use std::path::Path;

use super::{FoundKey, Left, Understood, mail_moves, rsa_key};
use crate::host::{Host, HostError};
use crate::keys::CertificateInfo;
use crate::plan::MailMove;
use crate::spec::{Certificate, CertificateMethod, Fqdn, Secret, StackId};
use crate::stacks::stack;

/// What can be used.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The certificate to go on with.
    pub certificate: Certificate,
    /// DKIM keys, with their private halves as PKCS#8 PEM.
    pub keys: Vec<(FoundKey, Secret)>,
    /// Mail that apply will move.
    pub moves: Vec<MailMove>,
    /// What cannot be used, and why.
    pub left: Vec<Left>,
}

/// Looks. Changes nothing.
pub fn examine(host: &dyn Host, found: &Understood, hostname: &Fqdn) -> Result<Examined, HostError> {
    let (moves, mut left) = mail_moves::moves(host, stack(StackId::default()), &found.accounts)?;
    let (certificate, reason) = certificate(host, found, hostname)?;
    left.extend(reason);
    let mut keys = Vec::new();
    for key in &found.dkim {
        match private_half(host, &key.path)? {
            Ok(private) => keys.push((key.clone(), private)),
            Err(why) => left.push(Left::note(
                format!("the DKIM key '{}' of {}", key.selector, key.domain),
                format!("It is not taken over: {why}. Another one is made; publish its record."),
            )),
        }
    }
    Ok(Examined { certificate, keys, moves, left })
}

fn private_half(host: &dyn Host, path: &Path) -> Result<Result<Secret, String>, HostError> {
    Ok(match host.read(path)? {
        Some(file) => rsa_key::pkcs8(&file.content),
        None => Err(format!("{} is not there", path.display())),
    })
}

/// The certificate in use, where the daemons could serve it under the host's name.
fn certificate(host: &dyn Host, found: &Understood, hostname: &Fqdn) -> Result<(Certificate, Option<Left>), HostError> {
    let self_signed = Certificate { method: CertificateMethod::SelfSigned, ..Certificate::default() };
    let Some((chain, key)) = &found.certificate else { return Ok((self_signed, None)) };
    let info = match host.read(chain)? {
        Some(file) => CertificateInfo::from_pem(&file.content),
        None => Err("it is not there".to_owned()),
    };
    let why = match info {
        Ok(info) if !info.covers(hostname) => format!("it is for {}, not for {hostname}", info.names.join(", ")),
        Ok(info) if !info.is_valid_at(host.now()) => "it has expired".into(),
        Ok(_) => {
            let existing = Certificate {
                method: CertificateMethod::Existing,
                chain_file: Some(chain.clone()),
                key_file: Some(key.clone()),
                ..Certificate::default()
            };
            return Ok((existing, None));
        }
        Err(why) => why,
    };
    let left = Left::note(
        format!("the certificate '{}'", chain.display()),
        format!("It is not taken over: {why}. A self-signed one serves until `mailwizard setup` gets another."),
    );
    Ok((self_signed, Some(left)))
}

#[cfg(test)]
mod tests {
    use super::super::FoundKey;
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::{Domain, Selector};

    #[test]
    fn what_cannot_be_used_is_said_before_anything_is_changed() {
        let host = FakeHost::default();
        host.machine().put("/k/long", include_str!("../../tests/adopt/pkcs1.pem"));
        host.machine().put("/k/short", include_str!("../../tests/adopt/short.pem"));
        host.machine().put("/c/chain", "no certificate");
        let key = |selector: &str| FoundKey {
            domain: Domain::parse("example.org").unwrap(),
            selector: Selector::parse(selector).unwrap(),
            path: format!("/k/{selector}").into(),
        };
        let found = Understood {
            dkim: ["long", "short", "gone"].map(key).to_vec(),
            certificate: Some(("/c/chain".into(), "/c/key".into())),
            ..Understood::default()
        };
        let examined = examine(&host, &found, &Fqdn::parse("mail.example.org").unwrap()).unwrap();
        assert_eq!(examined.certificate.method, CertificateMethod::SelfSigned);
        assert_eq!(examined.keys.iter().map(|(key, _)| key.selector.as_str()).collect::<Vec<_>>(), ["long"]);
        let left: Vec<&str> = examined.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(
            left,
            ["the certificate '/c/chain'", "the DKIM key 'short' of example.org", "the DKIM key 'gone' of example.org"]
        );
        assert_eq!(host.machine().changes, 0);
    }
}
