//! `probe dns`: what the resolver, one server, or every authoritative server says about a name.

use std::io::Write;

use serde::Serialize;

use super::connect::{dns, resolver_address};
use super::{usage, wait_for};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::printable::{excerpt, printable};
use crate::probe::dns::RecordType;
use crate::records::{Answer, AnswerState, reverse_name};

/// Options of `probe dns`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name; an address with PTR is turned into its reverse name
    #[arg(value_name = "NAME")]
    name: String,
    /// A, AAAA, MX, TXT, PTR, NS, SOA, CNAME, CAA, SRV, TLSA …
    #[arg(value_name = "TYPE", default_value = "A")]
    kind: String,
    /// Ask this server alone, as an authoritative one
    #[arg(long, value_name = "SERVER")]
    at: Option<String>,
    /// Ask every authoritative server, and the resolver beside them
    #[arg(long, conflicts_with = "at")]
    authoritative: bool,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    schema: u32,
    name: String,
    r#type: String,
    /// The zone that the name is in, where its servers were asked.
    zone: Option<String>,
    answers: Vec<ShownAnswer>,
    /// Whether the name is answered by a wildcard.
    wildcard: bool,
    transcript: Vec<String>,
    error: Option<String>,
}

#[derive(Serialize)]
struct ShownAnswer {
    server: String,
    address: Option<String>,
    state: String,
    data: Vec<String>,
    ttl: Option<u32>,
    canonical_name: Option<String>,
    serial: Option<u32>,
    /// What the resolver says of DNSSEC (the AD bit).
    authentic: Option<bool>,
    elapsed_ms: u64,
}

fn answer(server: &str, address: Option<String>, answer: &Answer) -> ShownAnswer {
    let state = match &answer.state {
        AnswerState::Found => "found".to_owned(),
        AnswerState::NoData => "nodata".to_owned(),
        AnswerState::NxDomain => "nxdomain".to_owned(),
        AnswerState::ServFail => "servfail".to_owned(),
        AnswerState::Refused => "refused".to_owned(),
        AnswerState::Lame => "lame".to_owned(),
        AnswerState::TimedOut => "timeout".to_owned(),
        AnswerState::Other(what) => printable(what),
    };
    ShownAnswer {
        server: printable(server),
        address,
        state,
        data: answer.data.iter().map(|d| printable(d)).collect(),
        ttl: answer.ttl,
        canonical_name: answer.canonical_name.clone(),
        serial: None,
        authentic: None,
        elapsed_ms: answer.elapsed_ms,
    }
}

/// `probe dns`.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wrong_type =
        || usage(format!("'{}' is not a type of DNS records. Try 'MX' or 'TXT'.", excerpt(&args.kind, 20)));
    let kind: RecordType = args.kind.to_ascii_uppercase().parse().map_err(|_| wrong_type())?;
    let name = match (args.name.parse(), kind) {
        (Ok(address), RecordType::PTR) => reverse_name(address),
        _ => args.name.clone(),
    };
    let client = dns(args.resolver.as_deref())?;
    let shown = wait_for(async {
        let question = format!("{kind} {}", printable(&name));
        let mut shown = Shown {
            schema: 1,
            name: printable(&name),
            r#type: kind.to_string(),
            zone: None,
            answers: Vec::new(),
            wildcard: false,
            transcript: Vec::new(),
            error: None,
        };
        if let Some(server) = &args.at {
            let address = match resolver_address(server) {
                Ok(address) => address,
                Err(wrong) => match client.addresses(server).await.0.first() {
                    Some(ip) => std::net::SocketAddr::new(*ip, 53),
                    None => return Err(wrong),
                },
            };
            let said = client.ask(address, &name, kind).await;
            shown.transcript.push(printable(&format!("{question} at {address}: {}", said.line())));
            shown.answers.push(answer(server, Some(address.to_string()), &said));
        } else if args.authoritative {
            let seen = client.observe(&name, kind).await;
            shown.transcript = seen.evidence(&question).iter().map(|l| printable(l)).collect();
            shown.zone = seen.zone.clone();
            shown.wildcard = seen.is_from_wildcard();
            shown.error = seen.no_servers.clone();
            for said in &seen.authoritative {
                let listed = answer(&said.server, Some(said.address.to_string()), &said.answer);
                shown.answers.push(ShownAnswer { serial: said.serial, ..listed });
            }
            shown.answers.extend(seen.resolver.iter().map(|said| answer("resolver", None, said)));
        } else {
            let (said, authentic) = client.resolve_validated(&name, kind).await;
            shown.transcript.push(printable(&format!("{question} at the resolver: {}", said.line())));
            let address = client.resolvers().first().map(ToString::to_string);
            shown.answers.push(ShownAnswer { authentic: Some(authentic), ..answer("resolver", address, &said) });
        }
        Ok(shown)
    })?;
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        for line in &shown.transcript {
            writeln!(out, "{line}")?;
        }
        if shown.answers.iter().any(|a| a.authentic == Some(true)) {
            writeln!(out, "the resolver says that DNSSEC proved it")?;
        }
    }
    out.flush()?;
    // That there is no such record is an answer; that nobody could say is none.
    let certain = shown.answers.iter().any(|a| matches!(a.state.as_str(), "found" | "nodata" | "nxdomain"));
    Ok(if certain { Exit::Done } else { Exit::Failed })
}
