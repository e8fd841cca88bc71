//! `submission-dkim-milter`: whatever way our mail goes in, the signer sees it.

use std::path::Path;
use std::time::Duration;

use crate::checks::{Check, Context, Own, Reach};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// Submission and the machine's own mail both pass the filter that signs.
pub static SUBMISSION_DKIM_MILTER: Check = Check {
    id: "submission-dkim-milter",
    area: Area::Submission,
    why: "Mail that goes around the filter leaves unsigned: cron's by one way, people's by the other.",
    rfc: "RFC 6376 section 1.1, postconf(5) smtpd_milters and non_smtpd_milters",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: Context::this_host,
    run: |context, _| Box::pin(context.on_host(milters)),
};

fn milters(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    if host.which("postconf").is_none() || host.read(Path::new("/etc/postfix/main.cf"))?.is_none() {
        return Ok(Finding::skipped("Postfix is not what takes mail here"));
    }
    let run = |arguments: &[&str]| host.run(&CommandLine::new("postconf", arguments), &mut |_| {}).map(|o| o.stdout);
    let mut lines: Vec<String> =
        run(&["-x", "smtpd_milters", "non_smtpd_milters"])?.lines().map(str::to_owned).collect();
    // What a service of master.cf sets wins over main.cf.
    lines.extend(run(&["-P"])?.lines().filter(|l| l.contains("smtpd_milters")).map(str::to_owned));
    lines.extend(run(&["-M"])?.lines().filter(|l| is_submission(l)).map(str::to_owned));
    Ok(judge(&lines).evidence(lines))
}

fn is_submission(line: &str) -> bool {
    let service = line.split_whitespace().next().unwrap_or_default();
    ["submission", "submissions", "smtps", "465", "587"].contains(&service)
        || service.ends_with(":465")
        || service.ends_with(":587")
}

fn judge(lines: &[String]) -> Finding {
    let value = |name: &str| {
        lines.iter().find_map(|l| l.split_once('=').filter(|(n, _)| n.trim() == name).map(|(_, v)| v.trim().to_owned()))
    };
    let everywhere = value("smtpd_milters").unwrap_or_default();
    let services: Vec<&str> =
        lines.iter().filter(|l| is_submission(l)).filter_map(|l| l.split_whitespace().next()).collect();
    let mut around = Vec::new();
    for service in services {
        let own = value(&format!("{service}/inet/smtpd_milters"));
        if own.unwrap_or_else(|| everywhere.clone()).is_empty() {
            around.push(format!("mail that comes in at {service}"));
        }
    }
    if value("non_smtpd_milters").is_none_or(|v| v.is_empty()) {
        around.push("mail of the machine itself (sendmail)".to_owned());
    }
    match around.is_empty() {
        true => Finding::pass("submission and the machine's own mail pass the filter"),
        false => Finding::fail(
            format!("{} passes no filter, and leaves unsigned", around.join(" and ")),
            "a milter on both ways",
        )
        .automatic("mailwizard apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn outcome(lines: &[&str]) -> Outcome {
        judge(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>()).outcome
    }

    #[test]
    fn both_ways_are_looked_at() {
        let services = "submission inet n - y - - smtpd -o smtpd_tls_security_level=encrypt";
        let both = ["smtpd_milters = inet:127.0.0.1:11332", "non_smtpd_milters = inet:127.0.0.1:11332", services];
        assert_eq!(outcome(&both), Outcome::Pass);
        assert_eq!(outcome(&["smtpd_milters = inet:127.0.0.1:11332", "non_smtpd_milters =", services]), Outcome::Fail);
        assert_eq!(
            outcome(&[
                "smtpd_milters =",
                "non_smtpd_milters = unix:x",
                services,
                "submission/inet/smtpd_milters = unix:x"
            ]),
            Outcome::Pass
        );
        assert_eq!(
            outcome(&[
                "smtpd_milters = unix:x",
                "non_smtpd_milters = unix:x",
                services,
                "submission/inet/smtpd_milters ="
            ]),
            Outcome::Fail
        );
    }
}
