//! The page of DNS records.

use super::{Effect, home, overlay, select, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{DnsPage, DnsRow, DnsState, Model, Overlay, Place, Viewer};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;
use crate::records::{Answer, ComparedRecord, Observation, Record, text};
use crate::spec::Domain;

/// Opens the page for one domain, or for all of them.
pub(super) fn open(model: &mut Model, only: Option<Domain>) -> Vec<Effect> {
    if model.dns.only != only {
        model.dns = DnsPage { only, ..DnsPage::default() };
    }
    home::open(model, Place::Step("dns"))
}

/// Begins to find out what is wanted, and to look.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    model.dns.state = DnsState::Preparing;
    vec![Effect::WatchRecords(Box::new(model.draft().clone()), model.dns.only.clone())]
}

pub(super) fn take_records(model: &mut Model, records: Result<Vec<Record>, String>) -> Vec<Effect> {
    match records {
        Ok(records) => model.dns.set_records(records),
        Err(sentence) => model.dns.state = DnsState::Failed(sentence),
    }
    Vec::new()
}

pub(super) fn take_comparison(
    model: &mut Model,
    index: usize,
    record: ComparedRecord,
    observation: Observation,
) -> Vec<Effect> {
    if let Some(row) = model.dns.rows.get_mut(index).filter(|row| row.wanted == record.wanted) {
        row.compared = Some(record);
        row.observation = Some(observation);
    }
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => walk::leave_forwards(model),
        Action::Back => walk::back(model),
        Action::Refresh if matches!(model.dns.state, DnsState::Failed(_)) => enter(model),
        Action::Refresh => vec![Effect::LookNow],
        Action::Copy => copy(model),
        Action::Plain => {
            model.plain_page = true;
            let records: Vec<Record> = model.dns.rows.iter().map(|r| r.wanted.clone()).collect();
            vec![Effect::PlainPage(text::web_form(&records))]
        }
        Action::Write => vec![Effect::WriteRecords(model.dns.rows.iter().map(|r| r.wanted.clone()).collect())],
        Action::Transcript => {
            let Some(row) = model.dns.row() else { return Vec::new() };
            let title = format!("Transcript: {} {}", row.wanted.kind.as_str(), row.wanted.name);
            let viewer = Viewer::new(title, transcript(row));
            model.overlay = Some(Overlay::Viewer(viewer));
            Vec::new()
        }
        action => {
            let page = view::dns_list_height(model);
            model.dns.selected = select(model.dns.selected, model.dns.rows.len(), page, action);
            Vec::new()
        }
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(row) = model.dns.row() else { return Vec::new() };
    let data = row.wanted.data.clone();
    // OSC 52 has no answer: tmux with its defaults and screen drop it without a word.
    model.notice = Some(Notice::info(
        "Sent to your terminal's clipboard. If it did not arrive: s shows a plain page to select from, w writes files.",
    ));
    vec![Effect::Copy(data)]
}

/// Every server's own words about one record.
fn transcript(row: &DnsRow) -> Vec<String> {
    let mut lines = vec![format!("wanted   {} {} {}", row.wanted.name, row.wanted.kind.as_str(), row.wanted.data)];
    if let Some(compared) = &row.compared {
        lines.push(format!("verdict  {}", compared.why));
    }
    let Some(seen) = &row.observation else {
        lines.push("It was not looked at yet.".into());
        return lines;
    };
    if let Some(trouble) = &seen.no_servers {
        lines.push(format!("name servers: {trouble}"));
    }
    for server in &seen.authoritative {
        lines.push(String::new());
        lines.push(format!("{} ({})", server.server, server.address));
        lines.extend(answer(&server.answer));
    }
    if let Some(resolver) = &seen.resolver {
        lines.push(String::new());
        lines.push("your resolver, for what others may still see".into());
        lines.extend(answer(resolver));
    }
    overlay::bounded(lines)
}

fn answer(answer: &Answer) -> Vec<String> {
    let ttl = answer.ttl.map(|t| format!(", TTL {t} s")).unwrap_or_default();
    let mut lines = vec![format!("  {} ({} ms{ttl})", answer.state.said(), answer.elapsed_ms)];
    lines.extend(answer.data.iter().map(|data| format!("  {data}")));
    lines
}
