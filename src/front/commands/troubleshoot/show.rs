//! The verdict as text.

use std::io::{self, Write};

use crate::finding::FixKind;
use crate::front::diagnosis::Found;
use crate::front::paragraph::wrapped;
use crate::printable::{excerpt, printable};
use crate::symptoms::{Match, symptom};

pub(super) fn show(said: &str, matches: &[Match], found: &Found, out: &mut impl Write) -> io::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    if !said.is_empty() {
        lines.push(format!("You said    \"{}\"", excerpt(said, 300)));
    }
    for matched in matches {
        let title = symptom(matched.id).map(|s| s.title.as_str()).unwrap_or_default();
        let because = match matched.because.is_empty() {
            true => String::new(),
            false => format!(" (\"{}\")", matched.because.join("\", \"")),
        };
        lines.push(format!("  fits      {title}{because}"));
    }
    lines.extend(found.trail.iter().map(|step| format!("  looked    {}", printable(step))));
    let diagnosis = &found.diagnosis;
    for cause in &diagnosis.causes {
        lines.push(String::new());
        lines.push(format!("Cause       {} [{}]", printable(&cause.title), cause.id));
        lines.extend(cause.evidence.iter().flat_map(|e| e.lines()).map(|l| format!("  evidence  {}", printable(l))));
        let who = match cause.fix.kind {
            FixKind::Automatic => "mailwizard can do it: run troubleshoot with --fix",
            FixKind::Instructions => "yours to do",
        };
        lines.push(format!("  fix       ({who})"));
        lines.extend(cause.fix.text.lines().map(|l| format!("            {}", printable(l))));
    }
    if diagnosis.causes.is_empty() {
        lines.push(String::new());
        lines.push("Nothing wrong was found here. What remains:".into());
    } else if !diagnosis.remaining.is_empty() {
        lines.push(String::new());
        lines.push("Not settled".into());
    }
    let left = diagnosis.remaining.iter().flat_map(|text| text.lines());
    lines.extend(left.map(|line| format!("  {}", printable(line))));
    if !diagnosis.ruled_out.is_empty() {
        lines.push(String::new());
        lines.push("Ruled out".into());
        lines.extend(diagnosis.ruled_out.iter().map(|r| format!("  {}: {}", r.id, printable(&r.why))));
    }
    for line in lines.iter().flat_map(|line| if line.is_empty() { vec![String::new()] } else { wrapped(line) }) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
