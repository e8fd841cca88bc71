//! `dkim-no-replace`: a published key stays what it is; a new key gets a new selector.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::asked::ask;
use super::asked::not_ours;
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::plan::ObservedFile;
use crate::printable::excerpt;
use crate::probe::dns::RecordType;
use crate::records::dkim::DkimRecord;
use crate::store::Paths;

/// What is published under a selector is what was published under it before.
pub static DKIM_NO_REPLACE: Check = Check {
    id: "dkim-no-replace",
    area: Area::Dkim,
    why: "Mail that is still on its way was signed with the old key; replaced under the same selector, all of it fails.",
    rfc: "RFC 6376 sections 3.1 and 6.1.2",
    needs: &["dkim-record"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(15),
    subjects: Context::dkim_keys,
    run: |context, subject| Box::pin(unchanged(context, subject)),
};

async fn unchanged(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::DkimKey(domain, selector) = &subject else { return not_ours() };
    let name = domain.below(&format!("{selector}._domainkey"));
    let asked = match ask(&context, &name, RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let published = match asked.answer.data.as_slice() {
        [one] => DkimRecord::parse(one).map(|r| r.public),
        _ => return Finding::skipped("there is not exactly one record").evidence(asked.evidence),
    };
    let Ok(published) = published else {
        return Finding::skipped("the record cannot be read").evidence(asked.evidence);
    };
    let evidence = asked.evidence;
    context
        .on_host(move |_: &Own, host: &dyn Host| compared(host, &Paths::default(), &name, &published))
        .await
        .evidence(evidence)
}

/// White space inside a key means nothing, and an emptied one is revoked, which is another check's.
fn compared(host: &dyn Host, paths: &Paths, name: &str, published: &str) -> Result<Finding, HostError> {
    let path = paths.dkim_seen();
    let kept = host.read(&path)?.and_then(|f| serde_json::from_slice(&f.content).ok());
    let mut kept: BTreeMap<String, String> = kept.unwrap_or_default();
    let key: String = published.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    if key.is_empty() {
        return Ok(Finding::skipped("the key is revoked"));
    }
    match kept.get(name) {
        Some(before) if *before == key => return Ok(Finding::pass("the key is the one that was there before")),
        Some(before) => {
            return Ok(Finding::warn(
                format!(
                    "another key stands under the selector than before ({}… in place of {}…)",
                    excerpt(&key, 16),
                    excerpt(before, 16)
                ),
                "a new selector for a new key",
            )
            .instructions(format!(
                "Publish the old key at {} again, and the new one under a selector of its own. \
                 When the change was meant and a week has passed, remove {} to forget the old key.",
                name.trim_end_matches('.'),
                path.display()
            )));
        }
        None => {}
    }
    kept.insert(name.to_owned(), key);
    let content = serde_json::to_vec(&kept)
        .map_err(|e| HostError::Unexpected { what: "what was seen of DKIM".into(), reason: e.to_string() })?;
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
    Ok(Finding::pass("seen for the first time"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::host::FakeHost;

    #[test]
    fn a_key_that_changes_under_its_selector_is_noticed_and_white_space_is_no_change() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        let look = |name: &str, key: &str| compared(&host, &paths, name, key).unwrap().outcome;
        assert_eq!(look("r2026a._domainkey.example.org.", "MIIB AAAA=="), Outcome::Pass);
        assert_eq!(look("r2026a._domainkey.example.org.", "MIIBAAAA"), Outcome::Pass);
        assert_eq!(look("r2026b._domainkey.example.org.", "MIIBCCCC"), Outcome::Pass);
        assert_eq!(look("r2026a._domainkey.example.org.", "MIIBCCCC"), Outcome::Warn);
        assert_eq!(look("r2026a._domainkey.example.org.", ""), Outcome::Skipped);
    }
}
