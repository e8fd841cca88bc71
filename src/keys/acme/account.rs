//! The ACME account: opened once for each directory and kept, as CAA records may name it.

use std::collections::BTreeMap;

use instant_acme::{Account, AccountCredentials, Error, NewAccount};
use serde::{Deserialize, Serialize};

use super::super::KeyError;
use super::client::AcmeHttp;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::store::Paths;

/// The file of accounts: the key of each is in it, so it is 0600.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accounts {
    schema: u32,
    /// Credentials by the directory's address. Kept as JSON: only the ACME library looks inside.
    accounts: BTreeMap<String, serde_json::Value>,
}

/// The URL of the account at `directory`, for CAA's `accounturi` (RFC 8657); `None` before the first certificate.
pub fn account_url(host: &dyn Host, paths: &Paths, directory: &str) -> Result<Option<String>, KeyError> {
    let accounts = read(host, paths)?;
    let id = accounts.accounts.get(directory).and_then(|credentials| credentials.get("id"));
    Ok(id.and_then(serde_json::Value::as_str).map(str::to_owned))
}

/// The account at `directory` as it was kept, if there is one.
pub async fn kept(
    host: &dyn Host,
    paths: &Paths,
    http: &AcmeHttp,
    directory: &str,
) -> Result<Result<Option<Account>, Error>, KeyError> {
    let Some(credentials) = read(host, paths)?.accounts.remove(directory) else { return Ok(Ok(None)) };
    let credentials: AccountCredentials = serde_json::from_value(credentials)
        .map_err(|e| KeyError::State { path: paths.acme_account(), reason: e.to_string() })?;
    let builder = Account::builder_with_http(Box::new(http.clone()));
    Ok(builder.from_credentials(credentials).await.map(Some))
}

/// Opens an account whose owner agrees to the terms, and keeps it.
///
/// No contact address is given: CAs no longer write to it, and one in a domain that has no MX yet is a reason to refuse.
pub async fn open(
    host: &dyn Host,
    paths: &Paths,
    http: &AcmeHttp,
    directory: &str,
) -> Result<Result<Account, Error>, KeyError> {
    let wish = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
    let builder = Account::builder_with_http(Box::new(http.clone()));
    let (account, credentials) = match builder.create(&wish, directory.to_owned(), None).await {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    let path = paths.acme_account();
    let damaged = |e: serde_json::Error| KeyError::State { path: path.clone(), reason: e.to_string() };
    let mut accounts = read(host, paths)?;
    accounts.schema = 1;
    accounts.accounts.insert(directory.to_owned(), serde_json::to_value(&credentials).map_err(damaged)?);
    let content = serde_json::to_vec_pretty(&accounts).map_err(damaged)?;
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
    Ok(Ok(account))
}

fn read(host: &dyn Host, paths: &Paths) -> Result<Accounts, KeyError> {
    let path = paths.acme_account();
    match host.read(&path)? {
        None => Ok(Accounts::default()),
        Some(file) => serde_json::from_slice(&file.content)
            .map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() }),
    }
}
