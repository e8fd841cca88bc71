//! Records written down: for a zone file, for a provider's web form, as a table.

use std::fmt::Write;

use super::{Phase, Record, RecordKind};

/// The longest string within a TXT record (RFC 1035 section 3.3).
const STRING: usize = 255;

/// Records as lines of zone files (RFC 1035 section 5), zone by zone, each with its reason as a comment.
pub fn zone_file(records: &[Record]) -> String {
    let mut text = String::new();
    for zone in zones(records) {
        let of_zone: Vec<&Record> = records.iter().filter(|r| r.zone == zone).collect();
        let whose = if of_zone.iter().all(|r| r.kind == RecordKind::Ptr) {
            ", which the hoster of the address keeps"
        } else {
            ""
        };
        let _ = writeln!(text, "; zone {zone}{whose}");
        for record in of_zone {
            let _ = writeln!(text, "; {}{}", note(record), record.why);
            let _ = writeln!(text, "{}", zone_line(record));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// One record as a line of a zone file; TXT data is quoted and split.
pub fn zone_line(record: &Record) -> String {
    format!("{} {} IN {} {}", record.name, record.ttl, record.kind.as_str(), zone_data(record))
}

/// The data of a record as a zone file has it.
pub fn zone_data(record: &Record) -> String {
    if record.kind == RecordKind::Txt { quoted_strings(&record.data) } else { record.data.clone() }
}

/// TXT data as strings of at most 255 octets each in quotes, as zone files and some web forms want it.
pub fn quoted_strings(data: &str) -> String {
    let mut strings: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut octets = 0;
    for c in data.chars() {
        if octets + c.len_utf8() > STRING {
            strings.push(std::mem::take(&mut current));
            octets = 0;
        }
        octets += c.len_utf8();
        if matches!(c, '"' | '\\') {
            current.push('\\');
        }
        current.push(c);
    }
    strings.push(current);
    strings.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(" ")
}

/// Records as most providers' web forms ask for them: one field a line, names relative to the zone, TXT as one line
/// without quotes.
pub fn web_form(records: &[Record]) -> String {
    let mut text = String::new();
    for zone in zones(records) {
        let of_zone: Vec<&Record> = records.iter().filter(|r| r.zone == zone).collect();
        let bare = zone.trim_end_matches('.');
        if of_zone.iter().all(|r| r.kind == RecordKind::Ptr) {
            let _ = writeln!(text, "At the hoster of the address\n");
        } else {
            let _ = writeln!(text, "Where you manage {bare}\n");
        }
        for record in of_zone {
            text.push_str(&web_fields(record));
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// One record as the fields of a web form.
pub fn web_fields(record: &Record) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "  {}{}", note(record), record.why);
    if record.kind == RecordKind::Ptr {
        let _ = writeln!(text, "  Reverse   {}", record.name.trim_end_matches('.'));
        let _ = writeln!(text, "  Name      {}", record.data.trim_end_matches('.'));
        return text;
    }
    let _ = writeln!(text, "  Type      {}", record.kind.as_str());
    let _ = writeln!(text, "  Name      {}", relative_name(record));
    match (record.kind, record.data.split(' ').collect::<Vec<_>>().as_slice()) {
        (RecordKind::Mx, [preference, target]) => {
            let _ = writeln!(text, "  Priority  {preference}\n  Value     {target}");
        }
        (RecordKind::Srv, [priority, weight, port, target]) => {
            let _ = writeln!(
                text,
                "  Priority  {priority}\n  Weight    {weight}\n  Port      {port}\n  Value     {target}"
            );
        }
        _ => {
            let _ = writeln!(text, "  Value     {}", record.data);
        }
    }
    let _ = writeln!(text, "  TTL       {}", record.ttl);
    text
}

/// The owner name as a provider's form wants it: relative to the zone, `@` for the zone itself.
pub fn relative_name(record: &Record) -> &str {
    if record.name == record.zone {
        return "@";
    }
    match record.name.strip_suffix(record.zone.as_str()).and_then(|head| head.strip_suffix('.')) {
        Some(head) => head,
        None => &record.name,
    }
}

/// Records as a table for the eye, zone by zone; data longer than the line is cut.
pub fn table(records: &[Record], columns: usize) -> String {
    let mut text = String::new();
    for zone in zones(records) {
        let of_zone: Vec<&Record> = records.iter().filter(|r| r.zone == zone).collect();
        let _ = writeln!(text, "{}", zone.trim_end_matches('.'));
        let width = of_zone.iter().map(|r| relative_name(r).len()).max().unwrap_or(0).min(28);
        for record in of_zone {
            let mark = match (record.phase, record.required) {
                (Phase::After, true) => "last",
                (_, true) => "",
                (_, false) => "opt.",
            };
            let head = format!("  {mark:4} {:5} {:width$}  ", record.kind.as_str(), relative_name(record));
            let room = columns.saturating_sub(head.chars().count()).max(20);
            let _ = writeln!(text, "{head}{}", crate::printable::excerpt(&record.data, room));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Zones in the order they first appear, those at the hoster last.
fn zones(records: &[Record]) -> Vec<&str> {
    let mut zones: Vec<&str> = Vec::new();
    let own = records.iter().filter(|r| r.kind != RecordKind::Ptr);
    for record in own.chain(records.iter().filter(|r| r.kind == RecordKind::Ptr)) {
        if !zones.contains(&record.zone.as_str()) {
            zones.push(&record.zone);
        }
    }
    zones
}

fn note(record: &Record) -> &'static str {
    match (record.phase, record.required) {
        (Phase::After, true) => "[last] ",
        (Phase::After, false) => "[optional, late] ",
        (Phase::Before, true) => "",
        (Phase::Before, false) => "[optional] ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, kind: RecordKind, data: &str) -> Record {
        Record {
            name: name.into(),
            kind,
            ttl: 3600,
            data: data.into(),
            zone: "example.org.".into(),
            why: "A reason.".into(),
            required: true,
            phase: Phase::Before,
        }
    }

    #[test]
    fn long_text_is_split_and_joins_back_to_itself() {
        let data = "x".repeat(410);
        let quoted = quoted_strings(&data);
        let strings: Vec<&str> = quoted.split("\" \"").map(|s| s.trim_matches('"')).collect();
        assert_eq!(strings.iter().map(|s| s.len()).collect::<Vec<_>>(), [255, 155]);
        assert_eq!(strings.concat(), data);
        assert_eq!(quoted_strings("say \"hi\" \\"), r#""say \"hi\" \\""#);
    }

    #[test]
    fn a_zone_file_is_absolute_and_explains_itself() {
        let mut mx = record("example.org.", RecordKind::Mx, "10 mail.example.org.");
        mx.phase = Phase::After;
        let mut ptr = record("10.2.0.192.in-addr.arpa.", RecordKind::Ptr, "mail.example.org.");
        ptr.zone = "2.0.192.in-addr.arpa.".into();
        let text = zone_file(&[ptr, record("example.org.", RecordKind::Txt, "v=spf1 mx -all"), mx]);
        assert_eq!(
            text,
            "; zone example.org.\n; A reason.\nexample.org. 3600 IN TXT \"v=spf1 mx -all\"\n; [last] A reason.\nexample.org. 3600 IN MX 10 mail.example.org.\n\n; zone 2.0.192.in-addr.arpa., which the hoster of the address keeps\n; A reason.\n10.2.0.192.in-addr.arpa. 3600 IN PTR mail.example.org.\n"
        );
    }

    #[test]
    fn a_web_form_has_relative_names_and_unquoted_text() {
        let text = web_form(&[
            record("example.org.", RecordKind::Mx, "10 mail.example.org."),
            record("_dmarc.example.org.", RecordKind::Txt, "v=DMARC1; p=none"),
        ]);
        assert_eq!(
            text,
            "Where you manage example.org\n\n  A reason.\n  Type      MX\n  Name      @\n  Priority  10\n  Value     mail.example.org.\n  TTL       3600\n\n  A reason.\n  Type      TXT\n  Name      _dmarc\n  Value     v=DMARC1; p=none\n  TTL       3600\n"
        );
    }

    #[test]
    fn a_table_fits_its_columns() {
        let text = table(&[record("r2026a._domainkey.example.org.", RecordKind::Txt, &"k".repeat(400))], 80);
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        assert!(text.contains(".."), "{text}");
    }
}
