//! How a file changes, as the operator reviews it.

use similar::TextDiff;

use super::ObservedFile;
use crate::stacks::{Content, ManagedFile};

/// A unified diff with lines about mode and owner before it; for a secret one line without its text.
pub(super) fn describe(file: &ManagedFile, now: Option<&ObservedFile>) -> String {
    let mut text = String::new();
    if let Some(now) = now {
        if now.mode != file.mode {
            text.push_str(&format!("mode {:04o} -> {:04o}\n", now.mode, file.mode));
        }
        if (&now.owner, &now.group) != (&file.owner, &file.group) {
            text.push_str(&format!("owner {}:{} -> {}:{}\n", now.owner, now.group, file.owner, file.group));
        }
    }
    if now.is_some_and(|now| now.content == file.content.bytes()) {
        return text;
    }
    match &file.content {
        Content::Secret(_) => {
            let wanted = file.content.bytes().len();
            match now {
                Some(now) => text.push_str(&format!("secret: {} bytes -> {wanted} bytes\n", now.content.len())),
                None => text.push_str(&format!("secret: {wanted} bytes\n")),
            }
        }
        Content::Text(wanted) => {
            let path = file.path.display().to_string();
            let old = now.map(|now| String::from_utf8_lossy(&now.content).into_owned()).unwrap_or_default();
            let from = if now.is_some() { format!("a{path}") } else { "/dev/null".into() };
            let diff = TextDiff::from_lines(old.as_str(), wanted.as_str());
            text.push_str(&diff.unified_diff().context_radius(3).header(&from, &format!("b{path}")).to_string());
        }
    }
    text
}
