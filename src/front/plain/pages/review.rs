//! Everything that will be done, before anything is done.

use super::Setup;
use crate::apply::Prepared;
use crate::front::exit::Failure;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::front::wizard::{WizardError, accept};
use crate::plan::{Action, EditChoices, Edited, Merged, ObservedFile, steps};
use crate::spec::answers;
use crate::steps::{Choice, Engine};

const DIFFS: Verb = Verb { key: 'd', label: "show every difference" };
const APPLY: Verb = Verb { key: 'a', label: "apply all of this" };
const GO_ON: Verb = Verb { key: 'g', label: "go on" };
const SAVE: Verb = Verb { key: 's', label: "save the answers to a file" };
const BACK: Verb = Verb { key: 'b', label: "back" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

impl Setup<'_> {
    pub(super) fn review(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        let accepted = match accept(&*self.wizard.host, &self.wizard.paths, &mut engine.draft) {
            Ok(accepted) => accepted,
            Err(WizardError::Problems(problems)) => {
                problems.iter().try_for_each(|p| asker.say(p))?;
                return Ok(Onward::Back);
            }
            Err(other) => return Err(other.into()),
        };
        self.generated = accepted.generated;
        self.accepted = Some(accepted.spec.clone());
        let prepared = self.wizard.prepare(accepted.spec, &EditChoices::default())?;
        show(asker, &prepared)?;
        let verbs: &[Verb] =
            if prepared.plan.is_empty() { &[GO_ON, SAVE, BACK, LEAVE] } else { &[DIFFS, APPLY, SAVE, BACK, LEAVE] };
        loop {
            asker.show("")?;
            match asker.verb("", verbs)? {
                Reply::Given('d') => show_diffs(asker, &prepared)?,
                Reply::Given('s') => self.save_answers(asker, engine)?,
                Reply::Given('g') => return Ok(Onward::To("verify")),
                Reply::Given('a') => match self.edited_files(asker, &prepared)? {
                    Reply::Given(edited) => {
                        self.edited = edited;
                        return Ok(Onward::GoOn);
                    }
                    Reply::Back => {}
                    Reply::Leave => return Ok(Onward::Leave),
                },
                Reply::Given('b') | Reply::Back => return Ok(Onward::Back),
                Reply::Given(_) | Reply::Leave => return Ok(Onward::Leave),
            }
        }
    }

    /// Files that the operator edited are never written over without being asked about, one by one.
    fn edited_files(&mut self, asker: &mut dyn Asker, prepared: &Prepared) -> Result<Reply<EditChoices>, Failure> {
        const KEEP: Choice = Choice { value: "keep", label: "keep yours", meaning: "it stays as it is" };
        const REPLACE: Choice =
            Choice { value: "replace", label: "write ours", meaning: "yours goes into the history" };
        const MERGE: Choice = Choice { value: "merge", label: "merge", meaning: "both changes together" };
        let mut choices = EditChoices::default();
        for edit in &prepared.plan.edits {
            asker.show("")?;
            let path = crate::printable::printable(&edit.path.display().to_string());
            asker.say(&format!("You changed {path} since it was written here ({}).", edit.purpose))?;
            for line in edit.lines() {
                asker.show(&format!("  {}", crate::printable::printable(&line.replace('\t', "    "))))?;
            }
            let offered: &[(Choice, Edited)] = match edit.merged {
                Merged::Clean(_) => &[(KEEP, Edited::Keep), (MERGE, Edited::Merge), (REPLACE, Edited::Replace)],
                _ => &[(KEEP, Edited::Keep), (REPLACE, Edited::Replace)],
            };
            let listed: Vec<Choice> = offered.iter().map(|(choice, _)| *choice).collect();
            match asker.choice("This file", "", &listed, None)? {
                Reply::Given(at) => choices.choose(edit.path.clone(), offered[at].1),
                Reply::Back => return Ok(Reply::Back),
                Reply::Leave => return Ok(Reply::Leave),
            }
        }
        Ok(Reply::Given(choices))
    }

    fn save_answers(&mut self, asker: &mut dyn Asker, engine: &Engine) -> Result<(), Failure> {
        let Ok(spec) = engine.draft.spec() else { return Ok(()) };
        let help = "The file can be used again with --answers. There are no passwords in it.";
        let Reply::Given(name) = asker.text("File", help, "/root/answers.toml")? else { return Ok(()) };
        let path = std::path::absolute(name)?;
        if self.wizard.host.read(&path)?.is_some() {
            asker.say(&format!("'{}' is there already: give another name.", path.display()))?;
            return Ok(());
        }
        let content = answers::to_toml(&spec)?.into_bytes();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        match self.wizard.host.write(&path, &file) {
            Ok(()) => asker.say(&format!("Written: {}", path.display()))?,
            Err(refusal) => asker.say(&refusal.to_string())?,
        }
        Ok(())
    }
}

fn show(asker: &mut dyn Asker, prepared: &Prepared) -> std::io::Result<()> {
    let plan = &prepared.plan;
    asker.show("")?;
    if let Some(unfinished) = &prepared.unfinished {
        asker.say(&unfinished.sentence())?;
    }
    if plan.is_empty() {
        return asker.say("Everything is as it should be: there is nothing to do.");
    }
    for (number, step) in (1..).zip(steps(&plan.actions)) {
        asker.say(&format!("  {number:>2} {}", step.title))?;
    }
    let files: Vec<_> = plan.file_changes().collect();
    if !files.is_empty() {
        asker.show("")?;
        asker.say("Files:")?;
        for change in files {
            let word = if change.exists { "changed" } else { "new" };
            let path = crate::printable::printable(&change.file.path.display().to_string());
            asker.say(&format!("  {word:7} {path}"))?;
        }
    }
    for action in &plan.actions {
        match action {
            Action::InstallPackages(names) => asker.say(&format!("\nPackages: {}", names.join(" ")))?,
            Action::OpenPorts(ports) => {
                let ports: Vec<String> = ports.iter().map(|p| format!("{} ({})", p.port, p.purpose)).collect();
                asker.say(&format!("Firewall: opened for {}", ports.join(", ")))?;
            }
            _ => {}
        }
    }
    plan.notes.iter().try_for_each(|note| asker.say(&format!("Note: {note}")))
}

fn show_diffs(asker: &mut dyn Asker, prepared: &Prepared) -> std::io::Result<()> {
    for change in prepared.plan.file_changes() {
        let path = crate::printable::printable(&change.file.path.display().to_string());
        asker.show("")?;
        asker.say(&format!("{path} ({})", change.file.purpose))?;
        for line in change.diff.lines() {
            asker.show(&crate::printable::printable(line))?;
        }
    }
    Ok(())
}
