//! Compared records as lines.

use crate::printable::{excerpt, printable};
use crate::records::{ComparedRecord, Phase, RecordKind, text};

/// One record in one line: state, when it is due, type, name, value. As long as its value.
pub fn line(compared: &ComparedRecord) -> String {
    let record = &compared.wanted;
    let due = match (record.phase, record.required) {
        (Phase::After, true) => "last",
        (_, true) => "",
        (_, false) => "opt.",
    };
    let mark = format!("[{}]", compared.state.word());
    let name = excerpt(text::relative_name(record), 24);
    format!("  {mark:6} {due:4} {:5} {name}  {}", record.kind.as_str(), printable(&record.data))
}

/// A record to publish.
pub struct Details {
    /// What and where.
    pub heading: String,
    /// The value, whole, on a line of its own to select and copy: never broken.
    pub value: String,
    /// Why, what is there now, what to do.
    pub notes: Vec<String>,
}

/// Everything about one record.
pub fn details(compared: &ComparedRecord) -> Details {
    let record = &compared.wanted;
    let bare = record.name.trim_end_matches('.');
    let heading = match record.kind {
        RecordKind::Ptr => format!("Reverse DNS, at the hoster of the address, for {bare}"),
        kind => format!("{} record of {bare}", kind.as_str()),
    };
    let mut notes = vec![format!("  {}", printable(&record.why))];
    notes.extend(compared.found.iter().map(|found| format!("  There now: {}", excerpt(found, 300))));
    notes.push(format!("  {}", printable(&compared.why)));
    notes.extend(compared.advice.iter().map(|advice| format!("  {}", printable(advice))));
    Details { heading, value: printable(&record.data), notes }
}
