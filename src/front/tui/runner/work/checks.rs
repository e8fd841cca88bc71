//! Checks: beside the fields, and of the finished server.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Work, records::time_of_day};
use crate::checks::{Report, Update, Updates};
use crate::front::tui::msg::Msg;
use crate::steps::{AGREE_TO_TERMS, Draft, Step};

impl Work {
    pub(super) fn check_live(&mut self, generation: u64, step: &'static Step, draft: Draft) {
        if let Some(older) = self.live.take() {
            older.abort();
        }
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        self.live = Some(tokio::spawn(async move {
            let tell = |seen| sender.send(Msg::Seen { generation, seen: Box::new(seen) });
            // The CA may take its time; what is known goes on the screen before it answers.
            let ca = async {
                if step.asks(AGREE_TO_TERMS) {
                    let _ = tell(wizard.look_at_ca(&draft).await);
                }
            };
            let around = async {
                let (seen, results) = tokio::join!(wizard.look(&draft), wizard.live_checks(step, &draft));
                let _ = tell(seen);
                results
            };
            let ((), results) = tokio::join!(ca, around);
            for result in results.unwrap_or_default() {
                let _ = sender.send(Msg::LiveResult { generation, result: Box::new(result) });
            }
            let _ = sender.send(Msg::LiveDone(generation));
        }));
    }

    pub(super) fn check(&mut self, draft: Draft, only: Option<String>) {
        self.checking.cancel();
        self.checking = CancellationToken::new();
        let (wizard, sender, cancel) = (self.wizard.clone(), self.sender.clone(), self.checking.clone());
        let (channel, mut updates) = mpsc::unbounded_channel::<Update>();
        let forward = self.sender.clone();
        tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                let _ = forward.send(Msg::Checked(Box::new(update.result)));
            }
        });
        tokio::spawn(async move {
            let spec = match draft.spec() {
                Ok(spec) => spec,
                Err(problems) => {
                    let _ = sender.send(Msg::ChecksDone(Err(problems.join(" "))));
                    return;
                }
            };
            let updates = Some(Updates { channel, generation: 0 });
            // What was asked of a part only would hide the rest of the last look.
            let is_whole = only.is_none();
            let ended = wizard.verify_only(&spec, only.into_iter().collect(), updates, cancel.clone()).await;
            let ended = ended.and_then(|results| {
                if is_whole && !cancel.is_cancelled() {
                    Report::new(results).save(&*wizard.host, &wizard.paths)?;
                }
                Ok(time_of_day(wizard.host.now()))
            });
            let ended = ended.map_err(|error| error.to_string());
            let _ = sender.send(Msg::ChecksDone(ended));
        });
    }
}
