//! The DKIM keys of one domain beside their records.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, column};
use super::{chrome, list, states};
use crate::finding::Outcome;
use crate::front::key_words;
use crate::front::tui::model::{DkimLook, Model};
use crate::front::tui::theme::Theme;
use crate::front::wizard::DkimSeen;
use crate::keys::dkim::{self, KeyState};

/// Columns of a key's selector and of what it is for.
const SELECTOR: usize = 12;
const STATE: usize = 30;
/// From this width on, what the name servers have stands beside it.
const BESIDE: usize = 2 + states::TAG + SELECTOR + STATE + 24;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.hub.dkim;
    let mut body = Body::default();
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    match &page.seen {
        Some(Ok(look)) => keys(&mut body, theme, width, look),
        Some(Err(sentence)) => body.text(sentence, width, 2, theme.error()),
        None => {}
    }
    if page.is_at_work {
        body.gap();
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(theme));
        line.push(Span::raw("asking every name server of the domain"));
        body.push(Line::from(line));
    }
    body.gap();
    if let Some(advice) = page.advice() {
        body.text(&advice, width, 0, Style::new());
        body.gap();
    }
    for (at, deed) in page.deeds().iter().enumerate() {
        list::row(&mut body, model, at == page.selected, &deed.title());
    }
    body
}

fn keys(body: &mut Body, theme: Theme, width: usize, look: &DkimLook) {
    for seen in &look.keys {
        let mut spans = vec![Span::raw("  ")];
        spans.extend(tag(theme, seen, look));
        spans.push(Span::raw(column(seen.key.public.selector.as_str(), SELECTOR)));
        spans.push(Span::raw(column(&key_words::state(seen, look.at), STATE)));
        let record = key_words::record(seen);
        if width >= BESIDE {
            spans.push(Span::styled(record, theme.aside()));
            body.push(Line::from(spans));
        } else {
            body.push(Line::from(spans));
            body.text(record, width, 2 + states::TAG + SELECTOR, theme.aside());
        }
    }
}

/// How it is with the record, for what the key is now.
fn tag(theme: Theme, seen: &DkimSeen, look: &DkimLook) -> Vec<Span<'static>> {
    let is_published = seen.record.state.is_published();
    match seen.key.state {
        KeyState::Signs if is_published => states::tag(theme, Outcome::Pass),
        KeyState::Signs => states::tag(theme, Outcome::Fail),
        KeyState::Next if is_published => states::tag(theme, Outcome::Pass),
        KeyState::Next => states::word("wait", theme.running()),
        KeyState::Stopped(at) if dkim::may_go(at) <= look.at => states::word("go", theme.running()),
        KeyState::Stopped(_) if is_published => states::tag(theme, Outcome::Pass),
        KeyState::Stopped(_) => states::tag(theme, Outcome::Warn),
    }
}
