//! Where the certificate comes from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Spec;

/// `[certificate]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Certificate {
    /// The way to a certificate.
    pub method: CertificateMethod,
    /// The ACME directory; Let's Encrypt's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// PEM file of the CA that the directory's own HTTPS certificate is from, when the system does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_file: Option<PathBuf>,
    /// The operator has read and accepts the CA's terms of service.
    pub agree_to_terms: bool,
    /// Where a web server that holds port 80 serves files from; ours listens itself when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webroot: Option<PathBuf>,
    /// With `existing`: the chain, leaf first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_file: Option<PathBuf>,
    /// With `existing`: its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Look twice a day whether it is time for a new one; without it somebody must run `mailwizard cert renew`.
    #[serde(skip_serializing_if = "bool::clone")]
    pub automatic_renewal: bool,
}

impl Default for Certificate {
    fn default() -> Self {
        Self {
            method: CertificateMethod::default(),
            directory: None,
            root_file: None,
            agree_to_terms: false,
            webroot: None,
            chain_file: None,
            key_file: None,
            automatic_renewal: true,
        }
    }
}

/// The ways to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateMethod {
    /// ACME (RFC 8555) proved over HTTP on port 80.
    #[default]
    AcmeHttp,
    /// A certificate that something else renews, for example certbot.
    Existing,
    /// Self-signed: for a first look only, other servers and clients will not trust it.
    SelfSigned,
}

impl Certificate {
    /// Let's Encrypt's directory.
    pub const LETS_ENCRYPT: &'static str = "https://acme-v02.api.letsencrypt.org/directory";

    /// The directory that is asked.
    pub fn directory(&self) -> &str {
        self.directory.as_deref().unwrap_or(Self::LETS_ENCRYPT)
    }
}

pub(super) fn problems(spec: &Spec, problems: &mut Vec<String>) {
    let certificate = &spec.certificate;
    match certificate.method {
        CertificateMethod::AcmeHttp => {
            if !certificate.agree_to_terms {
                problems.push(
                    "certificate.agree_to_terms is false: a certificate is given only to those who accept the CA's terms. Set it to true, or choose method = \"self-signed\"."
                        .into(),
                );
            }
            if !certificate.directory().starts_with("https://") {
                problems.push(format!(
                    "certificate.directory '{}' is not an https:// address.",
                    crate::printable::excerpt(certificate.directory(), 80)
                ));
            }
        }
        CertificateMethod::Existing => {
            if certificate.chain_file.is_none() || certificate.key_file.is_none() {
                problems.push("certificate.method is \"existing\": chain_file and key_file are needed.".into());
            }
        }
        CertificateMethod::SelfSigned => {}
    }
}
