//! `probe smtp|submission|imap|pop3|sieve`: greeting, capabilities, TLS, perhaps a login, and goodbye.

use std::time::Duration;

use super::connect::{Connect, Destination, Security};
use super::interactive::{self, Operator, converse};
use super::secrets::Login;
use super::shown::{Dialogue, finish, live, result};
use super::suggest::Stage;
use super::{relay, usage, verdicts, wait_for};
use crate::finding::{Area, Finding};
use crate::front::exit::{Exit, Failure};
use crate::probe::imap::Imap;
use crate::probe::pop3::Pop3;
use crate::probe::sieve::Sieve;
use crate::probe::smtp::{Authentication, Smtp};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Domain, Fqdn, Secret};

/// Options of SMTP.
#[derive(Debug, clap::Args)]
pub struct SmtpArgs {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    login: Login,
    /// The name to say in EHLO, in place of our address
    #[arg(long, value_name = "NAME")]
    helo: Option<String>,
    /// Try to relay: a domain that the server takes mail for. Only for servers of your own
    #[arg(long, value_name = "OURS", requires = "foreign")]
    domain: Option<String>,
    /// Try to relay: a domain that it does not take mail for
    #[arg(long, value_name = "OTHER", requires = "domain")]
    foreign: Option<String>,
    /// Type the next line yourself; the usual ones are suggested and explained
    #[arg(long, conflicts_with_all = ["domain", "user"])]
    interactive: bool,
}

/// Options of protocols to fetch mail or keep filters.
#[derive(Debug, clap::Args)]
pub struct LoginArgs {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    login: Login,
}

/// How long an operator may take over a dialogue by hand.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

type Credentials = Option<(String, Secret)>;

/// How a login went, as a finding.
fn login_finding(refusal: Option<String>, user: &str) -> Finding {
    match refusal {
        None => Finding::pass(format!("'{}' may log in", crate::printable::excerpt(user, 80))),
        Some(reply) => Finding::fail(crate::printable::excerpt(&reply, 200), "the password taken"),
    }
}

/// `probe smtp` and `probe submission`.
pub fn smtp(args: &SmtpArgs, usual_port: u16) -> Result<Exit, Failure> {
    let relay = match (&args.domain, &args.foreign) {
        (Some(ours), Some(foreign)) => Some((
            Domain::parse(ours).map_err(|e| usage(e.to_string()))?,
            Fqdn::parse(foreign).map_err(|e| usage(e.to_string()))?,
        )),
        _ => None,
    };
    let helo = match &args.helo {
        Some(name) if name.chars().any(|c| c.is_control() || c == ' ') || name.is_empty() => {
            return Err(usage("the name for EHLO is empty or holds a space or a control character."));
        }
        other => other.clone(),
    };
    let credentials = args.login.read()?;
    let json = args.connect.json;
    wait_for(async {
        let submission = usual_port != 25;
        let default = |wish| if wish == Some(Security::Tls) { 465 } else { usual_port };
        let security = move |port| match port {
            465 => Security::Tls,
            _ if submission => Security::StartTls,
            _ => Security::Opportunistic,
        };
        let destination = args.connect.destination(default, security).await?;
        if relay.is_some() && destination.name().is_none() {
            return Err(usage("The relay test needs the server's name: give it with --name."));
        }
        let transcript = live(json);
        let mut dialogue = Dialogue::default();
        if args.interactive {
            let ended = by_hand(&destination, helo.as_deref(), json, &transcript, &mut dialogue).await;
            dialogue.error = ended.err().map(|e| e.to_string());
            return finish(&dialogue, &destination.subject(), json, &transcript);
        }
        let ended =
            smtp_dialogue(&destination, helo.as_deref(), credentials.as_ref(), &transcript, &mut dialogue).await;
        smtp_verdicts(&destination, submission || credentials.is_some(), &mut dialogue);
        match (ended, relay) {
            (Ok(target), Some((ours, foreign))) => {
                if let Some(host) = destination.name() {
                    let tested = relay::test(&destination, &target, host, &ours, &foreign, &transcript).await;
                    dialogue.results.push(tested);
                }
            }
            (Err(error), _) => dialogue.error = Some(error.to_string()),
            (Ok(_), None) => {}
        }
        finish(&dialogue, &destination.subject(), json, &transcript)
    })
}

async fn smtp_dialogue(
    destination: &Destination,
    helo: Option<&str>,
    credentials: Option<&(String, Secret)>,
    transcript: &Transcript,
    dialogue: &mut Dialogue,
) -> Result<Target, ProbeError> {
    let (peer, trust) = (&destination.peer, &destination.trust);
    let dialled = destination.dial(|target| async move {
        match destination.security {
            Security::Tls => Smtp::connect_tls(&target, peer, trust, transcript.clone()).await,
            _ => Smtp::connect(&target, transcript.clone()).await,
        }
    });
    let (target, mut smtp) = dialled.await?;
    dialogue.greeting = Some(smtp.greeting.text());
    dialogue.tls = smtp.tls().cloned();
    if !smtp.greeting.is_success() {
        let reply = smtp.greeting.text();
        smtp.quit().await;
        return Err(ProbeError::Refusal { command: "the connection", reply });
    }
    let name = helo.map_or_else(|| smtp.own_literal(), str::to_owned);
    smtp.ehlo(&name).await?;
    dialogue.capabilities = offered(&smtp);
    if destination.security != Security::Tls {
        let has_starttls = smtp.keyword("STARTTLS").is_some();
        dialogue.capabilities_in_clear = dialogue.capabilities.clone();
        if has_starttls {
            smtp.start_tls(peer, trust, &name).await?;
            dialogue.capabilities = offered(&smtp);
            dialogue.tls = smtp.tls().cloned();
        } else if destination.security == Security::StartTls {
            smtp.quit().await;
            return Err(ProbeError::Tls("the server does not offer STARTTLS".into()));
        }
    }
    if let Some((user, password)) = credentials {
        let mechanisms = smtp.keyword("AUTH").unwrap_or_default().to_ascii_uppercase();
        let plain = mechanisms.is_empty() || mechanisms.split(' ').any(|m| m == "PLAIN");
        let answer = match plain {
            true => smtp.auth_plain(user, password).await?,
            false => smtp.auth_login(user, password).await?,
        };
        let finding = match answer {
            Authentication::Accepted => login_finding(None, user),
            Authentication::Rejected(reply) => login_finding(Some(reply.text()), user),
            Authentication::Unavailable(reply) => Finding::unknown(reply.text()),
        };
        dialogue.results.push(result("submission-auth-ok", Area::Submission, &destination.subject(), finding));
    }
    smtp.quit().await;
    Ok(target)
}

/// The operator speaks; only TLS from the first byte is done without being asked.
async fn by_hand(
    destination: &Destination,
    helo: Option<&str>,
    json: bool,
    transcript: &Transcript,
    dialogue: &mut Dialogue,
) -> Result<(), ProbeError> {
    let (peer, trust) = (&destination.peer, &destination.trust);
    let dialled = destination.dial(|target| async move {
        let target = Target { dialogue_timeout: A_DAY, ..target };
        match destination.security {
            Security::Tls => Smtp::connect_tls(&target, peer, trust, transcript.clone()).await,
            _ => Smtp::connect(&target, transcript.clone()).await,
        }
    });
    let (_, mut smtp) = dialled.await?;
    dialogue.greeting = Some(smtp.greeting.text());
    let our_name = helo.map_or_else(|| smtp.own_literal(), str::to_owned);
    let mut stage = Stage::new(our_name, destination.security == Security::Tls);
    let (mut operator, show) = (Operator::at_the_terminal(), interactive::shown(json));
    let ended = converse(&mut smtp, &mut operator, &mut stage, peer, trust, &*show).await;
    dialogue.tls = smtp.tls().cloned();
    dialogue.capabilities = offered(&smtp);
    ended
}

fn offered(smtp: &Smtp) -> Vec<String> {
    smtp.keywords
        .iter()
        .map(|(word, rest)| crate::printable::excerpt(format!("{word} {rest}").trim_end(), 200))
        .collect()
}

fn smtp_verdicts(destination: &Destination, submission: bool, dialogue: &mut Dialogue) {
    let subject = destination.subject();
    let mut results = Vec::new();
    if destination.security != Security::Tls && dialogue.greeting.is_some() {
        let clear = &dialogue.capabilities_in_clear;
        let auth = clear.iter().find(|c| *c == "AUTH" || c.starts_with("AUTH "));
        let (id, area) =
            if submission { ("submission-auth-before-tls", Area::Submission) } else { ("smtp-auth-on-25", Area::Smtp) };
        results.push(verdicts::login_in_clear(id, area, &subject, auth.map(String::as_str)));
        if !submission {
            let finding = match (&dialogue.tls, clear.iter().any(|c| c == "STARTTLS")) {
                (Some(tls), _) => Finding::pass(format!("{} works", tls.version)),
                (None, true) => Finding::fail("STARTTLS is offered but does not work", "an encrypted connection"),
                (None, false) => Finding::fail("STARTTLS is not offered", "STARTTLS"),
            };
            results.push(result("smtp-starttls", Area::Smtp, &subject, finding));
        }
    }
    if let Some(tls) = &dialogue.tls {
        results.extend(verdicts::certificate(tls, &subject, !submission));
    }
    results.append(&mut dialogue.results);
    dialogue.results = results;
}

/// Capabilities as they may be shown.
fn listed(capabilities: Vec<String>) -> Vec<String> {
    capabilities.iter().take(200).map(|c| crate::printable::excerpt(c, 200)).collect()
}

/// `probe imap`.
pub fn imap(args: &LoginArgs) -> Result<Exit, Failure> {
    let run = async |destination: &Destination, login: &Credentials, transcript: &Transcript, seen: &mut Dialogue| {
        let (peer, trust) = (&destination.peer, &destination.trust);
        let dialled = destination.dial(|target| async move {
            match destination.security {
                Security::Tls => Imap::connect_tls(&target, peer, trust, transcript.clone()).await,
                _ => Imap::connect(&target, transcript.clone()).await,
            }
        });
        let (_, mut imap) = dialled.await?;
        seen.greeting = Some(crate::printable::excerpt(&imap.greeting, 500));
        seen.capabilities = listed(imap.capabilities().await?);
        if destination.security != Security::Tls {
            seen.capabilities_in_clear = seen.capabilities.clone();
            imap.start_tls(peer, trust).await?;
            seen.tls = imap.tls().cloned();
            seen.capabilities = listed(imap.capabilities().await?);
        }
        seen.tls = imap.tls().cloned();
        if let Some((user, password)) = login {
            let finding = login_finding(imap.login(user, password).await?.err(), user);
            seen.results.push(result("imap-993", Area::Imap, &destination.subject(), finding));
        }
        imap.logout().await;
        Ok(())
    };
    // Before TLS a login is closed by LOGINDISABLED, and no AUTH= is offered (RFC 9051 section 6.2.3).
    let in_clear = |capabilities: &[String]| {
        let open = !capabilities.iter().any(|c| c == "LOGINDISABLED");
        let auth = capabilities.iter().find(|c| c.starts_with("AUTH=")).cloned();
        auth.or_else(|| open.then(|| "LOGIN".to_owned()))
    };
    fetching(args, (993, 143), ("imap-143-starttls", Area::Imap), run, in_clear)
}

/// `probe pop3`.
pub fn pop3(args: &LoginArgs) -> Result<Exit, Failure> {
    let run = async |destination: &Destination, login: &Credentials, transcript: &Transcript, seen: &mut Dialogue| {
        let (peer, trust) = (&destination.peer, &destination.trust);
        let dialled = destination.dial(|target| async move {
            match destination.security {
                Security::Tls => Pop3::connect_tls(&target, peer, trust, transcript.clone()).await,
                _ => Pop3::connect(&target, transcript.clone()).await,
            }
        });
        let (_, mut pop3) = dialled.await?;
        seen.greeting = Some(crate::printable::excerpt(&pop3.greeting, 500));
        seen.capabilities = listed(pop3.capabilities().await?);
        if destination.security != Security::Tls {
            seen.capabilities_in_clear = seen.capabilities.clone();
            pop3.start_tls(peer, trust).await?;
            seen.tls = pop3.tls().cloned();
            seen.capabilities = listed(pop3.capabilities().await?);
        }
        seen.tls = pop3.tls().cloned();
        if let Some((user, password)) = login {
            let finding = login_finding(pop3.login(user, password).await?.err(), user);
            seen.results.push(result("pop-995", Area::Pop, &destination.subject(), finding));
        }
        pop3.quit().await;
        Ok(())
    };
    let in_clear =
        |capabilities: &[String]| capabilities.iter().find(|c| *c == "USER" || c.starts_with("SASL ")).cloned();
    fetching(args, (995, 110), ("pop-110-stls", Area::Pop), run, in_clear)
}

/// `probe sieve`.
pub fn sieve(args: &LoginArgs) -> Result<Exit, Failure> {
    let run = async |destination: &Destination, login: &Credentials, transcript: &Transcript, seen: &mut Dialogue| {
        let (peer, trust) = (&destination.peer, &destination.trust);
        let dialled = destination.dial(|target| async move { Sieve::connect(&target, transcript.clone()).await });
        let (_, mut sieve) = dialled.await?;
        let listed = |sieve: &Sieve| -> Vec<String> {
            let named = sieve.capabilities.iter();
            named.map(|(name, value)| crate::printable::excerpt(format!("{name} {value}").trim_end(), 500)).collect()
        };
        seen.greeting = Some(crate::printable::excerpt(&sieve.greeting, 500));
        seen.capabilities = listed(&sieve);
        seen.capabilities_in_clear = seen.capabilities.clone();
        sieve.start_tls(peer, trust).await?;
        seen.tls = sieve.tls().cloned();
        seen.capabilities = listed(&sieve);
        if let Some((user, password)) = login {
            let finding = login_finding(sieve.login(user, password).await?.err(), user);
            seen.results.push(result("sieve-4190", Area::Sieve, &destination.subject(), finding));
        }
        sieve.logout().await;
        Ok(())
    };
    let in_clear = |capabilities: &[String]| capabilities.iter().find(|c| c.starts_with("SASL ")).cloned();
    fetching(args, (4190, 4190), ("sieve-4190", Area::Sieve), run, in_clear)
}

/// What IMAP, POP3 and ManageSieve have in common: ports with TLS and with STARTTLS, and the verdict on logins before TLS.
fn fetching(
    args: &LoginArgs,
    (tls_port, clear_port): (u16, u16),
    (id, area): (&str, Area),
    run: impl AsyncFnOnce(&Destination, &Credentials, &Transcript, &mut Dialogue) -> Result<(), ProbeError>,
    in_clear: impl Fn(&[String]) -> Option<String>,
) -> Result<Exit, Failure> {
    let credentials = args.login.read()?;
    let json = args.connect.json;
    wait_for(async {
        let default = |wish| if wish == Some(Security::StartTls) { clear_port } else { tls_port };
        let security =
            |port| if port == tls_port && tls_port != clear_port { Security::Tls } else { Security::StartTls };
        let destination = args.connect.destination(default, security).await?;
        if destination.security == Security::Tls && tls_port == clear_port {
            return Err(usage("ManageSieve has no port with TLS from the first byte (RFC 5804): leave --tls out."));
        }
        let transcript = live(json);
        let mut seen = Dialogue::default();
        let ended = run(&destination, &credentials, &transcript, &mut seen).await;
        seen.error = ended.err().map(|e| e.to_string());
        let subject = destination.subject();
        let mut results = Vec::new();
        if !seen.capabilities_in_clear.is_empty() {
            let offered = in_clear(&seen.capabilities_in_clear);
            results.push(verdicts::login_in_clear(id, area, &subject, offered.as_deref()));
        }
        results.extend(seen.tls.iter().flat_map(|tls| verdicts::certificate(tls, &subject, false)));
        results.append(&mut seen.results);
        seen.results = results;
        finish(&seen, &subject, json, &transcript)
    })
}
