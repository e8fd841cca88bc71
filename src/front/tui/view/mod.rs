//! Draws the model. Pure: the same model gives the same screen.

mod accounts;
mod apply;
mod ask;
mod body;
mod certificate;
mod chrome;
mod clients;
mod dkim;
mod dns;
mod domains;
mod help;
mod history;
mod hub;
mod list;
mod menu;
mod passwords;
mod preflight;
mod questions;
mod review;
mod served;
mod states;
mod steps;
mod timers;
mod trouble;
mod verify;
mod viewer;

use body::Body;
pub use chrome::body_height;
pub use dns::list_height as dns_list_height;
use ratatui::Frame;
pub use steps::shown as shown_steps;
pub use verify::list_height as verify_list_height;

use super::model::{HubPage, Model, Overlay, Place, SETTINGS};
use crate::steps::Page;

/// The smallest terminal that a page fits in: columns, rows.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Draws one frame.
pub fn view(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        chrome::too_small(frame);
        return;
    }
    let body = match &model.overlay {
        Some(Overlay::Help { .. }) => help::body(model),
        Some(Overlay::Steps { selected }) => steps::body(model, *selected),
        Some(Overlay::Passwords { scroll }) => passwords::body(model, *scroll),
        Some(Overlay::Viewer(viewer)) => viewer::body(model, viewer),
        None => page(model),
    };
    chrome::draw(model, body, frame);
}

fn page(model: &Model) -> Body {
    match model.place {
        Place::Walk | Place::Step(_) => step(model),
        Place::Hub => hub::body(model),
        Place::Page(HubPage::Accounts) => accounts::body(model),
        Place::Page(HubPage::Ask) => ask::body(model),
        Place::Page(HubPage::Dkim) => dkim::body(model),
        Place::Page(HubPage::Domains) => domains::body(model),
        Place::Page(HubPage::Served) => served::body(model),
        Place::Page(HubPage::Certificate) => certificate::body(model),
        Place::Page(HubPage::History) => history::body(model),
        Place::Page(HubPage::Timers) => timers::body(model),
        Place::Page(HubPage::Trouble) => trouble::body(model),
        Place::Page(HubPage::Settings) => menu::body(model, &SETTINGS, model.hub.setting),
    }
}

fn step(model: &Model) -> Body {
    match model.step().page {
        Page::Preflight => preflight::body(model),
        Page::Questions | Page::CutOver => questions::body(model),
        Page::Dns => dns::body(model),
        Page::Review => review::body(model),
        Page::Apply => apply::body(model),
        Page::Verify => verify::body(model),
        Page::Clients => clients::body(model),
    }
}

/// How many lines the page has, shown or not.
pub fn page_lines(model: &Model) -> usize {
    page(model).lines.len()
}

/// How many lines the help has.
pub fn help_lines(model: &Model) -> usize {
    help::body(model).lines.len()
}

/// How many lines the list of made passwords has.
pub fn password_lines(model: &Model) -> usize {
    passwords::body(model, 0).lines.len()
}
