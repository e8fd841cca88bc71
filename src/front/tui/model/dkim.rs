//! The DKIM keys of one domain, and what can be done with them.

use jiff::Timestamp;

use super::Model;
use crate::front::key_words::names;
use crate::front::wizard::{DkimSeen, RotationStage, WayBack};
use crate::spec::{Domain, Selector};

/// The page of the keys of one domain.
#[derive(Debug, Default)]
pub struct DkimPage {
    /// Whose; `None` until one was opened.
    pub domain: Option<Domain>,
    /// What was found, or why it could not be found out; `None` until it was looked.
    pub seen: Option<Result<DkimLook, String>>,
    /// Whether it is looked, or keys are made, right now.
    pub is_at_work: bool,
    /// Index of the selected line of [`DkimPage::deeds`].
    pub selected: usize,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq)]
pub struct DkimLook {
    /// The keys and their records.
    pub keys: Vec<DkimSeen>,
    /// When it was looked.
    pub at: Timestamp,
}

/// What can be done with a domain's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DkimDeed {
    /// Make keys that are to sign next.
    MakeNext,
    /// Show the domain's records.
    Records,
    /// Sign with these.
    Sign(Vec<Selector>),
    /// Drop these, which never signed.
    Drop(Vec<Selector>),
    /// Sign with these again.
    SignAgain(Vec<Selector>),
}

impl DkimDeed {
    /// What it is called in the menu.
    pub fn title(&self) -> String {
        match self {
            Self::MakeNext => "Make new keys: they sign only once their records are published".into(),
            Self::Records => "Show the domain's records".into(),
            Self::Sign(next) => format!("Sign with {} from now on", names(next)),
            Self::Drop(next) => format!("Drop {}: no mail was signed with them", names(next)),
            Self::SignAgain(old) => format!("Go back: sign with {} again", names(old)),
        }
    }
}

impl DkimPage {
    /// Where the rotation stands; `None` before that is known.
    pub fn stage(&self) -> Option<RotationStage> {
        let look = self.seen.as_ref()?.as_ref().ok()?;
        Some(RotationStage::of(&look.keys, look.at))
    }

    /// What can be done now, the next step first.
    pub fn deeds(&self) -> Vec<DkimDeed> {
        let Some((stage, Some(Ok(look)))) = self.stage().map(|stage| (stage, &self.seen)) else { return Vec::new() };
        let first = match stage {
            RotationStage::Rests => Some(DkimDeed::MakeNext),
            RotationStage::Ready(next) => Some(DkimDeed::Sign(next)),
            RotationStage::Publishing { .. } | RotationStage::Keeping(..) | RotationStage::LettingGo { .. } => None,
        };
        let last = match WayBack::of(&look.keys) {
            WayBack::Drop(next) => Some(DkimDeed::Drop(next)),
            WayBack::SignAgain(old) => Some(DkimDeed::SignAgain(old)),
            WayBack::Nothing | WayBack::TooLate(_) => None,
        };
        first.into_iter().chain([DkimDeed::Records]).chain(last).collect()
    }

    /// What comes next, in words.
    pub fn advice(&self) -> Option<String> {
        Some(match self.stage()? {
            RotationStage::Rests => {
                "New keys once in a while limit what a stolen one is good for. Nothing signs with them before every name \
                 server has their records."
                    .into()
            }
            RotationStage::Publishing { missing, .. } => format!(
                "Publish the records of {} beside the present ones. Once every name server has them, signing can switch; \
                 until then nothing changes. r looks again.",
                names(&missing)
            ),
            RotationStage::Ready(next) => {
                format!("Every name server has the records of {}: signing can switch.", names(&next))
            }
            RotationStage::Keeping(old, until) => format!(
                "Leave the records of {} where they are until {}: mail that was signed with them is still on its way.",
                names(&old),
                until.strftime("%Y-%m-%d")
            ),
            RotationStage::LettingGo { there, .. } => format!(
                "No mail is on its way any more that {} signed: take these records down. r looks whether they are.",
                names(&there)
            ),
        })
    }
}

impl Model {
    /// What the page of keys is called.
    pub fn dkim_title(&self) -> String {
        self.hub.dkim.domain.as_ref().map(|name| format!("DKIM keys of {name}")).unwrap_or_default()
    }
}
