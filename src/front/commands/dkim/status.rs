//! `mailwizard dkim status [DOMAIN]`.

use std::io::Write;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use super::served;
use crate::front::exit::{Exit, Failure};
use crate::front::key_words;
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::{DkimSeen, Wizard};
use crate::keys::dkim::{self, KeyState};
use crate::records::RecordState;
use crate::spec::{Domain, Selector};

/// Domains that are asked about at once.
const AT_ONCE: usize = 20;

/// Whose keys, and how to show them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this domain's
    #[arg(value_name = "DOMAIN")]
    domain: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Sheet {
    schema: u32,
    keys: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    domain: Domain,
    selector: Selector,
    algorithm: &'static str,
    /// "signs", "next", "stopped" or "may-go".
    state: &'static str,
    /// "published", "missing", "wrong", "partly" or "unknown".
    record: &'static str,
    name: String,
    data: String,
    #[serde(skip)]
    words: String,
    #[serde(skip)]
    record_words: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Timestamp>,
    /// When its record may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    may_go: Option<Timestamp>,
}

/// Shows them.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let only = args.domain.as_deref().map(|text| served(&spec, Some(text))).transpose()?;
    let domains = spec.domains.iter().filter(|d| only.as_ref().is_none_or(|only| d.name == *only));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let looks = domains.map(|domain| wizard.dkim(&spec, domain));
    let found: Vec<Result<Vec<DkimSeen>, _>> =
        runtime.block_on(stream::iter(looks).buffered(AT_ONCE).collect::<Vec<_>>());
    let mut keys = Vec::new();
    let now = wizard.host.now();
    for seen in found {
        keys.extend(seen?.into_iter().map(|seen| listed(&seen, now)));
    }
    let missing = keys.iter().any(|key| key.state == "signs" && matches!(key.record, "missing" | "wrong" | "partly"));
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&Sheet { schema: 1, keys })?)?;
    } else {
        let mut domain = None;
        for key in &keys {
            if domain != Some(&key.domain) {
                writeln!(out, "{}", key.domain)?;
                domain = Some(&key.domain);
            }
            writeln!(out, "  {:12} {:8} {:26} {}", key.selector.as_str(), key.algorithm, key.words, key.record_words)?;
        }
    }
    out.flush()?;
    Ok(if missing { Exit::OperatorMustAct } else { Exit::Done })
}

fn listed(seen: &DkimSeen, now: Timestamp) -> Listed {
    let public = &seen.key.public;
    let (state, stopped) = match seen.key.state {
        KeyState::Signs => ("signs", None),
        KeyState::Next => ("next", None),
        KeyState::Stopped(at) if dkim::may_go(at) <= now => ("may-go", Some(at)),
        KeyState::Stopped(at) => ("stopped", Some(at)),
    };
    Listed {
        domain: public.domain.clone(),
        selector: public.selector.clone(),
        algorithm: public.algorithm.tag(),
        state,
        record: match seen.record.state {
            RecordState::Ok | RecordState::Stale { .. } => "published",
            RecordState::Missing => "missing",
            RecordState::Wrong => "wrong",
            RecordState::Disagree => "partly",
            RecordState::Unknown => "unknown",
        },
        name: public.record_name(),
        data: public.record_text(),
        words: key_words::state(seen, now),
        record_words: key_words::record(seen),
        made: seen.key.made,
        stopped,
        may_go: stopped.map(dkim::may_go),
    }
}
