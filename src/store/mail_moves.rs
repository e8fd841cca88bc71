//! Mail that the next apply is to move: part of the accepted wish of an adopted server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Paths, StoreError};
use crate::host::Host;
use crate::plan::ObservedFile;

/// One tree of mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailMove {
    /// Where it is.
    pub from: PathBuf,
    /// Where it belongs; may be inside of `from`.
    pub to: PathBuf,
    /// Whose it is until then.
    pub owner: String,
    /// The group.
    pub group: String,
}

impl MailMove {
    /// Whether its new place is inside of its old one.
    pub fn goes_into_itself(&self) -> bool {
        self.to.starts_with(&self.from)
    }

    /// Where it is between two renames, when it goes into itself.
    pub fn on_the_way(&self) -> PathBuf {
        let mut name = self.from.file_name().unwrap_or_default().to_owned();
        name.push(".mailwizard-move");
        self.from.with_file_name(name)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    moves: Vec<MailMove>,
}

/// Keeps them; no file where there are none.
pub fn save_moves(host: &dyn Host, paths: &Paths, moves: &[MailMove]) -> Result<(), StoreError> {
    let path = paths.pending_mail_moves();
    if moves.is_empty() {
        return Ok(host.remove(&path)?);
    }
    host.make_directory(&paths.pending(), 0o700, "root", "root")?;
    let text = toml::to_string(&All { moves: moves.to_vec() })
        .map_err(|e| StoreError::Damaged { path: path.display().to_string(), reason: e.to_string() })?;
    let file = ObservedFile { content: text.into_bytes(), mode: 0o600, owner: "root".into(), group: "root".into() };
    Ok(host.write(&path, &file)?)
}

/// Those that were kept.
pub fn load_moves(host: &dyn Host, paths: &Paths) -> Result<Vec<MailMove>, StoreError> {
    let path = paths.pending_mail_moves();
    let Some(file) = host.read(&path)? else { return Ok(Vec::new()) };
    let damaged = |reason: String| StoreError::Damaged { path: path.display().to_string(), reason };
    let text = String::from_utf8(file.content).map_err(|_| damaged("it is not UTF-8 text".into()))?;
    let all: All = toml::from_str(&text).map_err(|e| damaged(e.message().to_owned()))?;
    Ok(all.moves)
}
