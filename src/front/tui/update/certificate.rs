//! The certificate's page.

use super::{Effect, home};
use crate::front::tui::keys::Action;
use crate::front::tui::model::Model;
use crate::front::tui::msg::Notice;
use crate::front::tui::view;

pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    model.hub.certificate.is_asked = false;
    if model.hub.certificate.is_at_work { Vec::new() } else { vec![Effect::LookAtCertificate] }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let was_asked = std::mem::take(&mut model.hub.certificate.is_asked);
    match action {
        Action::Back => home::back(model),
        Action::Refresh => vec![Effect::LookAtCertificate],
        Action::Apply if was_asked => {
            model.hub.certificate.is_at_work = true;
            model.hub.certificate.told.clear();
            vec![Effect::IssueCertificate]
        }
        Action::Apply => {
            model.hub.certificate.is_asked = true;
            model.notice = Some(Notice::info(
                "Renewal goes by itself; a CA gives only a few certificates a week for a name. i again gets one now.",
            ));
            Vec::new()
        }
        Action::Page(by) => {
            let page = view::body_height(model).max(1);
            let end = view::page_lines(model).saturating_sub(page);
            let by = by.saturating_mul(isize::try_from(page).unwrap_or(isize::MAX));
            model.scroll = model.scroll.saturating_add_signed(by).min(end);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

pub(super) fn looked(model: &mut Model, text: Result<String, String>) -> Vec<Effect> {
    model.hub.certificate.text = Some(text);
    Vec::new()
}

pub(super) fn told(model: &mut Model, line: String) -> Vec<Effect> {
    model.hub.certificate.told.push(line);
    Vec::new()
}

/// The work ended; what is there now is looked at.
pub(super) fn ended(model: &mut Model) -> Vec<Effect> {
    model.hub.certificate.is_at_work = false;
    vec![Effect::LookAtCertificate, Effect::LookAround]
}
