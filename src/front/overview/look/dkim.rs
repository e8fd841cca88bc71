//! Changes of DKIM keys that are under way.

use crate::front::overview::{Rotation, RotationStep};
use crate::front::wizard::{Wizard, WizardError};
use crate::keys::dkim::{self, KeyState};
use crate::spec::Spec;

pub(super) fn look(wizard: &Wizard, spec: &Spec) -> Result<Vec<Rotation>, WizardError> {
    let now = wizard.host.now();
    let mut rotations = Vec::new();
    for domain in &spec.domains {
        let keys = dkim::listed(&*wizard.host, &wizard.paths, domain, spec)?;
        let may_go = |state: KeyState| matches!(state, KeyState::Stopped(at) if dkim::may_go(at) <= now);
        let next = if keys.iter().any(|key| key.state == KeyState::Next) {
            RotationStep::Switch
        } else if keys.iter().any(|key| may_go(key.state)) {
            RotationStep::LetGo
        } else {
            continue;
        };
        rotations.push(Rotation { domain: domain.name.clone(), next });
    }
    Ok(rotations)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::host::FakeHost;
    use crate::spec::answers;
    use crate::store::Paths;

    #[test]
    fn new_keys_wait_until_they_sign() {
        let wizard = Wizard { host: Arc::new(FakeHost::default()), paths: Paths::default() };
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n";
        let spec = answers::parse(text).unwrap().spec;
        dkim::load_or_make(&*wizard.host, &wizard.paths, &spec).unwrap();
        assert_eq!(look(&wizard, &spec).unwrap(), []);
        dkim::make_next(&*wizard.host, &wizard.paths, &spec.domains[0], &spec).unwrap();
        let waits = Rotation { domain: spec.domains[0].name.clone(), next: RotationStep::Switch };
        assert_eq!(look(&wizard, &spec).unwrap(), [waits]);
    }
}
