//! The HTTPS client that asks the CA: the system's roots and one more where wanted, bounded in time and size.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::directory::DirectoryMeta;

/// How long one request may take.
const PER_REQUEST: Duration = Duration::from_secs(30);
/// The most that one answer may hold; a chain has some 5 kB.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// A client that may be cloned; all clones share connections and what was last said about trying again.
#[derive(Clone)]
pub struct AcmeHttp {
    client: Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>,
    not_before: Arc<Mutex<Option<String>>>,
}

impl AcmeHttp {
    /// A client that trusts the system's roots and, where given, those in `extra_roots` (PEM).
    pub fn new(extra_roots: Option<(&Path, &[u8])>) -> Result<Self, String> {
        let mut extra = Vec::new();
        if let Some((path, pem)) = extra_roots {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                extra.push(certificate.map_err(|e| format!("'{}' is not PEM ({e})", path.display()))?);
            }
            if extra.is_empty() {
                return Err(format!("'{}' holds no certificate", path.display()));
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider.clone())
            .map_err(|e| e.to_string())?;
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), not_before: Arc::default() })
    }

    /// What the directory says about its CA.
    pub async fn directory(&self, url: &str) -> Result<DirectoryMeta, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Directory {
            // Every ACME directory has it; an answer without it is something else.
            #[serde(rename = "newOrder")]
            _new_order: String,
            #[serde(default)]
            meta: DirectoryMeta,
        }
        let request = http::Request::builder().uri(url).body(BodyWrapper::default())?;
        let mut response = self.request(request).await?;
        let body = response.body.into_bytes().await.map_err(Error::Other)?;
        Ok(serde_json::from_slice::<Directory>(&body)?.meta)
    }

    /// When the CA lets us try again, from the last refusal that said so (`Retry-After`: seconds or a date).
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        let said = self.not_before.lock().ok()?.clone()?;
        match said.parse::<u32>() {
            Ok(seconds) => now.checked_add(Duration::from_secs(seconds.into())).ok(),
            Err(_) => jiff::fmt::rfc2822::parse(&said).ok().map(|at| at.timestamp()),
        }
    }
}

impl HttpClient for AcmeHttp {
    fn request(
        &self,
        request: http::Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let answer = self.client.request(request);
        let not_before = Arc::clone(&self.not_before);
        Box::pin(async move {
            let exchange = async {
                let (parts, body) = answer.await.map_err(|e| Error::Other(Box::new(e)))?.into_parts();
                let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(Error::Other)?.to_bytes();
                Ok::<_, Error>(BytesResponse { parts, body: Box::new(body) })
            };
            let response = tokio::time::timeout(PER_REQUEST, exchange)
                .await
                .map_err(|_| Error::Other("no answer within 30 s".into()))??;
            let said = response.parts.headers.get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok());
            if response.parts.status.as_u16() >= 400
                && let (Some(said), Ok(mut kept)) = (said, not_before.lock())
            {
                *kept = Some(said.trim().to_owned());
            }
            Ok(response)
        })
    }
}
