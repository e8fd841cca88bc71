//! `submission-auth-ok`, `submission-auth-bad`, `submission-spoof`: logging in, with the checks' own account.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::checks::asked::not_ours;
use crate::checks::{Check, Context, Own, Reach};
use crate::finding::{Area, Finding};
use crate::keys::check_account::CheckLogin;
use crate::keys::password;
use crate::probe::smtp::{Authentication, Reply, Smtp};
use crate::probe::{ProbeError, Target, Transcript};

const TIMEOUT: Duration = Duration::from_secs(60);

/// The right password is taken, on 465 and 587.
pub static SUBMISSION_AUTH_OK: Check = Check {
    id: "submission-auth-ok",
    area: Area::Submission,
    why: "Nobody can send mail when the password service does not work.",
    rfc: "RFC 4954, RFC 4616",
    needs: &["submission-465-implicit", "submission-587-starttls"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[587]),
    run: |context, _| {
        Box::pin(with_login(context, |context, own, login, transcript| Box::pin(ok(context, own, login, transcript))))
    },
};

/// A wrong password is refused. Tried once: a second time could look like guessing.
pub static SUBMISSION_AUTH_BAD: Check = Check {
    id: "submission-auth-bad",
    area: Area::Submission,
    why: "A server that takes any password sends anybody's spam.",
    rfc: "RFC 4954 section 6",
    needs: &["submission-auth-ok"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[465]),
    run: |context, _| {
        Box::pin(with_login(context, |context, own, login, transcript| Box::pin(bad(context, own, login, transcript))))
    },
};

/// Nobody may send in another's name.
pub static SUBMISSION_SPOOF: Check = Check {
    id: "submission-spoof",
    area: Area::Submission,
    why: "One stolen password must not let a thief write in the name of everybody else.",
    rfc: "RFC 6409 section 6.1, postconf(5) smtpd_sender_login_maps",
    needs: &["submission-auth-ok"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[465]),
    run: |context, _| {
        Box::pin(with_login(context, |context, own, login, transcript| {
            Box::pin(spoof(context, own, login, transcript))
        }))
    },
};

type Looking<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Finding, ProbeError>> + Send + 'a>>;

async fn with_login(
    context: Arc<Context>,
    look: impl for<'a> FnOnce(&'a Context, &'a Own, &'a CheckLogin, &'a Transcript) -> Looking<'a>,
) -> Finding {
    let Ok(own) = context.own() else { return not_ours() };
    let Some(login) = &own.login else {
        return Finding::skipped("the checks have no login yet: 'mailwizard apply' makes it");
    };
    let transcript = Transcript::new();
    let finding = look(&context, own, login, &transcript).await;
    finding.unwrap_or_else(|error| Finding::unknown(error.to_string())).evidence(transcript.evidence())
}

async fn ok(context: &Context, own: &Own, login: &CheckLogin, transcript: &Transcript) -> Result<Finding, ProbeError> {
    let user = login.account.address.to_string();
    for port in [465, 587] {
        let Some(socket) = context.sockets(&own.spec.hostname, port).first().copied() else { continue };
        let mut smtp = encrypted(context, own, socket, transcript).await?;
        let result = smtp.auth_plain(&user, &login.password).await?;
        smtp.quit().await;
        if let Some(finding) = right_refused(port, &result) {
            return Ok(finding);
        }
    }
    Ok(Finding::pass("the right password is taken on 465 and 587"))
}

/// 454 is no word about the password: the service that knows it does not answer (RFC 4954 section 4).
fn right_refused(port: u16, result: &Authentication) -> Option<Finding> {
    match result {
        Authentication::Accepted => None,
        Authentication::Rejected(reply) => {
            Some(Finding::fail(format!("port {port}: {}", reply.text()), "235").automatic("mailwizard apply"))
        }
        Authentication::Unavailable(reply) => Some(
            Finding::fail(format!("port {port}: {}", reply.text()), "235")
                .instructions("The password service does not answer: 'journalctl -u dovecot' says why."),
        ),
    }
}

async fn bad(context: &Context, own: &Own, login: &CheckLogin, transcript: &Transcript) -> Result<Finding, ProbeError> {
    let Some(socket) = context.sockets(&own.spec.hostname, 465).first().copied() else {
        return Ok(Finding::skipped("there is no address of ours to ask at"));
    };
    let Ok(wrong) = password::generate() else { return Ok(Finding::unknown("no random password could be made")) };
    let mut smtp = encrypted(context, own, socket, transcript).await?;
    let result = smtp.auth_plain(&login.account.address.to_string(), &wrong).await?;
    smtp.quit().await;
    Ok(wrong_judged(&result))
}

fn wrong_judged(result: &Authentication) -> Finding {
    match result {
        Authentication::Accepted => Finding::fail("a wrong password is taken", "535").automatic("mailwizard apply"),
        Authentication::Rejected(reply) => Finding::pass(format!("refused: {}", reply.text())),
        Authentication::Unavailable(reply) => Finding::unknown(format!("for now: {}", reply.text())),
    }
}

async fn spoof(
    context: &Context,
    own: &Own,
    login: &CheckLogin,
    transcript: &Transcript,
) -> Result<Finding, ProbeError> {
    let Some(other) = own.spec.accounts.first().map(|a| a.address.clone()) else {
        return Ok(Finding::skipped("there is no account whose name could be used"));
    };
    let Some(socket) = context.sockets(&own.spec.hostname, 465).first().copied() else {
        return Ok(Finding::skipped("there is no address of ours to ask at"));
    };
    let mut smtp = encrypted(context, own, socket, transcript).await?;
    match smtp.auth_plain(&login.account.address.to_string(), &login.password).await? {
        Authentication::Accepted => {}
        Authentication::Rejected(reply) | Authentication::Unavailable(reply) => {
            return Ok(Finding::unknown(format!("the log-in failed: {}", reply.text())));
        }
    }
    let mut reply = smtp.command(&format!("MAIL FROM:<{other}>")).await?;
    if reply.is_success() {
        // Postfix judges the sender only when it hears a recipient (smtpd_delay_reject).
        reply = smtp.command(&format!("RCPT TO:<{}>", login.account.address)).await?;
    }
    smtp.command("RSET").await?;
    smtp.quit().await;
    Ok(in_anothers_name(&reply, &other.to_string()))
}

fn in_anothers_name(reply: &Reply, other: &str) -> Finding {
    if reply.is_success() {
        Finding::warn(format!("the checks' own login may send as {other}"), "553 5.7.1: not owned by user")
            .automatic("mailwizard apply")
    } else if reply.is_temporary() {
        Finding::unknown(format!("for now: {}", reply.text()))
    } else {
        Finding::pass(format!("refused: {}", reply.text()))
    }
}

async fn encrypted(
    context: &Context,
    own: &Own,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Smtp, ProbeError> {
    let target = Target::new(socket);
    if socket.port() == 465 {
        let mut smtp = Smtp::connect_tls(&target, &own.spec.hostname, &context.trust, transcript.clone()).await?;
        smtp.ehlo(context.ehlo_name()).await?;
        return Ok(smtp);
    }
    let mut smtp = Smtp::connect(&target, transcript.clone()).await?;
    smtp.ehlo(context.ehlo_name()).await?;
    smtp.start_tls(&own.spec.hostname, &context.trust, context.ehlo_name()).await?;
    Ok(smtp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{FixKind, Outcome};

    fn reply(code: u16) -> Reply {
        Reply { code, lines: vec!["x".into()] }
    }

    #[test]
    fn a_service_that_is_down_is_no_wrong_password() {
        assert_eq!(right_refused(465, &Authentication::Accepted), None);
        let refused = right_refused(587, &Authentication::Rejected(reply(535))).unwrap();
        assert_eq!((refused.outcome, refused.fix.unwrap().kind), (Outcome::Fail, FixKind::Automatic));
        let down = right_refused(587, &Authentication::Unavailable(reply(454))).unwrap();
        assert!(down.fix.unwrap().text.contains("password service does not answer"));
        assert_eq!(wrong_judged(&Authentication::Accepted).outcome, Outcome::Fail);
        assert_eq!(wrong_judged(&Authentication::Rejected(reply(535))).outcome, Outcome::Pass);
        assert_eq!(wrong_judged(&Authentication::Unavailable(reply(454))).outcome, Outcome::Unknown);
    }

    #[test]
    fn another_name_is_a_warning_and_a_refusal_for_now_no_verdict() {
        assert_eq!(in_anothers_name(&reply(250), "a@example.org").outcome, Outcome::Warn);
        assert_eq!(in_anothers_name(&reply(553), "a@example.org").outcome, Outcome::Pass);
        assert_eq!(in_anothers_name(&reply(451), "a@example.org").outcome, Outcome::Unknown);
    }
}
