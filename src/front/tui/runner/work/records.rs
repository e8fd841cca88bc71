//! The records that are wanted, and looks at what is published until the page is left.

use tokio::task::JoinHandle;

use super::Work;
use crate::front::tui::model::Need;
use crate::front::tui::msg::Msg;
use crate::probe::dns::{Look, Watch};
use crate::records::{Record, text};
use crate::spec::Domain;
use crate::steps::Draft;

/// A task that looks again and again; it ends with this.
pub struct Watching {
    task: JoinHandle<()>,
    now: std::sync::Arc<tokio::sync::Notify>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Work {
    pub(super) fn watch_records(&mut self, draft: Draft, only: Option<Domain>) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        let now = std::sync::Arc::new(tokio::sync::Notify::new());
        let wanted_now = std::sync::Arc::clone(&now);
        let task = tokio::spawn(async move {
            let Some(spec) = draft.present().map(crate::spec::Spec::normalised) else {
                let _ = sender.send(Msg::Records(Err("The host name is missing: it comes first.".into())));
                return;
            };
            let hostname = spec.hostname.clone();
            let wanted = match &only {
                Some(domain) => wizard.domain_records(&spec, &draft.facts, domain).await,
                None => wizard.records(&spec, &draft.facts).await,
            };
            let mut wanted = match wanted {
                Ok(wanted) => wanted,
                Err(error) => {
                    let _ = sender.send(Msg::Records(Err(error.to_string())));
                    return;
                }
            };
            wanted.records.sort_by_key(Need::of);
            let _ = sender.send(Msg::Records(Ok(wanted.records.clone())));
            let host = wizard.host.clone();
            let mut watch = Watch::start(wanted.dns, wanted.records, hostname, move || host.now());
            loop {
                let look = tokio::select! {
                    look = watch.next() => look,
                    () = wanted_now.notified() => {
                        watch.look_now();
                        continue;
                    }
                };
                let msg = match look {
                    None => return,
                    Some(Look::Done { at, .. }) => Msg::Looked(time_of_day(at)),
                    Some(Look::Compared(compared)) => Msg::Compared {
                        index: compared.index,
                        record: Box::new(compared.record),
                        observation: Box::new(compared.observation),
                    },
                };
                let _ = sender.send(msg);
            }
        });
        self.watching = Some(Watching { task, now });
    }

    pub(super) fn look_now(&self) {
        if let Some(watching) = &self.watching {
            watching.now.notify_one();
        }
    }

    pub(super) fn write_records(&self, records: &[Record]) {
        let folder = self.wizard.paths.records();
        let files = [
            (folder.join("records.zone"), text::zone_file(records)),
            (folder.join("records.txt"), text::web_form(records)),
        ];
        self.write(&files, "Written");
    }
}

/// The clock on the operator's wall.
pub fn time_of_day(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}
