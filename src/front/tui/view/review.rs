//! The plan, before anything is done.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, fit};
use super::{chrome, states};
use crate::front::tui::model::{Model, Review, ReviewState};

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let mut body = Body::default();
    match &model.review.state {
        ReviewState::Idle | ReviewState::Preparing => {
            body.text(model.step().intro, width, 0, Style::new());
            body.gap();
            let mut line = vec![Span::raw("  ")];
            line.extend(states::running(theme));
            line.push(Span::raw("comparing this machine with what you want"));
            body.push(Line::from(line));
        }
        ReviewState::Failed(sentence) => {
            body.text("There is no plan yet:", width, 0, theme.heading());
            body.gap();
            for sentence in sentence.lines() {
                body.text(sentence, width, 2, theme.error());
            }
            body.gap();
            body.text("F4 lists the steps; r compares again.", width, 2, Style::new());
        }
        ReviewState::Ready(review) => ready(&mut body, model, review, width),
    }
    body
}

fn ready(body: &mut Body, model: &Model, review: &Review, width: usize) {
    let theme = model.theme;
    if review.items.is_empty() {
        body.text("Nothing has to be changed: the machine is as you want it.", width, 0, Style::new());
    } else {
        body.text(model.step().intro, width, 0, Style::new());
    }
    let open = review.open_edits();
    if open > 0 {
        body.gap();
        let files = if open == 1 { "1 file".to_owned() } else { format!("{open} files") };
        let sentence = format!(
            "You changed {files} since it was written here. Select each and choose; Enter shows both changes. What is written over stays in the history."
        );
        body.text(&sentence, width, 0, theme.error());
    }
    for note in &review.notes {
        let lead = [vec![Span::raw("  ")], states::word("note", theme.running())].concat();
        body.hanging(lead, note, width, 2 + states::TAG, Style::new());
    }
    let made = model.made_passwords().count();
    if made > 0 {
        let accounts = if made == 1 { "1 account".to_owned() } else { format!("{made} accounts") };
        let sentence = format!("Passwords were made for {accounts}. F2 shows them: write them down before you apply.");
        let lead = [vec![Span::raw("  ")], states::word("note", theme.running())].concat();
        body.hanging(lead, &sentence, width, 2 + states::TAG, Style::new());
    }
    let mut group = "";
    for (i, item) in review.items.iter().enumerate() {
        if item.group != group {
            body.gap();
            group = item.group;
            let count = review.items.iter().filter(|i| i.group == group).count();
            let heading = if count > 1 { format!("{group} ({count})") } else { group.to_owned() };
            body.push(Line::styled(heading, theme.heading()));
        }
        let focused = i == model.review.selected;
        if focused {
            body.focus = Some(body.lines.len()..body.lines.len() + 1);
        }
        let text = fit(&item.text, width.saturating_sub(2));
        body.push(Line::from(vec![Span::styled(if focused { "> " } else { "  " }, theme.focus()), Span::raw(text)]));
    }
}
