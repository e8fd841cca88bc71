//! A plan as `mailwizard plan --json` prints it.

use serde_json::{Map, Value, json};

use super::action::{Action, Plan};
use super::{HandEdit, Merged};

impl Plan {
    /// One object with `"schema": 1`. Secrets appear as their length only.
    pub fn to_json(&self) -> Value {
        let paths = |paths: &[std::path::PathBuf]| paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
        json!({
            "schema": 1,
            "changes": !self.is_empty(),
            "actions": self.actions.iter().map(action).collect::<Vec<_>>(),
            "hand_edited": self.edits.iter().map(edit).collect::<Vec<_>>(),
            "kept": paths(&self.kept),
            "notes": self.notes,
        })
    }
}

fn edit(edit: &HandEdit) -> Value {
    let merge = match &edit.merged {
        Merged::Clean(diff) => json!({ "result": "clean", "diff": diff }),
        Merged::Conflicts(conflicts) => json!({
            "result": "conflicts",
            "conflicts": conflicts.iter().map(|c| json!({
                "line": c.line, "before": c.before, "yours": c.yours, "ours": c.ours,
            })).collect::<Vec<_>>(),
        }),
        Merged::Impossible(why) => json!({ "result": "impossible", "why": why }),
    };
    json!({
        "path": edit.path.display().to_string(), "choice": edit.choice.word(),
        "yours": edit.yours, "ours": edit.ours, "merge": merge,
    })
}

fn action(action: &Action) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), action.kind().into());
    object.insert("title".into(), action.title().into());
    let details = match action {
        Action::InstallPackages(names) => json!({ "packages": names }),
        Action::CreateUser(user) => json!({ "user": user.name, "id": user.id }),
        Action::CreateDirectory(directory) => json!({
            "path": directory.path.display().to_string(), "mode": format!("{:04o}", directory.mode),
            "owner": directory.owner, "group": directory.group,
        }),
        Action::WriteFile(change) => json!({
            "path": change.file.path.display().to_string(), "mode": format!("{:04o}", change.file.mode),
            "owner": change.file.owner, "group": change.file.group, "exists": change.exists,
            "secret": change.file.content.is_secret(), "diff": change.diff,
        }),
        Action::GiveUpFile(path) => json!({ "path": path.display().to_string() }),
        Action::Derive(file) => json!({
            "path": file.path.display().to_string(), "from": file.from.display().to_string(),
            "command": file.command.to_string(),
        }),
        Action::SetHostName { from, to } => json!({ "from": from, "to": to.as_str() }),
        Action::OpenPorts(ports) => json!({ "ports": ports.iter().map(|p| p.port).collect::<Vec<_>>() }),
        Action::StandInCertificate(wanted) | Action::ObtainCertificate(wanted) => {
            json!({ "names": wanted.names.iter().map(|n| n.as_str()).collect::<Vec<_>>() })
        }
        Action::Validate { unit, command } => json!({ "unit": unit, "command": command.to_string() }),
        Action::Unit { unit, verb, .. } => json!({ "unit": unit, "verb": verb.word() }),
        Action::WaitReady { unit, .. } => json!({ "unit": unit }),
        Action::MoveMail { from, to } => json!({ "from": from, "to": to }),
        Action::ArchiveMail(owner) | Action::PurgeMail(owner) => json!({ "owner": owner.to_string() }),
        Action::EndMove(address) | Action::EndSessions(address) => json!({ "account": address }),
        Action::AdoptMail(moves) => json!({ "moves": moves }),
        Action::ReloadSystemd | Action::Remember => json!({}),
    };
    if let Value::Object(details) = details {
        object.extend(details);
    }
    Value::Object(object)
}
