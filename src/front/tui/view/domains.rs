//! The domains of a server that is set up.

use super::body::{Body, column, fit};
use super::{chrome, list};
use crate::front::overview::Records;
use crate::front::tui::model::Model;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    let selected = model.hub.domains.selected;
    list::heading(&mut body, &model.hub.domains.filter, model.intro(), width);
    list::row(&mut body, model, selected == 0, "all of them, and the host name");
    let name = if width >= 100 { 54 } else { 38 };
    for (at, domain) in model.listed_domains().into_iter().enumerate() {
        let state = match model.hub.overview.records(&domain.name) {
            _ if domain.moving_from_another_server => "its mail still goes elsewhere".to_owned(),
            None => "...".to_owned(),
            Some(Records::Right) => "records are right".to_owned(),
            Some(Records::NotLookedAt) => "records not looked at yet".to_owned(),
            Some(Records::Wrong(1)) => "1 record not right".to_owned(),
            Some(Records::Wrong(n)) => format!("{n} records not right"),
        };
        let text = format!("{}{state}", column(domain.name.as_str(), name));
        list::row(&mut body, model, selected == at + 1, &fit(&text, width.saturating_sub(2)));
    }
    body
}
