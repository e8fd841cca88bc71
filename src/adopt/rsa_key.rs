//! Private RSA keys of other programs in the form that is kept here.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use crate::spec::Secret;

/// PKCS#8 PEM of an RSA key in PKCS#1 ("BEGIN RSA PRIVATE KEY", as opendkim-genkey writes it) or PKCS#8 PEM; why it
/// cannot be used, without a final dot, where it is another key or a short one.
pub(super) fn pkcs8(pem: &[u8]) -> Result<Secret, String> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "it is no private key in PEM".to_owned())?;
    let refused = |_| "it is no RSA key of 2048 bits or more".to_owned();
    let pair = match &key {
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()).map_err(refused)?,
        PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(refused)?,
        _ => return Err("it is no RSA key".into()),
    };
    let der = AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(|_| "it cannot be written as PKCS#8".to_owned())?;
    let text = Zeroizing::new(BASE64_STANDARD.encode(der.as_ref()));
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(Secret::new(pem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::dkim::public_half;
    use crate::stacks::DkimAlgorithm;

    #[test]
    fn the_forms_of_both_signers_give_the_key_whose_record_is_published() {
        let pkcs1 = include_bytes!("../../tests/adopt/pkcs1.pem");
        let whole = pkcs8(pkcs1).unwrap();
        let public = include_str!("../../tests/adopt/pkcs1.public").trim();
        assert_eq!(public_half(DkimAlgorithm::Rsa, &whole).unwrap(), public);
        assert_eq!(pkcs8(whole.expose().as_bytes()).unwrap(), whole);
    }

    #[test]
    fn short_keys_and_other_texts_are_refused() {
        let short = include_bytes!("../../tests/adopt/short.pem");
        assert_eq!(pkcs8(short).unwrap_err(), "it is no RSA key of 2048 bits or more");
        assert_eq!(pkcs8(b"hello").unwrap_err(), "it is no private key in PEM");
    }
}
