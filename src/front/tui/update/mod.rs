//! What each message changes. Pure: time, files and the network come in as messages and go out as effects.

mod accounts;
mod apply;
mod ask;
mod certificate;
mod clients;
mod dkim;
mod dns;
mod domains;
mod form;
mod history;
mod home;
mod list;
mod overlay;
mod review;
mod served;
mod settings;
mod timers;
mod trouble;
mod verify;
mod walk;

use crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::Size;

use super::keys::{self, Action};
use super::model::{ApplyState, HubPage, LiveState, MendState, Model, Place};
use super::msg::{Effect, Leaving, Msg};
use crate::steps::Page;

pub use walk::start;

/// Changes the model by one message and says what is to be done outside.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize(width, height) => {
            model.size = Size { width, height };
            Vec::new()
        }
        Msg::Began(beginning) => walk::begin(model, *beginning),
        Msg::Records(records) => dns::take_records(model, records),
        Msg::Compared { index, record, observation } => dns::take_comparison(model, index, *record, *observation),
        Msg::Looked(time) => {
            model.dns.looked_at = Some(time);
            Vec::new()
        }
        Msg::Planned(planned) => review::take_plan(model, planned.map(|p| *p)),
        Msg::Progress(progress) => apply::take(model, progress),
        Msg::Tick(passed) => {
            model.apply.tick(passed);
            Vec::new()
        }
        Msg::Checked(result) => {
            verify::take(model, *result);
            Vec::new()
        }
        Msg::ChecksDone(ended) => verify::done(model, ended),
        Msg::Sheets(sheets) => clients::take(model, sheets),
        Msg::TypingPaused(generation) => form::typing_paused(model, generation),
        Msg::Seen { generation, seen } => {
            if generation == model.live.generation {
                model.engine.draft.seen.merge(*seen);
                walk::refresh_form(model);
            }
            Vec::new()
        }
        Msg::LiveResult { generation, result } => {
            if generation == model.live.generation {
                model.engine.draft.seen.take(*result);
                walk::refresh_form(model);
            }
            Vec::new()
        }
        Msg::LiveDone(generation) => {
            if generation == model.live.generation {
                model.live.state = LiveState::Done;
            }
            Vec::new()
        }
        Msg::Trouble { run, told } => trouble::take_told(model, run, told),
        Msg::Accounts(path, accounts) => {
            form::take_accounts(model, &path, accounts);
            Vec::new()
        }
        Msg::Mailboxes(seen) => {
            model.hub.accounts.seen = Some(seen);
            Vec::new()
        }
        Msg::MailHosts { domain, elsewhere } => ask::looked_up(model, &domain, elsewhere),
        Msg::History(past) => history::take(model, past),
        Msg::Dkim { domain, seen } => dkim::looked(model, &domain, seen),
        Msg::CertificateLooked(text) => certificate::looked(model, text),
        Msg::CertificateTold(line) => certificate::told(model, line),
        Msg::CertificateEnded => certificate::ended(model),
        Msg::Found(found) => home::take(model, *found),
        Msg::Told(notice) => {
            model.notice = Some(notice);
            Vec::new()
        }
    }
}

/// The page of the search for a cause.
const TROUBLE: Place = Place::Page(HubPage::Trouble);

/// Whether live checks wait until nothing is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promptness {
    AtOnce,
    AfterPause,
}

fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    match keys::action(model, key) {
        Some(action) => act(model, action),
        None if model.plain_page => Vec::new(),
        None if model.overlay.is_some() => overlay::type_key(model, &Event::Key(key)),
        None if model.place == TROUBLE => trouble::type_key(model, &Event::Key(key)),
        None if model.place == Place::Page(HubPage::Ask) => ask::type_key(model, &Event::Key(key)),
        None if matches!(model.place, Place::Page(_)) => {
            list::type_key(model, &Event::Key(key));
            Vec::new()
        }
        None => form::type_key(model, &Event::Key(key)),
    }
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.notice = None;
    if model.plain_page || model.overlay.is_some() {
        return Vec::new();
    }
    if model.place == TROUBLE {
        return trouble::paste(model, text);
    }
    if model.place == Place::Page(HubPage::Ask) {
        return ask::paste(model, text);
    }
    form::paste(model, text)
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Leave => {
            keep(model).into_iter().chain(forget_passwords(model)).chain([Effect::Quit(leaving(model))]).collect()
        }
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        _ if model.plain_page => {
            model.plain_page = false;
            vec![Effect::LeavePlainPage]
        }
        _ if model.overlay.is_some() => overlay::act(model, action),
        Action::Help => overlay::open_help(model),
        Action::Steps => overlay::open_steps(model),
        _ => match model.place {
            Place::Walk | Place::Step(_) => act_at_step(model, action),
            Place::Hub => home::act(model, action),
            Place::Page(HubPage::Accounts) => accounts::act(model, action),
            Place::Page(HubPage::Ask) => ask::act(model, action),
            Place::Page(HubPage::Certificate) => certificate::act(model, action),
            Place::Page(HubPage::Dkim) => dkim::act(model, action),
            Place::Page(HubPage::Domains) => domains::act(model, action),
            Place::Page(HubPage::Served) => served::act(model, action),
            Place::Page(HubPage::History) => history::act(model, action),
            Place::Page(HubPage::Timers) => timers::act(model, action),
            Place::Page(HubPage::Settings) => settings::act(model, action),
            Place::Page(HubPage::Trouble) => trouble::act(model, action),
        },
    }
}

fn act_at_step(model: &mut Model, action: Action) -> Vec<Effect> {
    match model.step().page {
        Page::Questions | Page::Preflight | Page::CutOver => walk::act(model, action),
        Page::Dns => dns::act(model, action),
        Page::Review => review::act(model, action),
        Page::Apply => apply::act(model, action),
        Page::Verify => verify::act(model, action),
        Page::Clients => clients::act(model, action),
    }
}

/// How the screen would be left now, before the end.
pub fn leaving(model: &Model) -> Leaving {
    let is_at_work = model.apply.state == ApplyState::Running || model.trouble.mending.state == MendState::Running;
    if is_at_work { Leaving::WhileApplying } else { Leaving::Left }
}

/// Keeps the answers that are not applied, unless those of an earlier run are not even read yet.
pub fn keep(model: &Model) -> Option<Effect> {
    if !model.facts_are_known {
        return None;
    }
    let is_walking = model.place == Place::Walk || model.trail.first() == Some(&Place::Walk);
    if !is_walking && model.hub.applied.is_none() {
        return None;
    }
    Some(match model.place {
        _ if is_walking => Effect::Save(Box::new(model.engine.clone())),
        _ if model.apply.state == ApplyState::Running || model.has_unapplied_changes() => Effect::KeepChanges {
            draft: Box::new(model.draft().clone()),
            applying: model.apply.state == ApplyState::Running,
        },
        _ => Effect::ForgetDraft,
    })
}

/// Once they are applied and the operator has seen them, made passwords need not be kept.
fn forget_passwords(model: &Model) -> Option<Effect> {
    let is_applied = matches!(model.apply.state, ApplyState::Ended { well: true, .. }) && !model.apply.undoes;
    let is_seen = model.made_passwords().next().is_some() && !model.has_unseen_password();
    (is_applied && is_seen).then_some(Effect::ForgetMadePasswords)
}

/// Moves a selection in a list of `count` items by what a key says; `page` items are in sight at once.
fn select(selected: usize, count: usize, page: usize, action: Action) -> usize {
    let last = count.saturating_sub(1);
    let page = isize::try_from(page).unwrap_or(isize::MAX);
    match action {
        Action::Move(by) => selected.saturating_add_signed(by).min(last),
        Action::Page(by) => selected.saturating_add_signed(by.saturating_mul(page)).min(last),
        Action::Edge(keys::Edge::First) => 0,
        Action::Edge(keys::Edge::Last) => last,
        _ => selected,
    }
}
