//! Certificates by ACME (RFC 8555), proved over HTTP on port 80.

mod account;
mod client;
mod directory;
mod listener;
mod place;
mod problem;

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, Identifier, NewOrder, Order, RetryPolicy,
};
use jiff::Timestamp;
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::CertificateDer;

use super::caa::Issuance;
use super::{CertificatePair, ObtainError, precheck};
use crate::host::Host;
use crate::probe::dns::DnsClient;
use crate::spec::{Certificate, Fqdn, Secret, Spec};
use crate::stacks::WantedCertificate;
use crate::store::Paths;

pub use account::account_url;
use client::AcmeHttp;
pub use directory::{DirectoryMeta, add_to, ask, learn};
use place::Place;

/// Where the CA looks for the proof (RFC 8555 section 8.3).
const PATH: &str = "/.well-known/acme-challenge/";

/// How long the CA may take to look at the proof, and to issue.
const PATIENCE: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).timeout(Duration::from_secs(90));

/// A certificate from a CA.
#[derive(Debug)]
pub struct Issued {
    /// Chain and key.
    pub pair: CertificatePair,
    /// The account that asked.
    pub account_url: String,
}

/// When the CA suggests to renew (RFC 9773).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalWindow {
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// When to ask again.
    pub ask_again: Timestamp,
}

/// One attempt to get a certificate: who asks whom.
pub struct Attempt<'a> {
    host: &'a dyn Host,
    paths: &'a Paths,
    spec: &'a Spec,
    http: AcmeHttp,
    /// The directory's host name, for sentences.
    ca: String,
}

impl<'a> Attempt<'a> {
    /// Prepares; nothing is asked yet.
    pub fn new(host: &'a dyn Host, paths: &'a Paths, spec: &'a Spec) -> Result<Self, ObtainError> {
        let (http, ca) = client_of(host, &spec.certificate)?;
        Ok(Self { host, paths, spec, http, ca })
    }

    /// Gets a certificate for the wanted names. `replaces` is the DER of the one that it takes the place of, for CAs that
    /// let renewals pass their rate limits (RFC 9773 section 5).
    pub async fn issue(
        &self,
        dns: &DnsClient,
        wanted: &WantedCertificate,
        replaces: Option<&[u8]>,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Issued, ObtainError> {
        if !self.spec.certificate.agree_to_terms {
            return Err(ObtainError::not_yet(
                format!("{} gives certificates only to those who accept its terms of service.", self.ca),
                "Read them, then set certificate.agree_to_terms = true.",
            ));
        }
        on_line(&format!("looking whether {} leads here", names(wanted)));
        let ours = precheck::our_addresses(self.host, self.spec)?;
        precheck::addresses_lead_here(dns, &wanted.names, &ours).await?;
        let directory = self.spec.certificate.directory();
        let meta = directory::ask_by(self.host, self.paths, &self.http, directory).await?;
        let meta = meta.map_err(|e| self.explained(&e))?;
        let mut account = self.account(&meta, on_line).await?;
        self.caa_allows(dns, wanted, &meta, &account).await?;
        // Bound before the order: a port that is taken must not cost one.
        let mut place = Place::find(self.host, self.spec.certificate.webroot.as_deref())?;
        on_line(&format!("asking {} for a certificate", self.ca));
        let order = match self.new_order(&account, &wanted.names, replaces).await {
            Err(Error::Api(problem)) if problem::is_unknown_account(&problem) => {
                on_line(&format!("{} does not know our account any more", self.ca));
                account = self.open_account(&meta, on_line).await?;
                self.caa_allows(dns, wanted, &meta, &account).await?;
                self.new_order(&account, &wanted.names, replaces).await
            }
            other => other,
        };
        let order = order.map_err(|e| self.explained(&e))?;
        let outcome = self.fulfil(order, &mut place, wanted, on_line).await;
        place.clear(self.host);
        Ok(Issued { pair: outcome?, account_url: account.id().to_owned() })
    }

    /// When the CA suggests to renew the certificate with this leaf; `None` when it has no opinion.
    pub async fn renewal_window(&self, leaf: &[u8]) -> Result<Option<RenewalWindow>, ObtainError> {
        let leaf = CertificateDer::from(leaf);
        let Ok(id) = CertificateIdentifier::try_from(&leaf) else { return Ok(None) };
        let directory = self.spec.certificate.directory();
        let kept = account::kept(self.host, self.paths, &self.http, directory).await?;
        let Some(account) = kept.map_err(|e| self.explained(&e))? else { return Ok(None) };
        let (info, ask_again) = match account.renewal_info(&id).await {
            Ok(answer) => answer,
            Err(Error::Unsupported(_)) => return Ok(None),
            Err(error) => return Err(self.explained(&error)),
        };
        let time = |at: time::OffsetDateTime| Timestamp::from_second(at.unix_timestamp()).ok();
        let window = info.suggested_window;
        let (Some(start), Some(end)) = (time(window.start), time(window.end)) else { return Ok(None) };
        // An answer that would have us ask every second, or never, is brought to between an hour and a day.
        let ask_again = ask_again.clamp(Duration::from_secs(3600), Duration::from_secs(24 * 3600));
        Ok(Some(RenewalWindow { start, end, ask_again: self.host.now() + ask_again }))
    }

    async fn caa_allows(
        &self,
        dns: &DnsClient,
        wanted: &WantedCertificate,
        meta: &DirectoryMeta,
        account: &Account,
    ) -> Result<(), ObtainError> {
        let issuance = Issuance { identities: &meta.caa_identities, account: Some(account.id()), method: "http-01" };
        precheck::caa_allows(dns, &wanted.names, issuance).await
    }

    async fn account(&self, meta: &DirectoryMeta, on_line: &mut dyn FnMut(&str)) -> Result<Account, ObtainError> {
        let directory = self.spec.certificate.directory();
        let kept = account::kept(self.host, self.paths, &self.http, directory).await?;
        match kept.map_err(|e| self.explained(&e))? {
            Some(account) => Ok(account),
            None => self.open_account(meta, on_line).await,
        }
    }

    async fn open_account(&self, meta: &DirectoryMeta, on_line: &mut dyn FnMut(&str)) -> Result<Account, ObtainError> {
        if meta.external_account_required {
            return Err(problem::in_words("externalAccountRequired", "", &self.ca, None));
        }
        on_line(&format!("opening an account at {}", self.ca));
        let directory = self.spec.certificate.directory();
        account::open(self.host, self.paths, &self.http, directory).await?.map_err(|e| self.explained(&e))
    }

    /// Shows the proofs, has them looked at, and fetches the certificate.
    async fn fulfil(
        &self,
        mut order: Order,
        place: &mut Place,
        wanted: &WantedCertificate,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<CertificatePair, ObtainError> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(|e| self.explained(&e))?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = Fqdn::parse(&authorization.identifier().to_string()).map_err(|e| {
                ObtainError::failed(e.to_string(), "The CA answered for another name than was asked for.")
            })?;
            let Some(mut challenge) = authorization.challenge(ChallengeType::Http01) else {
                return Err(ObtainError::failed(
                    format!("{} offers no proof over HTTP for {name}.", self.ca),
                    "Use another CA (certificate.directory), or method = \"existing\".",
                ));
            };
            let key_authorization = challenge.key_authorization();
            place.show(self.host, &name, &challenge.token, key_authorization.as_str()).await?;
            on_line(&format!("showing the proof for {name} on port 80"));
            challenge.set_ready().await.map_err(|e| self.explained(&e))?;
        }
        if let Err(error) = order.poll_ready(&PATIENCE).await {
            return Err(self.refused_proof(&mut order, &error).await);
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(making)?;
        let listed: Vec<String> = wanted.names.iter().map(|n| n.as_str().to_owned()).collect();
        let mut params = CertificateParams::new(listed).map_err(making)?;
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key).map_err(making)?;
        order.finalize_csr(request.der()).await.map_err(|e| self.explained(&e))?;
        let chain = order.poll_certificate(&PATIENCE).await.map_err(|e| self.explained(&e))?;
        let key = Secret::new(key.serialize_pem());
        let pair = CertificatePair::new(chain.into_bytes(), key, &wanted.chain_file, &wanted.key_file)?;
        if let Some(missing) = wanted.names.iter().find(|n| !pair.info.covers(n)) {
            return Err(ObtainError::failed(
                format!("{} issued a certificate that does not hold {missing}.", self.ca),
                "It was not put in place.",
            ));
        }
        Ok(pair)
    }

    /// Orders; a CA that does not take the certificate as replaced (RFC 9773 section 5) is asked without it.
    async fn new_order(&self, account: &Account, names: &[Fqdn], replaces: Option<&[u8]>) -> Result<Order, Error> {
        let identifiers: Vec<Identifier> = names.iter().map(|n| Identifier::Dns(n.as_str().to_owned())).collect();
        let replaced = replaces.map(CertificateDer::from);
        if let Some(id) = replaced.as_ref().and_then(|leaf| CertificateIdentifier::try_from(leaf).ok())
            && let Ok(order) = account.new_order(&NewOrder::new(&identifiers).replaces(id)).await
        {
            return Ok(order);
        }
        account.new_order(&NewOrder::new(&identifiers)).await
    }

    /// Why the proof was not taken: the challenge says it more exactly than the order does.
    async fn refused_proof(&self, order: &mut Order, error: &Error) -> ObtainError {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            if let Ok(state) = authorization.refresh().await
                && let Some(problem) = state.challenges.iter().find_map(|c| c.error.as_ref())
            {
                return problem::refused(problem, &self.ca, self.http.not_before(self.host.now()));
            }
        }
        self.explained(error)
    }

    fn explained(&self, error: &Error) -> ObtainError {
        problem::explained(error, &self.ca, self.http.not_before(self.host.now()))
    }
}

/// A client for the directory of `certificate`, and the directory's host name.
fn client_of(host: &dyn Host, certificate: &Certificate) -> Result<(AcmeHttp, String), ObtainError> {
    let directory = certificate.directory();
    let uri: Option<http::Uri> = directory.parse().ok();
    let Some(ca) = uri.as_ref().and_then(|u| u.host()).map(str::to_owned) else {
        let directory = crate::printable::excerpt(directory, 80);
        return Err(ObtainError::failed(
            format!("certificate.directory '{directory}' is not an address."),
            "It looks like 'https://acme.example/directory'.",
        ));
    };
    let roots = match &certificate.root_file {
        None => None,
        Some(path) => Some((
            path.as_path(),
            host.read(path)?.ok_or_else(|| {
                ObtainError::failed(
                    format!("certificate.root_file '{}' is not there.", path.display()),
                    "Give the PEM file of the CA that the directory's own certificate is from.",
                )
            })?,
        )),
    };
    let http = AcmeHttp::new(roots.as_ref().map(|(path, file)| (*path, file.content.as_slice()))).map_err(|e| {
        ObtainError::failed(
            format!("{ca} cannot be asked safely: {e}."),
            "Install the package ca-certificates, or mend certificate.root_file.",
        )
    })?;
    Ok((http, ca))
}

fn making(error: rcgen::Error) -> ObtainError {
    super::KeyError::Making { what: "a certificate request", reason: error.to_string() }.into()
}

fn names(wanted: &WantedCertificate) -> String {
    let names: Vec<&str> = wanted.names.iter().map(Fqdn::as_str).collect();
    names.join(", ")
}
