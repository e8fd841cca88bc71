//! `imap-993`, `imap-143`, `imap-special-use`: where users read.

use std::time::Duration;

use super::asked::not_ours;
use super::port_look::{ImapSeen, PortSeen};
use super::worst::worst;
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
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

/// Nothing reads mail without TLS: 143 and 110 are closed.
pub static IMAP_143: Check = Check {
    id: "imap-143",
    area: Area::Imap,
    why: "A port that takes log-ins in clear leaks the password of everyone who uses it.",
    rfc: "RFC 8314 section 4.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(10),
    subjects: |context| context.ports(&[143]),
    run: |context, _| Box::pin(context.on_host(closed)),
};

/// The checks' account can log in and has the folders that mail programs look for.
pub static IMAP_SPECIAL_USE: Check = Check {
    id: "imap-special-use",
    area: Area::Imap,
    why: "Without marked folders each mail program makes its own \"Sent\" and \"Trash\".",
    rfc: "RFC 6154",
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

fn closed(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let listeners = host.listeners()?;
    let open: Vec<String> = listeners
        .iter()
        .filter(|l| matches!(l.port, 110 | 143) && !l.address.is_loopback())
        .map(|l| format!("{} on port {}", l.process.as_deref().unwrap_or("a program"), l.port))
        .collect();
    Ok(match open.first() {
        None => Finding::pass("143 and 110 are closed"),
        Some(first) => {
            Finding::warn(format!("{first} listens"), "closed: 993 is for everybody").automatic("mailwizard apply")
        }
    }
    .evidence(open))
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
    let folders = imap.folders().await?;
    imap.logout().await;
    Ok(judge_folders(&folders))
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
    use crate::finding::Outcome;

    #[test]
    fn each_missing_mark_is_named() {
        let folder = |attribute: &str| Folder { attributes: vec![attribute.into()], name: "x".into() };
        let finding = judge_folders(&[folder("\\sent"), folder("\\junk")]);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Warn, "no folder is marked as Drafts, Trash"));
        let all = ["\\sent", "\\drafts", "\\junk", "\\trash"].map(folder);
        assert_eq!(judge_folders(&all).outcome, Outcome::Pass);
    }
}
