//! The list of a domain's keys, which lies beside them.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{make_folder, private_file};
use crate::host::Host;
use crate::keys::KeyError;
use crate::plan::sha256;
use crate::spec::{MailDomain, Selector};
use crate::stacks::{DkimAlgorithm, DkimKey};

/// The file that lists a domain's keys, beside them.
pub(super) const INDEX: &str = "keys.toml";

/// The list of a domain's keys: which sign, and what their records say.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    #[serde(default)]
    pub(super) keys: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) selector: Selector,
    pub(super) algorithm: String,
    pub(super) public: String,
    /// Of the private key's file: what was proved to fit once need not be proved at every start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) made: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<Timestamp>,
    /// Its record is down: it never signs again, and its selector is never used again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) withdrawn: bool,
}

impl Entry {
    pub(super) fn of(key: &DkimKey, made: Timestamp) -> Self {
        Self {
            selector: key.selector.clone(),
            algorithm: key.algorithm.tag().into(),
            public: key.public.clone(),
            sha256: Some(sha256(key.private.expose().as_bytes())),
            made: Some(made),
            stopped: None,
            withdrawn: false,
        }
    }
}

/// The entries of this kind that sign: those that the wish names, or else the first.
pub(super) fn signing<'i>(index: &'i Index, domain: &MailDomain, algorithm: DkimAlgorithm) -> Vec<&'i Entry> {
    let of_kind = || index.keys.iter().filter(move |entry| entry.algorithm == algorithm.tag());
    let named: Vec<&Entry> = of_kind().filter(|entry| domain.dkim_selectors.contains(&entry.selector)).collect();
    if named.is_empty() { of_kind().find(|entry| !entry.withdrawn).into_iter().collect() } else { named }
}

pub(super) fn read_index(host: &dyn Host, folder: &Path) -> Result<Index, KeyError> {
    let path = folder.join(INDEX);
    let Some(file) = host.read(&path)? else { return Ok(Index::default()) };
    let damaged = |reason: String| KeyError::State { path: path.clone(), reason };
    let text = String::from_utf8(file.content).map_err(|_| damaged("it is not text".into()))?;
    toml::from_str(&text).map_err(|e| damaged(e.message().to_owned()))
}

pub(super) fn write_index(host: &dyn Host, folder: &Path, index: &Index) -> Result<(), KeyError> {
    let path = folder.join(INDEX);
    let text = toml::to_string(index).map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() })?;
    make_folder(host, folder)?;
    host.write(&path, &private_file(&text))?;
    Ok(())
}
