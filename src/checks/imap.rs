//! `imap-993` and `imap-idle-special`: where users read.

use std::time::Duration;

use super::asked::not_ours;
use super::port_look::{ImapSeen, PortSeen};
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding, Outcome};
use crate::probe::imap::{Folder, Imap};
use crate::probe::{ProbeError, Target, Transcript};

const TIMEOUT: Duration = Duration::from_secs(60);

/// 993 speaks TLS and IMAP.
pub static IMAP_993: Check = Check {
    id: "imap-993",
    area: Area::Imap,
    why: "Mail programs read mail through this port.",
    rfc: "RFC 8314 section 3.2, RFC 9051",
    needs: &["service-running"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[993]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let looks = context.port_looks(host, *port).await;
            let judged = looks.iter().map(|look| {
                let finding = match &look.seen {
                    Ok(PortSeen::Imap(seen)) => speaks_imap(seen),
                    Ok(PortSeen::Smtp(_)) => Finding::fail("it speaks SMTP", "IMAP over TLS"),
                    Err(error) => context
                        .unreachable(host, *port, &error.to_string(), "TLS, then '* OK'")
                        .automatic("mailwizard apply"),
                };
                (look.socket.ip().to_string(), finding.evidence(&look.evidence))
            });
            worst(judged.collect())
        })
    },
};

/// The checks' account can log in, has the folders that mail programs look for, and hears of new mail at once.
pub static IMAP_IDLE_SPECIAL: Check = Check {
    id: "imap-idle-special",
    area: Area::Imap,
    why: "Without marked folders each mail program makes its own \"Sent\" and \"Trash\"; without IDLE new mail is late.",
    rfc: "RFC 6154, RFC 2177, RFC 9208, RFC 2342",
    needs: &["imap-993"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[993]),
    run: |context, _| {
        Box::pin(async move {
            let transcript = Transcript::new();
            let finding = special_use(&context, &transcript).await;
            finding.unwrap_or_else(|error| Finding::unknown(error.to_string())).evidence(transcript.evidence())
        })
    },
};

fn speaks_imap(seen: &ImapSeen) -> Finding {
    match &seen.capabilities {
        Ok(words) if words.iter().any(|w| w.starts_with("IMAP4")) => {
            Finding::pass(format!("{}, IMAP4", seen.tls.as_ref().map_or("TLS", |t| t.version.as_str())))
        }
        Ok(words) => Finding::fail(crate::printable::excerpt(&words.join(" "), 80), "IMAP4rev1 or IMAP4rev2"),
        Err(error) => Finding::fail(error.to_string(), "a list of capabilities"),
    }
}

async fn special_use(context: &Context, transcript: &Transcript) -> Result<Finding, ProbeError> {
    let Ok(own) = context.own() else { return Ok(not_ours()) };
    let Some(login) = &own.login else {
        return Ok(Finding::skipped("the checks have no login yet: 'mailwizard apply' makes it"));
    };
    let Some(socket) = context.sockets(&own.spec.hostname, 993).first().copied() else {
        return Ok(Finding::skipped("there is no address of ours to ask at"));
    };
    let target = Target::new(socket);
    let mut imap = Imap::connect_tls(&target, &own.spec.hostname, &context.trust, transcript.clone()).await?;
    if let Err(reason) = imap.login(&login.account.address.to_string(), &login.password).await? {
        return Ok(Finding::fail(crate::printable::excerpt(&reason, 200), "a log-in").automatic("mailwizard apply"));
    }
    // After the log-in a server may offer more than before it (RFC 9051 section 7.2.2).
    let capabilities = imap.capabilities().await?;
    let folders = imap.folders().await?;
    imap.logout().await;
    let judged = judge_folders(&folders);
    Ok(if judged.outcome == Outcome::Pass { judge_extensions(&capabilities) } else { judged })
}

/// What mail programs can do without, but people notice.
fn judge_extensions(capabilities: &[String]) -> Finding {
    let missing: Vec<&str> = ["IDLE", "SPECIAL-USE", "QUOTA", "NAMESPACE"]
        .into_iter()
        .filter(|word| !capabilities.iter().any(|c| c.eq_ignore_ascii_case(word)))
        .collect();
    let found = "log-in works; Sent, Drafts, Junk and Trash are marked";
    match missing.as_slice() {
        [] => Finding::pass(found),
        missing if missing.contains(&"IDLE") => Finding::warn("IDLE is not offered: new mail shows late", "IDLE"),
        missing => Finding::info(format!("{found}; not offered: {}", missing.join(", "))),
    }
}

fn judge_folders(folders: &[Folder]) -> Finding {
    let missing: Vec<&str> = [("\\sent", "Sent"), ("\\drafts", "Drafts"), ("\\junk", "Junk"), ("\\trash", "Trash")]
        .into_iter()
        .filter(|(attribute, _)| !folders.iter().any(|f| f.attributes.iter().any(|a| a == attribute)))
        .map(|(_, name)| name)
        .collect();
    if missing.is_empty() {
        return Finding::pass("log-in works; Sent, Drafts, Junk and Trash are marked");
    }
    Finding::warn(format!("no folder is marked as {}", missing.join(", ")), "Sent, Drafts, Junk, Trash")
        .automatic("mailwizard apply")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_idle_is_worth_a_warning() {
        let judge =
            |words: &[&str]| judge_extensions(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()).outcome;
        assert_eq!(judge(&["IMAP4REV1", "IDLE", "SPECIAL-USE", "QUOTA", "NAMESPACE"]), Outcome::Pass);
        assert_eq!(judge(&["IDLE", "SPECIAL-USE", "NAMESPACE"]), Outcome::Info);
        assert_eq!(judge(&["SPECIAL-USE", "QUOTA", "NAMESPACE"]), Outcome::Warn);
    }

    #[test]
    fn each_missing_mark_is_named() {
        let folder = |attribute: &str| Folder { attributes: vec![attribute.into()], name: "x".into() };
        let finding = judge_folders(&[folder("\\sent"), folder("\\junk")]);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Warn, "no folder is marked as Drafts, Trash"));
        let all = ["\\sent", "\\drafts", "\\junk", "\\trash"].map(folder);
        assert_eq!(judge_folders(&all).outcome, Outcome::Pass);
    }
}
