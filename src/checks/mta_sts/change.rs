//! `mtasts-id-changed`: a changed policy has a new id, or senders never look at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fetch::explained;
use super::record::{id_of, look};
use crate::checks::asked::domain;
use crate::checks::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::plan::{ObservedFile, sha256};
use crate::spec::Domain;
use crate::store::Paths;

/// The id changed when the policy did.
pub static MTASTS_ID_CHANGED: Check = Check {
    id: "mtasts-id-changed",
    area: Area::MtaSts,
    why: "Senders fetch a policy again only when the id in the TXT record changes.",
    rfc: "RFC 8461 sections 3.1 and 5.1",
    needs: &["mtasts-policy-fetch"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(60),
    subjects: Context::domains,
    run: |context, subject| Box::pin(changed(context, subject)),
};

/// What the last look saw of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    id: String,
    policy: String,
}

async fn changed(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain.clone(),
        Err(finding) => return finding,
    };
    let fetched = context.policy_look(&domain).await;
    let policy = match &fetched.fetched {
        Ok(seen) if seen.status == 200 => sha256(&seen.body),
        Ok(_) => return Finding::skipped("there is no policy to read"),
        Err(trouble) => return explained(trouble, &domain),
    };
    let id = match look(&context, &domain).await {
        Ok((_, records)) => id_of(&records),
        Err(unknown) => return unknown,
    };
    let Some(id) = id else { return Finding::skipped("there is no id that senders would use") };
    context
        .on_host(move |_: &Own, host: &dyn Host| compared(host, &Paths::default(), &domain, Seen { id, policy }))
        .await
}

/// Compares with the last look, and keeps this one where all is well: a forgotten id stays a fault until it is changed.
fn compared(host: &dyn Host, paths: &Paths, domain: &Domain, now: Seen) -> Result<Finding, HostError> {
    let path = paths.mta_sts_seen();
    let kept = host.read(&path)?.and_then(|f| serde_json::from_slice(&f.content).ok());
    let mut kept: BTreeMap<Domain, Seen> = kept.unwrap_or_default();
    let finding = match kept.get(domain) {
        Some(before) if before.policy != now.policy && before.id == now.id => {
            return Ok(Finding::fail(
                format!("the policy changed, and the id is still {}", crate::printable::excerpt(&now.id, 40)),
                "a new id with every change",
            )
            .instructions(format!(
                "Change the id in the TXT record at _mta-sts.{domain}, for example to the date and time of the change:\nv=STSv1; id={}",
                host.now().strftime("%Y%m%dT%H%M%S")
            )));
        }
        Some(before) if *before == now => return Ok(Finding::pass("neither the policy nor its id changed")),
        Some(_) => Finding::pass("the id changed with the policy"),
        None => Finding::pass("seen for the first time"),
    };
    kept.insert(domain.clone(), now);
    let content = serde_json::to_vec(&kept)
        .map_err(|e| HostError::Unexpected { what: "what was seen of MTA-STS".into(), reason: e.to_string() })?;
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
    Ok(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::host::FakeHost;

    #[test]
    fn a_policy_that_changed_under_its_old_id_stays_a_fault_until_the_id_changes() {
        let (host, paths, domain) = (FakeHost::default(), Paths::default(), Domain::parse("example.org").unwrap());
        let seen = |id: &str, policy: &str| Seen { id: id.into(), policy: policy.into() };
        let look = |now| compared(&host, &paths, &domain, now).unwrap().outcome;
        assert_eq!(look(seen("1", "a")), Outcome::Pass);
        assert_eq!(look(seen("1", "a")), Outcome::Pass);
        assert_eq!(look(seen("1", "b")), Outcome::Fail);
        assert_eq!(look(seen("1", "b")), Outcome::Fail);
        assert_eq!(look(seen("2", "b")), Outcome::Pass);
        // A new id for the same policy only makes senders fetch it again.
        assert_eq!(look(seen("3", "b")), Outcome::Pass);
    }
}
