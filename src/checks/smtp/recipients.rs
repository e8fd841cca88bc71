//! `smtp-rcpt-*`, `accounts-rfc2142`, `smtp-vrfy-expn`, `smtp-tls-not-required-25`: for whom port 25 takes mail. Nothing is
//! ever sent: each dialogue ends before DATA.

use std::sync::Arc;
use std::time::Duration;

use crate::checks::asked::not_ours;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::keys::password;
use crate::probe::smtp::{Reply, Smtp};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{AliasAction, AliasAddress, Domain, Fqdn, ROLE_LOCAL_PARTS};

const TIMEOUT: Duration = Duration::from_secs(60);

/// An account of the domain is known.
pub static SMTP_RCPT_LOCAL: Check = Check {
    id: "smtp-rcpt-local",
    area: Area::Smtp,
    why: "An account that is refused here gets no mail from anybody.",
    rfc: "RFC 5321 section 3.3",
    needs: &["smtp-ehlo"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Domain(domain) = subject else { return Finding::skipped("not a domain") };
            let Ok(own) = context.own() else { return not_ours() };
            let Some(account) = own.spec.accounts.iter().find(|a| *a.address.domain() == domain) else {
                return Finding::skipped(format!("{domain} has no account yet"));
            };
            let address = account.address.to_string();
            let at = context.host_of(&domain);
            judged(&context, at, std::slice::from_ref(&address), |replies| {
                taken(context.own().is_ok(), &address, &replies[0])
            })
            .await
        })
    },
};

/// postmaster of the domain and of the host are known.
pub static SMTP_RCPT_POSTMASTER: Check = Check {
    id: "smtp-rcpt-postmaster",
    area: Area::Smtp,
    why: "Who finds a fault in your mail writes to postmaster; a server must take that.",
    rfc: "RFC 5321 section 4.5.1",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Domain(domain) = &subject else { return not_ours() };
            let addresses = postmasters(domain);
            judged(&context, context.host_of(domain), &addresses, |replies| {
                let refused = addresses.iter().zip(replies).find(|(_, reply)| !reply.is_success());
                match refused {
                    None => Finding::pass("taken, also without a domain"),
                    // Large receivers refuse it; it matters to nobody but those who ask for it.
                    Some((address, reply)) if context.own().is_err() && !address.contains('@') => {
                        Finding::info(format!("taken, but not without a domain: {}", reply.text()))
                    }
                    Some((address, reply)) => taken(context.own().is_ok(), address, reply),
                }
            })
            .await
        })
    },
};

/// Mail with the empty sender, which bounces have, is taken.
pub static SMTP_RCPT_NULL_SENDER: Check = Check {
    id: "smtp-rcpt-null-sender",
    area: Area::Smtp,
    why: "Bounces and receipts come with an empty sender; who refuses it never hears of lost mail.",
    rfc: "RFC 5321 sections 4.5.5 and 6.1",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, _) = &subject else { return not_ours() };
            let Some(domain) = context.domain_of(host) else {
                return Finding::skipped("no domain is known that takes mail here");
            };
            let address = format!("postmaster@{domain}");
            judged(&context, Some(host), std::slice::from_ref(&address), |replies| match &replies[0] {
                reply if reply.is_success() => Finding::pass("taken"),
                reply => taken(context.own().is_ok(), &address, reply),
            })
            .await
        })
    },
};

/// An address that does not exist is refused at once.
pub static SMTP_RCPT_UNKNOWN: Check = Check {
    id: "smtp-rcpt-unknown",
    area: Area::Smtp,
    why: "Mail that is taken first and bounced later goes to forged senders; block lists notice that.",
    rfc: "RFC 5321 section 6.1, RFC 3463 (5.1.1)",
    needs: &["smtp-ehlo"],
    reach: Reach::Permitted,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Domain(domain) = subject else { return not_ours() };
            let Ok(random) = password::generate() else { return Finding::unknown("no random name could be made") };
            let address = format!("nobody-{}@{domain}", random.expose());
            let catch_all = has_catch_all(&context, &domain);
            judged(&context, context.host_of(&domain), &[address], |replies| unknown(&replies[0], catch_all)).await
        })
    },
};

/// The role addresses of RFC 2142 are known.
pub static ACCOUNTS_RFC2142: Check = Check {
    id: "accounts-rfc2142",
    area: Area::Smtp,
    why: "Who is harmed by a machine of yours writes to abuse; who gets no answer there reports you to a block list.",
    rfc: "RFC 2142",
    needs: &["smtp-rcpt-postmaster"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Domain(domain) = &subject else { return not_ours() };
            let addresses: Vec<String> = ROLE_LOCAL_PARTS.iter().map(|role| format!("{role}@{subject}")).collect();
            judged(&context, context.host_of(domain), &addresses, |replies| roles(&addresses, replies)).await
        })
    },
};

/// VRFY and EXPN tell nobody who has a mailbox.
pub static SMTP_VRFY_EXPN: Check = Check {
    id: "smtp-vrfy-expn",
    area: Area::Smtp,
    why: "Spammers ask with them which addresses exist.",
    rfc: "RFC 5321 sections 3.5.3 and 7.3",
    needs: &["smtp-ehlo"],
    reach: Reach::Permitted,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, _) = &subject else { return not_ours() };
            let transcript = Transcript::new();
            let finding = match vrfy(&context, host, &transcript).await {
                Ok(finding) => finding,
                Err(error) => Finding::unknown(error.to_string()),
            };
            finding.evidence(transcript.evidence())
        })
    },
};

/// A sender without TLS is still served on port 25.
pub static SMTP_TLS_NOT_REQUIRED_25: Check = Check {
    id: "smtp-tls-not-required-25",
    area: Area::Smtp,
    why: "A public mail server must take mail from senders that cannot encrypt.",
    rfc: "RFC 3207 section 4",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, _) = &subject else { return not_ours() };
            judged(&context, Some(host), &[], |_| Finding::pass("MAIL FROM is taken without TLS")).await
        })
    },
};

/// EHLO, MAIL FROM:<>, one RCPT after the other, RSET, QUIT in clear at the host's first address, as a stranger would.
/// `judge` gets as many replies as there are recipients.
async fn judged(
    context: &Arc<Context>,
    host: Option<&Fqdn>,
    recipients: &[String],
    judge: impl FnOnce(&[Reply]) -> Finding,
) -> Finding {
    let Some(host) = host else { return Finding::skipped("no host is known that takes its mail") };
    let transcript = Transcript::new();
    let finding = match replies(context, host, recipients, &transcript).await {
        Ok(Ok(replies)) => judge(&replies),
        Ok(Err(refused)) => sender_refused(&refused),
        Err(error) => Finding::unknown(error.to_string()),
    };
    finding.evidence(transcript.evidence())
}

/// What a refusal of MAIL FROM without TLS means.
fn sender_refused(reply: &Reply) -> Finding {
    match reply {
        reply if reply.code == 530 => {
            Finding::fail(reply.text(), "250: port 25 must not demand TLS").automatic("mailwizard apply")
        }
        reply if reply.is_temporary() => Finding::unknown(format!("for now: {}", reply.text())),
        reply => Finding::fail(reply.text(), "250 for MAIL FROM"),
    }
}

/// `Ok(Err)` is a refusal of the sender.
pub(in crate::checks) async fn replies(
    context: &Context,
    host: &Fqdn,
    recipients: &[String],
    transcript: &Transcript,
) -> Result<Result<Vec<Reply>, Reply>, ProbeError> {
    let _turn = context.turn(host).await;
    said_to(connected(context, host, transcript).await?, recipients).await
}

async fn said_to(mut smtp: Smtp, recipients: &[String]) -> Result<Result<Vec<Reply>, Reply>, ProbeError> {
    let reply = smtp.command("MAIL FROM:<>").await?;
    if !reply.is_success() {
        smtp.quit().await;
        return Ok(Err(reply));
    }
    let mut replies = Vec::new();
    for recipient in recipients {
        replies.push(smtp.command(&format!("RCPT TO:<{recipient}>")).await?);
    }
    smtp.command("RSET").await?;
    smtp.quit().await;
    Ok(Ok(replies))
}

async fn connected(context: &Context, host: &Fqdn, transcript: &Transcript) -> Result<Smtp, ProbeError> {
    let Some(socket) = context.sockets(host, 25).first().copied() else {
        return Err(ProbeError::Broken("there is no address to ask at".into()));
    };
    let mut smtp = Smtp::connect(&Target::new(socket), transcript.clone()).await?;
    smtp.ehlo(context.ehlo_name()).await?;
    Ok(smtp)
}

/// Case does not count, and postmaster needs no domain (RFC 5321 section 4.1.1.3).
fn postmasters(domain: &Domain) -> [String; 3] {
    [format!("postmaster@{domain}"), format!("PostMaster@{domain}"), "postmaster".to_owned()]
}

fn taken(is_ours: bool, address: &str, reply: &Reply) -> Finding {
    match reply {
        // Others refuse for what they think of us, too: only a word about the address (RFC 3463 5.1.x) counts.
        reply if reply.is_permanent() && !is_ours && !reply.text().contains("5.1.") => {
            Finding::unknown(format!("{address}, perhaps because of where we come from: {}", reply.text()))
        }
        reply if reply.is_success() => Finding::pass(format!("{address} is taken")),
        reply if reply.is_temporary() => Finding::unknown(format!("{address}, for now: {}", reply.text())),
        reply => Finding::fail(format!("{address}: {}", reply.text()), "250").automatic("mailwizard apply"),
    }
}

fn has_catch_all(context: &Context, domain: &Domain) -> bool {
    let takes = |action: AliasAction| matches!(action, AliasAction::Deliver | AliasAction::Discard);
    let own = context.own().ok();
    own.into_iter()
        .flat_map(|own| &own.spec.aliases)
        .any(|a| matches!(&a.address, AliasAddress::CatchAll(d) if d == domain) && takes(a.action))
}

fn unknown(reply: &Reply, catch_all: bool) -> Finding {
    match (reply, catch_all) {
        (reply, true) if reply.is_success() => Finding::info("taken: the domain has a catch-all"),
        (reply, false) if reply.is_success() => {
            Finding::fail("an address that does not exist is taken", "550 5.1.1").automatic("mailwizard apply")
        }
        (reply, _) if reply.is_temporary() => Finding::unknown(format!("for now: {}", reply.text())),
        (reply, true) => Finding::fail(reply.text(), "250: the domain has a catch-all").automatic("mailwizard apply"),
        (_, false) => Finding::pass("refused"),
    }
}

/// postmaster is another check's; abuse is expected, the others are good manners.
fn roles(addresses: &[String], replies: &[Reply]) -> Finding {
    let refused: Vec<&str> = addresses
        .iter()
        .zip(replies)
        .filter(|(_, reply)| reply.is_permanent())
        .map(|(address, _)| address.as_str())
        .collect();
    let for_now = replies.iter().find(|r| r.is_temporary());
    match (refused.as_slice(), for_now) {
        ([], None) => Finding::pass("postmaster, abuse, hostmaster and webmaster are taken"),
        ([], Some(reply)) => Finding::unknown(format!("for now: {}", reply.text())),
        (refused, _) => Finding::warn(format!("refused: {}", refused.join(", ")), "taken")
            .instructions("Add them as aliases in the accounts step; role addresses are suggested there."),
    }
}

/// 250 and 251 say that there is somebody; 252 says neither yes nor no.
fn tells(reply: &Reply) -> bool {
    matches!(reply.code, 250 | 251)
}

async fn vrfy(context: &Context, host: &Fqdn, transcript: &Transcript) -> Result<Finding, ProbeError> {
    let _turn = context.turn(host).await;
    let mut smtp = connected(context, host, transcript).await?;
    let mut finding = Finding::pass("they tell nothing");
    for command in ["VRFY root", "EXPN root"] {
        let reply = smtp.command(command).await?;
        if tells(&reply) {
            finding = Finding::warn(format!("{command}: {}", reply.text()), "252 or 502").automatic("mailwizard apply");
        }
    }
    smtp.quit().await;
    Ok(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn reply(code: u16) -> Reply {
        Reply { code, lines: vec!["x".into()] }
    }

    #[test]
    fn an_unknown_address_is_judged_by_whether_there_is_a_catch_all() {
        assert_eq!(unknown(&reply(550), false).outcome, Outcome::Pass);
        assert_eq!(unknown(&reply(250), false).outcome, Outcome::Fail);
        assert_eq!(unknown(&reply(250), true).outcome, Outcome::Info);
        assert_eq!(unknown(&reply(550), true).outcome, Outcome::Fail);
        assert_eq!(unknown(&reply(450), false).outcome, Outcome::Unknown);
    }

    #[test]
    fn missing_roles_are_named_and_greylisting_is_no_verdict() {
        let addresses: Vec<String> = ["postmaster@d", "abuse@d"].map(str::to_owned).into();
        let finding = roles(&addresses, &[reply(250), reply(550)]);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Warn, "refused: abuse@d"));
        assert_eq!(roles(&addresses, &[reply(250), reply(451)]).outcome, Outcome::Unknown);
        assert_eq!(taken(true, "a@d", &reply(451)).outcome, Outcome::Unknown);
        assert_eq!(taken(true, "a@d", &reply(550)).outcome, Outcome::Fail);
    }

    #[tokio::test]
    async fn the_server_is_asked_and_not_a_table_and_nothing_is_sent() {
        use crate::probe::test_server::{Step, play, send};
        let mut script = vec![send("220 mail.example.org ESMTP\r\n")];
        for code in ["250 ok", "250 ok", "550 5.1.1 no", "250 ok", "250 ok", "221 bye"] {
            script.extend([Step::Hear, send(format!("{code}\r\n"))]);
        }
        let (address, server) = play(script).await;
        let smtp = Smtp::connect(&Target::new(address), Transcript::new()).await.unwrap();
        let recipients = postmasters(&Domain::parse("example.org").unwrap());
        let replies = said_to(smtp, &recipients).await.unwrap().unwrap();
        assert_eq!(replies.iter().map(|r| r.code).collect::<Vec<_>>(), [250, 550, 250]);
        let heard = server.await.unwrap();
        let commands = [
            "MAIL FROM:<>",
            "RCPT TO:<postmaster@example.org>",
            "RCPT TO:<PostMaster@example.org>",
            "RCPT TO:<postmaster>",
            "RSET",
            "QUIT",
        ];
        assert_eq!(heard, commands);
    }

    #[test]
    fn a_port_25_that_insists_on_tls_is_a_failure() {
        let insisting =
            sender_refused(&Reply { code: 530, lines: vec!["5.7.0 Must issue a STARTTLS command first".into()] });
        assert_eq!(insisting.outcome, Outcome::Fail);
        assert!(insisting.expected.contains("must not demand TLS"));
        assert_eq!(sender_refused(&reply(451)).outcome, Outcome::Unknown);
        assert_eq!(sender_refused(&reply(554)).outcome, Outcome::Fail);
    }

    #[test]
    fn neither_yes_nor_no_tells_nothing() {
        assert!(tells(&reply(250)) && tells(&reply(251)));
        assert!(!tells(&reply(252)) && !tells(&reply(502)) && !tells(&reply(550)));
    }
}
