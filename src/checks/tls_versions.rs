//! `tls-versions`: what TLS each port takes.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::tls_look::{LIMIT, PORTS};
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::hello::{Answer, Suite, Version, offer};
use crate::probe::{ProbeError, Target, Transcript, Wire};
use crate::spec::Fqdn;

/// TLS 1.2 or later, and nothing older.
pub static TLS_VERSIONS: Check = Check {
    id: "tls-versions",
    area: Area::Tls,
    why: "TLS 1.0 and 1.1 can be broken, and auditors look for them first.",
    rfc: "RFC 8996, RFC 8997",
    needs: &["smtp-starttls"],
    reach: Reach::Anyone,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let context = &context;
            // All addresses of a family lead to the same daemon with the same settings: one is asked.
            let asked = context.sockets(host, *port).into_iter().take(1).map(|socket| async move {
                let transcript = Transcript::new();
                let finding = versions(context, host, socket, &transcript).await;
                let finding = finding.unwrap_or_else(|error| Finding::unknown(error.to_string()));
                (socket.ip().to_string(), finding.evidence(transcript.evidence()))
            });
            worst(join_all(asked).await)
        })
    },
};

async fn versions(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Finding, ProbeError> {
    let look = context.port_look(host, socket).await;
    let now = match look.tls() {
        Ok(seen) => seen.version.clone(),
        Err(reason) => return Ok(context.unreachable(host, socket.port(), &reason, "TLS 1.2 or 1.3")),
    };
    let mut old = Vec::new();
    let _turn = context.turn(host).await;
    for version in [Version::Tls10, Version::Tls11] {
        let mut wire = ready_for_tls(context, socket, transcript).await?;
        let suites = Suite::of_version(version);
        if let Answer::Taken(_) = offer(&mut wire, version, &suites, Some(host)).await? {
            old.push(version.name());
        }
        wire.close().await;
    }
    Ok(judge(socket.port(), &now, &old))
}

/// A connection where TLS is to begin now.
pub(super) async fn ready_for_tls(
    context: &Context,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Wire, ProbeError> {
    let target = Target::new(socket);
    let mut wire = Wire::connect(&target, transcript.clone()).await?;
    if matches!(socket.port(), 465 | 993) {
        return Ok(wire);
    }
    reply(&mut wire, "greeting", target.greeting_timeout).await?;
    for command in [format!("EHLO {}", context.ehlo_name()), "STARTTLS".to_owned()] {
        wire.send(&command).await?;
        reply(&mut wire, "reply", target.reply_timeout).await?;
    }
    Ok(wire)
}

/// Reads on to the last line of an SMTP reply.
async fn reply(wire: &mut Wire, waiting_for: &str, limit: Duration) -> Result<(), ProbeError> {
    while wire.line(waiting_for, limit).await?.get(3) == Some(&b'-') {}
    Ok(())
}

fn judge(port: u16, now: &str, old: &[&str]) -> Finding {
    if old.is_empty() {
        return Finding::pass(format!("{now}; neither TLS 1.0 nor 1.1"));
    }
    let found = format!("{} still taken", old.join(" and "));
    let expected = "TLS 1.2 and 1.3 only";
    // On port 25 the other choice of an old sender is no encryption at all.
    match port {
        25 => Finding::warn(found, expected).automatic("mailwizard apply"),
        _ => Finding::fail(found, expected).automatic("mailwizard apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn old_versions_are_worse_where_passwords_go() {
        assert_eq!(judge(25, "TLS 1.3", &[]).outcome, Outcome::Pass);
        assert_eq!(judge(25, "TLS 1.3", &["TLS 1.1"]).outcome, Outcome::Warn);
        assert_eq!(judge(465, "TLS 1.2", &["TLS 1.1"]).outcome, Outcome::Fail);
    }
}
