//! A change of DKIM keys in steps that mail survives: where it stands, and what comes next.

use jiff::Timestamp;

use super::{DkimSeen, Wizard, WizardError};
use crate::keys::dkim::{self, KeyState};
use crate::records::RecordState;
use crate::spec::{Domain, MailDomain, Selector, Spec};

/// Where it stands. The order of the steps is that of RFC 6376 section 3.1 and M3AAWG's advice on key rotation: publish,
/// wait, switch, keep the old record until no mail that it signed is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationStage {
    /// None is under way.
    Rests,
    /// The new keys wait for their records.
    Publishing {
        /// The new keys.
        next: Vec<Selector>,
        /// Those of them whose record some name server does not have.
        missing: Vec<Selector>,
    },
    /// Every name server has the records of these keys: they can sign.
    Ready(Vec<Selector>),
    /// Others sign than before; the records of these stay until then.
    Keeping(Vec<Selector>, Timestamp),
    /// Old records may go.
    LettingGo {
        /// Whose records are down.
        gone: Vec<Selector>,
        /// Whose are still there.
        there: Vec<Selector>,
    },
}

impl RotationStage {
    /// As the keys of one domain and their records show it.
    pub fn of(seen: &[DkimSeen], now: Timestamp) -> Self {
        let next: Vec<&DkimSeen> = seen.iter().filter(|s| s.key.state == KeyState::Next).collect();
        if !next.is_empty() {
            let missing: Vec<&DkimSeen> = next.iter().copied().filter(|s| !s.record.state.is_published()).collect();
            return if missing.is_empty() {
                Self::Ready(selectors(&next))
            } else {
                Self::Publishing { next: selectors(&next), missing: selectors(&missing) }
            };
        }
        let stopped =
            |s: &DkimSeen| if let KeyState::Stopped(at) = s.key.state { Some(dkim::may_go(at)) } else { None };
        let old: Vec<&DkimSeen> = seen.iter().filter(|s| stopped(s).is_some()).collect();
        let Some(due) = old.iter().copied().filter_map(stopped).max() else { return Self::Rests };
        if due > now {
            return Self::Keeping(selectors(&old), due);
        }
        let (gone, there): (Vec<&DkimSeen>, Vec<_>) =
            old.into_iter().partition(|s| s.record.state == RecordState::Missing);
        Self::LettingGo { gone: selectors(&gone), there: selectors(&there) }
    }
}

/// What going back means, where a rotation is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayBack {
    /// There is nothing to go back from.
    Nothing,
    /// These never signed: they are dropped.
    Drop(Vec<Selector>),
    /// These sign again.
    SignAgain(Vec<Selector>),
    /// These signed before, but their records are not at every name server any more: mail signed with them would fail.
    TooLate(Vec<Selector>),
}

impl WayBack {
    /// As the keys of one domain and their records show it.
    pub fn of(seen: &[DkimSeen]) -> Self {
        let next: Vec<&DkimSeen> = seen.iter().filter(|s| s.key.state == KeyState::Next).collect();
        let old: Vec<&DkimSeen> = seen.iter().filter(|s| matches!(s.key.state, KeyState::Stopped(_))).collect();
        match (next.is_empty(), old.is_empty()) {
            (false, _) => Self::Drop(selectors(&next)),
            (true, true) => Self::Nothing,
            (true, false) if old.iter().all(|s| s.record.state.is_published()) => Self::SignAgain(selectors(&old)),
            (true, false) => Self::TooLate(selectors(&old)),
        }
    }
}

fn selectors(seen: &[&DkimSeen]) -> Vec<Selector> {
    seen.iter().map(|s| s.key.public.selector.clone()).collect()
}

impl Wizard {
    /// The keys of a served domain beside their records. What an apply, or an undo, changed about who signs is noted
    /// first; keys whose records are down and may be are taken off the list.
    pub async fn rotation(&self, spec: &Spec, domain: &MailDomain) -> Result<Vec<DkimSeen>, WizardError> {
        dkim::note_who_signs(&*self.host, &self.paths, domain, spec)?;
        let mut seen = self.dkim(spec, domain).await?;
        if let RotationStage::LettingGo { gone, .. } = RotationStage::of(&seen, self.host.now())
            && !gone.is_empty()
        {
            self.drop_keys(&domain.name, &gone)?;
            seen.retain(|s| !gone.contains(&s.key.public.selector));
        }
        Ok(seen)
    }

    /// Makes the keys that are to sign next, where there are none yet.
    pub fn make_next_keys(&self, spec: &Spec, domain: &MailDomain) -> Result<(), WizardError> {
        Ok(dkim::make_next(&*self.host, &self.paths, domain, spec)?)
    }

    /// Takes keys that do not sign off the list.
    pub fn drop_keys(&self, domain: &Domain, selectors: &[Selector]) -> Result<(), WizardError> {
        Ok(dkim::withdraw(&*self.host, &self.paths, domain, selectors)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::dkim::ListedKey;
    use crate::records::{ComparedRecord, DkimPublic, Phase, Record, RecordKind};
    use crate::stacks::DkimAlgorithm;

    fn key(selector: &str, state: KeyState, record: RecordState) -> DkimSeen {
        let domain = Domain::parse("example.org").unwrap();
        let selector = Selector::parse(selector).unwrap();
        let public = DkimPublic { domain, selector, algorithm: DkimAlgorithm::Ed25519, public: "abc".into() };
        let wanted = Record {
            name: public.record_name(),
            kind: RecordKind::Txt,
            ttl: 3600,
            data: public.record_text(),
            zone: "example.org.".into(),
            why: String::new(),
            required: true,
            phase: Phase::Before,
        };
        DkimSeen {
            key: ListedKey { public, made: None, state },
            record: ComparedRecord {
                wanted,
                state: record,
                found: Vec::new(),
                why: String::new(),
                advice: None,
                servers: Vec::new(),
            },
        }
    }

    fn named(names: &[&str]) -> Vec<Selector> {
        names.iter().map(|name| Selector::parse(name).unwrap()).collect()
    }

    #[test]
    fn each_stage_is_told_by_the_keys_and_their_records() {
        use KeyState::{Next, Signs, Stopped};
        use RecordState::{Disagree, Missing, Ok};
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, recent, long_ago) =
            (at("2026-11-27T08:00:00Z"), at("2026-11-25T08:00:00Z"), at("2026-11-01T08:00:00Z"));
        let of = |keys: &[DkimSeen]| (RotationStage::of(keys, now), WayBack::of(keys));
        let signs = || key("e1", Signs, Ok);
        assert_eq!(of(&[signs()]), (RotationStage::Rests, WayBack::Nothing));
        assert_eq!(
            of(&[signs(), key("e2", Next, Disagree), key("r2", Next, Ok)]),
            (
                RotationStage::Publishing { next: named(&["e2", "r2"]), missing: named(&["e2"]) },
                WayBack::Drop(named(&["e2", "r2"]))
            )
        );
        assert_eq!(of(&[signs(), key("e2", Next, Ok)]).0, RotationStage::Ready(named(&["e2"])));
        assert_eq!(
            of(&[key("e0", Stopped(recent), Ok), signs()]),
            (RotationStage::Keeping(named(&["e0"]), at("2026-12-02T08:00:00Z")), WayBack::SignAgain(named(&["e0"])))
        );
        assert_eq!(
            of(&[key("e0", Stopped(long_ago), Missing), key("r0", Stopped(long_ago), Ok), signs()]),
            (
                RotationStage::LettingGo { gone: named(&["e0"]), there: named(&["r0"]) },
                WayBack::TooLate(named(&["e0", "r0"]))
            )
        );
        let again = [key("e0", Stopped(long_ago), Ok), signs(), key("e2", Next, Missing)];
        assert!(
            matches!(of(&again).0, RotationStage::Publishing { .. }),
            "a new one comes before what is left of the old"
        );
    }
}
