//! What ACME directories say about their CAs: asked when it is needed, and remembered.

use std::collections::BTreeMap;
use std::time::Duration;

use instant_acme::Error;
use serde::{Deserialize, Serialize};

use super::client::AcmeHttp;
use super::{account, client_of, problem};
use crate::host::Host;
use crate::keys::{KeyError, ObtainError};
use crate::plan::ObservedFile;
use crate::records::{Known, ca_of};
use crate::spec::{Certificate, CertificateMethod, Fqdn, Spec};
use crate::store::Paths;

/// How long a page of records waits for a CA that has not been asked before.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a directory says about its CA (`meta` of RFC 8555 section 7.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DirectoryMeta {
    /// Where its terms of service are.
    pub terms_of_service: Option<String>,
    /// Names the CA goes by in CAA records.
    pub caa_identities: Vec<String>,
    /// Whether accounts must be bound to one opened elsewhere.
    pub external_account_required: bool,
}

impl DirectoryMeta {
    /// The first name that can stand in a CAA record; what a directory says is anybody's text.
    fn identity(&self) -> Option<String> {
        self.caa_identities.iter().find_map(|name| Fqdn::parse(name).ok()).map(|name| name.to_string())
    }
}

/// The file of what was said, by the directory's address.
#[derive(Default, Serialize, Deserialize)]
struct Directories {
    schema: u32,
    directories: BTreeMap<String, DirectoryMeta>,
}

/// Asks the directory of `certificate`, and remembers what it said.
pub async fn ask(host: &dyn Host, paths: &Paths, certificate: &Certificate) -> Result<DirectoryMeta, ObtainError> {
    let (http, ca) = client_of(host, certificate)?;
    let meta = ask_by(host, paths, &http, certificate.directory()).await?;
    meta.map_err(|error| problem::explained(&error, &ca, http.not_before(host.now())))
}

/// The same by a client that is there.
pub(super) async fn ask_by(
    host: &dyn Host,
    paths: &Paths,
    http: &AcmeHttp,
    directory: &str,
) -> Result<Result<DirectoryMeta, Error>, KeyError> {
    let meta = match http.directory(directory).await {
        Ok(meta) => meta,
        Err(error) => return Ok(Err(error)),
    };
    let mut known = read(host, paths);
    if known.directories.insert(directory.to_owned(), meta.clone()).as_ref() != Some(&meta) {
        known.schema = 1;
        let path = paths.acme_directories();
        let content = serde_json::to_vec_pretty(&known)
            .map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() })?;
        host.make_directory(paths.var(), 0o700, "root", "root")?;
        host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
    }
    Ok(Ok(meta))
}

/// Adds what CAA records say of the CA, as far as it is known here: its name, and the URL of our account.
pub fn add_to(known: &mut Known, host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<(), KeyError> {
    if spec.certificate.method != CertificateMethod::AcmeHttp {
        return Ok(());
    }
    let directory = spec.certificate.directory();
    known.ca_identity = match ca_of(directory) {
        Some(name) => Some(name.to_owned()),
        None => read(host, paths).directories.get(directory).and_then(DirectoryMeta::identity),
    };
    known.acme_account = account::account_url(host, paths, directory)?;
    Ok(())
}

/// The same, after the CA was asked where its name is not known yet. One that does not answer now has no CAA record.
pub async fn learn(known: &mut Known, host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<(), KeyError> {
    let directory = spec.certificate.directory();
    let is_acme = spec.certificate.method == CertificateMethod::AcmeHttp;
    if is_acme && ca_of(directory).is_none() && !read(host, paths).directories.contains_key(directory) {
        let _ = tokio::time::timeout(PATIENCE, ask(host, paths, &spec.certificate)).await;
    }
    add_to(known, host, paths, spec)
}

/// A file that is damaged is asked for anew.
fn read(host: &dyn Host, paths: &Paths) -> Directories {
    let file = host.read(&paths.acme_directories()).ok().flatten();
    file.and_then(|file| serde_json::from_slice(&file.content).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;

    fn known(directory: &str, said: &str) -> Known {
        let host = FakeHost::default();
        let paths = Paths::default();
        let file = |content: &str| ObservedFile {
            content: content.as_bytes().to_vec(),
            mode: 0o600,
            owner: "root".into(),
            group: "root".into(),
        };
        host.machine().files.insert(paths.acme_directories(), file(said));
        let account =
            format!("{{\"schema\":1,\"accounts\":{{\"{directory}\":{{\"id\":\"https://ca.example/acct/7\"}}}}}}");
        host.machine().files.insert(paths.acme_account(), file(&account));
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.certificate.directory = Some(directory.to_owned());
        let mut known = Known::default();
        add_to(&mut known, &host, &paths, &spec).unwrap();
        known
    }

    #[test]
    fn a_ca_goes_by_the_name_that_its_directory_gave() {
        let said = |identities: &str| {
            format!(
                "{{\"schema\":1,\"directories\":{{\"https://ca.example/dir\":{{\"caaIdentities\":{identities}}}}}}}"
            )
        };
        for (directory, said, identity) in [
            ("https://acme-v02.api.letsencrypt.org/directory", String::new(), Some("letsencrypt.org")),
            ("https://ca.example/dir", said("[\"ca.example\", \"other.example\"]"), Some("ca.example")),
            ("https://ca.example/dir", said("[\"\\u001b[2J\\\" x\", \"ca.example\"]"), Some("ca.example")),
            ("https://ca.example/dir", said("[]"), None),
            ("https://ca.example/dir", "damaged".into(), None),
            ("https://another.example/dir", said("[\"ca.example\"]"), None),
        ] {
            let known = known(directory, &said);
            assert_eq!(known.ca_identity.as_deref(), identity, "{directory} {said}");
            assert_eq!(known.acme_account.as_deref(), Some("https://ca.example/acct/7"));
        }
    }
}
