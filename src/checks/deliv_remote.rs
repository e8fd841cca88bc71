//! `deliv-remote-probe`: the way to an address elsewhere, stage by stage up to RCPT. Nothing is sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::asked::ask;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::{RecordType, Security};
use crate::probe::smtp::{Reply, Smtp};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Fqdn, Mailbox};

/// A foreign server would take our mail.
pub static DELIV_REMOTE_PROBE: Check = Check {
    id: "deliv-remote-probe",
    area: Area::Delivery,
    why: "The way to another server has a dozen places where mail can stop; each is walked up to the recipient.",
    rfc: "RFC 5321 sections 3.3 and 5.1, RFC 7672, RFC 8461",
    needs: &["firewall-outbound-25"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(90),
    subjects: Context::this_host_name,
    run: |context, subject| Box::pin(walk(context, subject)),
};

/// What was seen at each stage.
#[derive(Default)]
struct Stages {
    lines: Vec<String>,
    /// What went wrong without ending the walk.
    warnings: Vec<String>,
}

impl Stages {
    fn passed(&mut self, stage: &str, began: Instant, what: &str) {
        self.lines.push(format!("{stage}: {what} ({} ms)", began.elapsed().as_millis()));
    }
}

async fn walk(context: Arc<Context>, _: Subject) -> Finding {
    let own = match context.own() {
        Ok(own) => own,
        Err(finding) => return finding,
    };
    // The operator's address elsewhere, where one is known: nobody else's mail server is bothered.
    let foreign = |m: &&Mailbox| own.spec.domain(m.domain()).is_none();
    let wanted = own.spec.checks.remote_addresses.iter().chain(&own.spec.admin_email).find(foreign);
    let Some(recipient) = wanted else {
        return Finding::skipped(
            "no address of yours elsewhere is known: checks.remote_addresses = [\"you@example.net\"] names one",
        );
    };
    let Some(sender) = own.spec.domains.iter().find(|d| !d.moving_from_another_server) else {
        return Finding::skipped("no domain sends mail from here yet");
    };
    if own.spec.network.relay.is_some() {
        return Finding::skipped("mail leaves through a relay, which walks the rest of the way");
    }
    let from = format!("postmaster@{}", sender.name);
    let mut stages = Stages::default();
    let transcript = Transcript::new();
    let finding = stage_by_stage(&context, recipient, &from, &mut stages, &transcript).await;
    finding.evidence(stages.lines).evidence(transcript.evidence())
}

async fn stage_by_stage(
    context: &Context,
    recipient: &Mailbox,
    from: &str,
    stages: &mut Stages,
    transcript: &Transcript,
) -> Finding {
    let domain = recipient.domain();
    let began = Instant::now();
    let asked = match ask(context, domain.as_str(), RecordType::MX).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let mut exchanges: Vec<(u16, String)> = asked
        .answer
        .data
        .iter()
        .filter_map(|d| d.split_once(' ').and_then(|(n, host)| Some((n.parse().ok()?, host.to_owned()))))
        .collect();
    exchanges.sort();
    if exchanges.iter().any(|(_, host)| host == ".") {
        return Finding::fail(format!("{domain} takes no mail (null MX)"), "a domain that takes mail");
    }
    if exchanges.is_empty() {
        exchanges.push((0, domain.absolute()));
    }
    let names: Vec<&str> = exchanges.iter().map(|(_, host)| host.trim_end_matches('.')).collect();
    stages.passed("MX", began, &names.join(", "));

    let mut last = Finding::unknown("no server of the domain could be asked");
    for name in names.iter().take(3) {
        let Ok(host) = Fqdn::parse(name) else { continue };
        let began = Instant::now();
        let tlsa = context.dns.validated(&format!("_25._tcp.{host}."), RecordType::TLSA).await;
        let dane = tlsa.security == Security::Secure && !tlsa.answer.data.is_empty();
        stages.passed("TLSA", began, if dane { "the receiver uses DANE" } else { "none that counts" });
        let began = Instant::now();
        let (addresses, _) = context.dns.addresses(host.as_str()).await;
        let words: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        stages.passed("address", began, &words.join(", "));
        for address in addresses {
            let target = Target::new(SocketAddr::new(address, 25));
            match dialogue(context, &target, &host, recipient, from, stages, transcript).await {
                Ok(finding) => return finding,
                // The next address, or the next server, is what a sender would try.
                Err(error) if error.is_out_of_reach() || matches!(error, ProbeError::Refused(_)) => {
                    stages.lines.push(format!("connect: {error}"));
                    last = Finding::fail(error.to_string(), format!("a server of {domain} that answers"))
                        .instructions("Port 25 may be blocked on the way out: ask your hoster, or set a relay.");
                }
                Err(error) => return Finding::fail(error.to_string(), "a dialogue up to RCPT"),
            }
        }
    }
    last
}

async fn dialogue(
    context: &Context,
    target: &Target,
    host: &Fqdn,
    recipient: &Mailbox,
    from: &str,
    stages: &mut Stages,
    transcript: &Transcript,
) -> Result<Finding, ProbeError> {
    let began = Instant::now();
    let mut smtp = Smtp::connect(target, transcript.clone()).await?;
    stages.passed("greeting", began, &smtp.greeting.text());
    if smtp.greeting.code != 220 {
        let reply = smtp.greeting.clone();
        smtp.quit().await;
        return Ok(refused("greeting", &reply));
    }
    let began = Instant::now();
    let reply = smtp.ehlo(context.ehlo_name()).await?;
    stages.passed("EHLO", began, &format!("{} keywords", reply.lines.len().saturating_sub(1)));
    if smtp.keyword("STARTTLS").is_some() {
        let began = Instant::now();
        smtp.start_tls(host, &context.trust, context.ehlo_name()).await?;
        let seen = smtp.tls().map(|t| (t.version.clone(), t.objection())).unwrap_or_default();
        let objection = if seen.1.is_empty() { "trusted".to_owned() } else { seen.1 };
        stages.passed("STARTTLS", began, &format!("{}, {objection}", seen.0));
    } else {
        stages.warnings.push("the receiver offers no encryption".into());
    }
    for (stage, command) in [("MAIL", format!("MAIL FROM:<{from}>")), ("RCPT", format!("RCPT TO:<{recipient}>"))] {
        let began = Instant::now();
        let reply = smtp.command(&command).await?;
        stages.passed(stage, began, &reply.text());
        if !reply.is_success() {
            smtp.quit().await;
            return Ok(refused(stage, &reply));
        }
    }
    smtp.quit().await;
    Ok(match stages.warnings.first() {
        None => Finding::pass(format!("{host} takes mail for {recipient}")),
        Some(warning) => Finding::info(format!("{host} takes mail for {recipient}; {warning}")),
    })
}

/// 4yz is how greylisting and slow starts look: mail arrives, later.
fn refused(stage: &str, reply: &Reply) -> Finding {
    match reply.is_temporary() {
        true => Finding::warn(format!("put off at {stage}: {}", reply.text()), "250")
            .instructions("Greylisting looks like this: the server's own queue tries again. If it stays so for hours, the words of the reply say why."),
        false => Finding::fail(format!("refused at {stage}: {}", reply.text()), "250")
            .instructions("The words of the reply say why: 'mailwizard troubleshoot' knows the usual ones."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::dns_world::{context, example};
    use crate::finding::Outcome;
    use crate::probe::test_server::{Step, play, send};

    async fn against(rcpt: &str) -> (Finding, Vec<String>) {
        let (address, server) = play(vec![
            send("220 mx.other.example ESMTP\r\n"),
            Step::Hear,
            send("250 mx.other.example\r\n"),
            Step::Hear,
            send("250 ok\r\n"),
            Step::Hear,
            send(format!("{rcpt}\r\n")),
            Step::Hear,
            send("221 bye\r\n"),
        ])
        .await;
        let world = example("").run().await;
        let mut stages = Stages::default();
        let finding = dialogue(
            &context(&world),
            &Target::new(address),
            &Fqdn::parse("mx.other.example").unwrap(),
            &Mailbox::parse("me@other.example").unwrap(),
            "postmaster@example.org",
            &mut stages,
            &Transcript::new(),
        )
        .await
        .unwrap();
        (finding, server.await.unwrap())
    }

    #[tokio::test]
    async fn it_stops_at_rcpt_and_greylisting_is_no_refusal() {
        let (finding, heard) = against("250 ok").await;
        assert_eq!(finding.outcome, Outcome::Info, "no TLS was offered: {finding:?}");
        assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
        assert!(!heard.iter().any(|line| line.starts_with("DATA")), "{heard:?}");
        assert_eq!(against("450 4.2.0 greylisted").await.0.outcome, Outcome::Warn);
        assert_eq!(against("550 5.7.1 no").await.0.outcome, Outcome::Fail);
    }

    #[tokio::test]
    async fn without_an_address_elsewhere_nobody_is_asked() {
        let world = example("").run().await;
        let finding = walk(context(&world), Subject::ThisHost).await;
        assert_eq!(finding.outcome, Outcome::Skipped);
        assert!(finding.found.contains("checks.remote_addresses"));
    }
}
