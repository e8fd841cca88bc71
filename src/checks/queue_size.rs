//! `queue-size`: mail that waits.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// How much mail waits in the queue, how long, and why.
pub static QUEUE_SIZE: Check = Check {
    id: "queue-size",
    area: Area::Service,
    why: "Mail that waits long is given back to its sender after five days.",
    rfc: "postqueue(1), RFC 5321 section 4.5.4.1",
    needs: &["service-running"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(20),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(queue)),
};

/// The fields of `postqueue -j` that are read.
#[derive(serde::Deserialize)]
struct Waiting {
    queue_name: String,
    arrival_time: i64,
    #[serde(default)]
    recipients: Vec<Recipient>,
}

#[derive(serde::Deserialize)]
struct Recipient {
    #[serde(default)]
    delay_reason: String,
}

fn queue(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    if host.which("postqueue").is_none() {
        return Ok(Finding::skipped("this stack has no postqueue"));
    }
    let output = host.run(&CommandLine::new("postqueue", &["-j"]), &mut |_| {})?;
    if !output.succeeded() {
        return Ok(Finding::unknown("postqueue does not answer").evidence(output.stderr.lines()));
    }
    Ok(judge(&output.stdout, host.now().as_second()))
}

fn judge(json_lines: &str, now: i64) -> Finding {
    let mut waiting = Vec::new();
    for line in json_lines.lines().filter(|l| !l.trim().is_empty()) {
        match serde_json::from_str::<Waiting>(line) {
            Ok(message) => waiting.push(message),
            Err(error) => return Finding::unknown(format!("a line of postqueue -j cannot be read: {error}")),
        }
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in waiting.iter().flat_map(|m| &m.recipients).map(|r| r.delay_reason.as_str()) {
        *reasons.entry(reason).or_default() += usize::from(!reason.is_empty());
    }
    let evidence: Vec<String> =
        reasons.iter().filter(|(_, n)| **n > 0).take(10).map(|(reason, n)| format!("{n} x {reason}")).collect();
    // Mail on hold waits because somebody wants it to.
    let oldest = waiting.iter().filter(|m| m.queue_name != "hold").map(|m| now - m.arrival_time).max().unwrap_or(0);
    let found = match waiting.len() {
        0 => "empty".to_owned(),
        n => format!("{n} waiting, the oldest for {}", age(oldest)),
    };
    let look = "'postqueue -p' lists it, with the reason for each.";
    let finding = if waiting.len() > 1000 || oldest > 4 * 86_400 {
        Finding::fail(found, "fewer than 1000, none older than four days").instructions(look)
    } else if waiting.len() > 100 || oldest > 3_600 {
        Finding::warn(found, "fewer than 100, none older than an hour").instructions(look)
    } else {
        Finding::pass(found)
    };
    finding.evidence(evidence)
}

/// Seconds as people say them: "5 min", "3 h", "2 days".
pub fn age(seconds: i64) -> String {
    match seconds {
        ..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn line(age: i64, queue: &str) -> String {
        format!(
            r#"{{"queue_name": "{queue}", "queue_id": "4F1A", "arrival_time": {}, "message_size": 1, "sender": "", "recipients": [{{"address": "b@x.example", "delay_reason": "connect timed out"}}]}}"#,
            1_000_000 - age
        ) + "\n"
    }

    #[test]
    fn messages_are_counted_not_lines_and_age_matters() {
        assert_eq!(judge("", 1_000_000).found, "empty");
        let finding = judge(&line(120, "deferred").repeat(3), 1_000_000);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Pass, "3 waiting, the oldest for 2 min"));
        assert_eq!(finding.evidence, ["3 x connect timed out"]);
        assert_eq!(judge(&line(7_300, "deferred"), 1_000_000).outcome, Outcome::Warn);
        assert_eq!(judge(&line(500_000, "deferred"), 1_000_000).outcome, Outcome::Fail);
        assert_eq!(judge(&line(500_000, "hold"), 1_000_000).outcome, Outcome::Pass);
        assert_eq!(judge("{", 1_000_000).outcome, Outcome::Unknown);
    }
}
