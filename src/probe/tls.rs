//! TLS that is looked at: the handshake succeeds whatever the certificate is worth, and the verdict is kept apart.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::chain::{self, ChainFault, is_beyond_proof};
use crate::spec::Fqdn;

/// Whom we trust: the system's roots, extra ones, and certificates that are known to be our own.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    own: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The roots of this system (package ca-certificates).
    pub fn system() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { roots: Arc::new(roots), own: Vec::new() }
    }

    /// Nobody, until roots are added.
    pub fn nobody() -> Self {
        Self { roots: Arc::new(RootCertStore::empty()), own: Vec::new() }
    }

    /// The same with the roots in a PEM file; the error says what is wrong with it.
    pub fn with_roots(mut self, pem: &[u8]) -> Result<Self, String> {
        let mut roots = (*self.roots).clone();
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|e| format!("it is not PEM ({e})"))?;
            roots.add(certificate).map_err(|e| format!("it holds a certificate that cannot be a root ({e})"))?;
            any = true;
        }
        if !any {
            return Err("it holds no certificate".into());
        }
        self.roots = Arc::new(roots);
        Ok(self)
    }

    /// The same knowing a leaf certificate (DER) whose key is ours: whoever presents it is ourselves, so a password may
    /// go there even while nobody else vouches for it.
    pub fn with_own(mut self, leaf: Vec<u8>) -> Self {
        self.own.push(CertificateDer::from(leaf));
        self
    }

    /// Whether there is a root of this name, the raw DER of a subject.
    pub(super) fn knows(&self, name: &[u8]) -> bool {
        // A trust anchor holds the content of the subject's SEQUENCE, without its header.
        self.roots.roots.iter().any(|root| !root.subject.is_empty() && name.ends_with(root.subject.as_ref()))
    }

    /// Whether there is any root at all; without one nothing can be said about trust.
    pub fn has_roots(&self) -> bool {
        !self.roots.is_empty()
    }
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It vouches for itself.
    #[error("it is self-signed: nobody vouches for it")]
    SelfSigned,
    /// No root known here stands behind it.
    #[error("no certificate authority known here stands behind it ('{issuer}' signed it)")]
    UnknownIssuer {
        /// Who signed the last certificate that was served, printable.
        issuer: String,
    },
    /// Its issuer's certificate is not served with it.
    #[error("the certificate of '{issuer}', which signed it, is not served with it")]
    MissingIntermediate {
        /// Who signed it, printable.
        issuer: String,
    },
    /// X.509 before version 3.
    #[error("it is of an X.509 version before 3, which clients do not take")]
    OldVersion,
    /// A key that can be broken.
    #[error("its RSA key has only {bits} bits")]
    ShortKey {
        /// Its size.
        bits: usize,
    },
    /// SHA-1 or MD5.
    #[error("it is signed with {hash}, which can be forged")]
    WeakSignature {
        /// "SHA-1", "MD5".
        hash: &'static str,
    },
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It has not begun.
    #[error("it is not valid yet; the clock of one of the two machines is wrong")]
    NotValidYet,
    /// No roots on this machine.
    #[error("this machine has no list of certificate authorities: install the package ca-certificates")]
    NoRoots,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What was seen of a server's TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSeen {
    /// "TLS 1.3".
    pub version: String,
    /// "TLS13_AES_256_GCM_SHA384".
    pub cipher: String,
    /// The certificates as served, DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// Whether a root stands behind it, with the certificates served and no others.
    pub trust: Result<(), Distrust>,
    /// Whether the leaf holds the name that was asked for (subjectAltName; RFC 9525).
    pub name: Result<(), String>,
    /// Whether the leaf is known to be our own.
    pub is_own: bool,
    /// Everything that is wrong with the chain.
    pub faults: Vec<ChainFault>,
    /// How many bytes of an OCSP response were stapled to it (RFC 6066 section 8).
    pub stapled: usize,
}

impl TlsSeen {
    /// Whether a password may go over this connection.
    pub fn may_carry_secrets(&self) -> bool {
        (self.is_own || (self.trust.is_ok() && self.name.is_ok())) && !self.faults.contains(&ChainFault::Unproved)
    }

    /// Why not, in words.
    pub fn objection(&self) -> String {
        match (&self.trust, &self.name) {
            (Err(distrust), _) => format!("the certificate is not trusted: {distrust}"),
            (Ok(()), Err(reason)) => reason.clone(),
            (Ok(()), Ok(())) if self.faults.contains(&ChainFault::Unproved) => ChainFault::Unproved.to_string(),
            (Ok(()), Ok(())) => String::new(),
        }
    }
}

/// What the verifier saw before the handshake ended, readable also when it failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Option<Certificates>>>);

#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    pub chain: Vec<Vec<u8>>,
    pub trust: Result<(), Distrust>,
    pub name: Result<(), String>,
    pub is_own: bool,
    pub faults: Vec<ChainFault>,
    pub stapled: usize,
}

impl Seen {
    pub(crate) fn take(&self) -> Option<Certificates> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A client configuration that accepts any certificate and writes into `Seen` what it is worth.
pub(crate) fn inspecting(trust: &Trust) -> Result<(ClientConfig, Seen), String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let seen = Seen::default();
    let verifier = Inspector { trust: trust.clone(), provider: provider.clone(), seen: seen.clone() };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // Nothing is ever sent early; but only so the library says whether it may be.
    config.enable_early_data = true;
    Ok((config, seen))
}

/// Notes what a certificate is worth and goes on: a check has to see servers as they are. Nothing secret is sent where
/// [`TlsSeen::may_carry_secrets`] says no.
#[derive(Debug)]
struct Inspector {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    seen: Seen,
}

impl ServerCertVerifier for Inspector {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain: Vec<Vec<u8>> = std::iter::once(leaf).chain(intermediates).map(|c| c.to_vec()).collect();
        let judged = judge_chain(&self.trust, chain, name, now, &self.provider);
        let judged = Certificates { stapled: ocsp.len(), ..judged };
        *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let proof = rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms);
        self.unless_beyond_proof(proof, certificate)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let proof = rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms);
        self.unless_beyond_proof(proof, certificate)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Inspector {
    /// Certificates that no client takes (X.509 v1, RSA below 2048 bits) are looked at all the same: the handshake goes
    /// on, but what it proved is nothing, and nothing secret goes over it.
    fn unless_beyond_proof(
        &self,
        proof: Result<HandshakeSignatureValid, rustls::Error>,
        leaf: &CertificateDer<'_>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if proof.is_ok() || !is_beyond_proof(leaf) {
            return proof;
        }
        if let Some(seen) = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            seen.faults.push(ChainFault::Unproved);
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

/// What a chain is worth, for a host at a moment.
#[cfg(test)]
pub(super) fn judge(trust: &Trust, chain: &[Vec<u8>], host: &Fqdn, now: UnixTime) -> Certificates {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    judge_chain(trust, chain.to_vec(), &Peer::from(host).server_name().unwrap(), now, &provider)
}

fn judge_chain(
    trust: &Trust,
    chain: Vec<Vec<u8>>,
    name: &ServerName<'_>,
    now: UnixTime,
    provider: &CryptoProvider,
) -> Certificates {
    let certificates: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let (trusted, named) = match certificates.split_first() {
        Some((leaf, intermediates)) => match ParsedCertificate::try_from(leaf) {
            Ok(parsed) => {
                (judge_trust(trust, &parsed, leaf, intermediates, now, provider), judge_name(&parsed, leaf, name))
            }
            Err(e) => (
                Err(weakness(leaf).unwrap_or_else(|| Distrust::Other(format!("it cannot be read ({e})")))),
                Err(format!("the certificate holds no DNS name, so not {} either", name.to_str())),
            ),
        },
        None => (Err(Distrust::Other("no certificate was shown".into())), Err("no certificate was shown".into())),
    };
    let is_own = certificates.first().is_some_and(|leaf| trust.own.iter().any(|own| own == leaf));
    let faults = chain::faults(&chain, &trusted, &named, trust, now);
    Certificates { trust: trusted, name: named, is_own, faults, chain, stapled: 0 }
}

fn judge_trust(
    trust: &Trust,
    parsed: &ParsedCertificate<'_>,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
    provider: &CryptoProvider,
) -> Result<(), Distrust> {
    if is_self_signed(leaf) && !trust.knows(&subject_of(leaf)) {
        return Err(Distrust::SelfSigned);
    }
    if !trust.has_roots() {
        return Err(Distrust::NoRoots);
    }
    let algorithms = provider.signature_verification_algorithms.all;
    let verified = verify_server_cert_signed_by_trust_anchor(parsed, &trust.roots, intermediates, now, algorithms);
    // The verifier does not look at the size of the leaf's key.
    verified.map_err(|error| distrust(error, leaf, intermediates, trust))?;
    weakness(leaf).map_or(Ok(()), Err)
}

fn distrust(
    error: rustls::Error,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    trust: &Trust,
) -> Distrust {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            let issuer = || issuer_of(leaf);
            let is_served = intermediates.iter().any(|c| subject_of(c) == issuer_raw(leaf));
            match is_served || trust.knows(&issuer_raw(leaf)) {
                true => Distrust::UnknownIssuer { issuer: issuer_of(intermediates.last().unwrap_or(leaf)) },
                false => Distrust::MissingIntermediate { issuer: issuer() },
            }
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Distrust::Expired
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Distrust::NotValidYet,
        other => weakness(leaf)
            .or_else(|| intermediates.iter().find_map(|c| weakness(c)))
            .unwrap_or_else(|| Distrust::Other(format!("it cannot be verified ({other})"))),
    }
}

/// A certificate that no client takes, whoever signed it.
fn weakness(der: &CertificateDer<'_>) -> Option<Distrust> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    chain::weaknesses(1, &certificate).into_iter().find_map(|fault| match fault {
        ChainFault::OldVersion { .. } => Some(Distrust::OldVersion),
        ChainFault::ShortKey { bits, .. } => Some(Distrust::ShortKey { bits }),
        ChainFault::WeakSignature { hash, .. } => Some(Distrust::WeakSignature { hash }),
        _ => None,
    })
}

fn judge_name(parsed: &ParsedCertificate<'_>, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), String> {
    verify_server_name(parsed, name).map_err(|_| {
        let names = names_of(leaf);
        let held = if names.is_empty() { "no DNS name".to_owned() } else { names.join(", ") };
        format!("the certificate is for {held}, not for {}", name.to_str())
    })
}

fn is_self_signed(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, c)| c.subject() == c.issuer() && c.verify_signature(None).is_ok())
}

/// The raw name of whom a certificate is for.
fn subject_of(der: &[u8]) -> Vec<u8> {
    X509Certificate::from_der(der).map(|(_, c)| c.subject().as_raw().to_vec()).unwrap_or_default()
}

/// The raw name of who signed a certificate.
fn issuer_raw(der: &[u8]) -> Vec<u8> {
    X509Certificate::from_der(der).map(|(_, c)| c.issuer().as_raw().to_vec()).unwrap_or_default()
}

fn issuer_of(der: &[u8]) -> String {
    X509Certificate::from_der(der)
        .map_or_else(|_| "an unreadable certificate".to_owned(), |(_, c)| chain::issuer_of(&c))
}

fn names_of(der: &[u8]) -> Vec<String> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Vec::new() };
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            x509_parser::extensions::GeneralName::DNSName(name) => Some(crate::printable::excerpt(name, 100)),
            _ => None,
        })
        .take(20)
        .collect()
}

/// Whom a certificate has to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A host, which is also named in the handshake (SNI).
    Name(Fqdn),
    /// A host that is not named in the handshake: what it shows to clients without SNI.
    Unnamed(Fqdn),
    /// An address; there is no SNI for those (RFC 6066 section 3).
    Address(IpAddr),
}

impl From<&Fqdn> for Peer {
    fn from(host: &Fqdn) -> Self {
        Self::Name(host.clone())
    }
}

impl From<&Self> for Peer {
    fn from(peer: &Self) -> Self {
        peer.clone()
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(host) | Self::Unnamed(host) => host.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl Peer {
    /// The name for the handshake.
    pub fn sni(&self) -> Option<&Fqdn> {
        match self {
            Self::Name(host) => Some(host),
            Self::Unnamed(_) | Self::Address(_) => None,
        }
    }

    /// As TLS wants it.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, String> {
        match self {
            Self::Name(host) | Self::Unnamed(host) => {
                ServerName::try_from(host.as_str().to_owned()).map_err(|e| e.to_string())
            }
            Self::Address(address) => Ok(ServerName::from(*address)),
        }
    }
}
