//! `host-fqdn` and `host-hosts-loopback`: what this machine calls itself.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::spec::{Domain, Fqdn, Spec};
use crate::stacks::CommandLine;

/// The kernel, `/etc/hostname`, `/etc/mailname` and Postfix agree on the wanted name.
pub static HOST_FQDN: Check = Check {
    id: "host-fqdn",
    area: Area::Host,
    why: "Other servers compare the name this machine gives with its addresses.",
    rfc: "RFC 5321 sections 2.3.5 and 4.1.1.1",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(names)),
};

/// `/etc/hosts` does not send this machine's own name to loopback.
pub static HOST_HOSTS_LOOPBACK: Check = Check {
    id: "host-hosts-loopback",
    area: Area::Host,
    why: "A name that /etc/hosts sends to loopback looks right here and wrong everywhere else.",
    rfc: "hosts(5), Debian Reference section 5.1.1",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(5),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(|own, host| loopback(&own.spec.hostname, host))),
};

fn names(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let wanted = &own.spec.hostname;
    let mut seen = Vec::new();
    for path in ["/proc/sys/kernel/hostname", "/etc/hostname", "/etc/mailname"] {
        if let Some(file) = host.read(Path::new(path))? {
            seen.push((path.to_owned(), String::from_utf8_lossy(&file.content).trim().to_owned()));
        }
    }
    if host.which("postconf").is_some() {
        let output = host.run(&CommandLine::new("postconf", &["-hx", "myhostname"]), &mut |_| {})?;
        seen.push(("postconf myhostname".into(), output.stdout.trim().to_owned()));
    }
    Ok(judge_names(&own.spec, wanted, &seen))
}

fn judge_names(spec: &Spec, wanted: &Fqdn, seen: &[(String, String)]) -> Finding {
    let evidence = seen.iter().map(|(whence, name)| format!("{whence}: {name}"));
    // /etc/mailname holds what is put after '@' for local mail, which may be a domain of ours.
    let other = seen.iter().find(|(whence, name)| {
        let is_served_domain = || Domain::parse(name).is_ok_and(|d| spec.domain(&d).is_some());
        !(name.eq_ignore_ascii_case(wanted.as_str()) || (whence == "/etc/mailname" && is_served_domain()))
    });
    let finding = match other {
        Some((whence, name)) => {
            Finding::fail(format!("{whence} says '{}'", crate::printable::excerpt(name, 80)), wanted.as_str())
                .automatic("mailwizard apply")
        }
        None if spec.domains.iter().any(|d| d.name == *wanted) => Finding::warn(
            format!("{wanted} is the host name and a mail domain at once"),
            "a host name of its own, like mail.example.org",
        )
        .instructions("Move the host name below the domain when you set up the next machine; it works as it is."),
        None => Finding::pass(wanted.as_str()),
    };
    finding.evidence(evidence)
}

fn loopback(wanted: &Fqdn, host: &dyn Host) -> Result<Finding, HostError> {
    let hosts = host.read(Path::new("/etc/hosts"))?.map(|f| f.content).unwrap_or_default();
    Ok(judge_hosts(wanted, &String::from_utf8_lossy(&hosts)))
}

fn judge_hosts(wanted: &Fqdn, hosts: &str) -> Finding {
    let line = hosts.lines().find(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        words.next().and_then(|a| a.parse::<IpAddr>().ok()).is_some_and(|a| a.is_loopback())
            && words.any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(wanted.as_str()))
    });
    match line {
        None => Finding::pass(format!("/etc/hosts does not send {wanted} to loopback")),
        Some(line) => Finding::fail(
            format!("/etc/hosts: {}", crate::printable::excerpt(line, 100)),
            format!("{wanted} at its public address, or not in /etc/hosts at all"),
        )
        .automatic("mailwizard apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::spec::MailDomain;

    fn spec() -> Spec {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.domains.push(MailDomain::new(Domain::parse("example.org").unwrap()));
        spec
    }

    fn seen(pairs: &[(&str, &str)]) -> Finding {
        let pairs: Vec<_> = pairs.iter().map(|(w, n)| ((*w).to_owned(), (*n).to_owned())).collect();
        judge_names(&spec(), &spec().hostname, &pairs)
    }

    #[test]
    fn names_are_compared_without_case_and_mailname_may_be_a_domain() {
        let finding = seen(&[("/etc/hostname", "Mail.Example.ORG"), ("/etc/mailname", "example.org")]);
        assert_eq!(finding.outcome, Outcome::Pass);
        assert_eq!(seen(&[("/etc/hostname", "localhost.localdomain")]).outcome, Outcome::Fail);
        assert_eq!(seen(&[("/etc/hostname", "example.org")]).outcome, Outcome::Fail);
    }

    #[test]
    fn only_a_loopback_line_with_the_whole_name_is_a_trap() {
        let name = spec().hostname;
        let judge = |hosts: &str| judge_hosts(&name, hosts).outcome;
        assert_eq!(judge("127.0.1.1 mail.example.org mail\n"), Outcome::Fail);
        assert_eq!(judge("::1 localhost MAIL.example.org\n"), Outcome::Fail);
        assert_eq!(judge("127.0.1.1 old # mail.example.org\n198.51.100.10 mail.example.org\n"), Outcome::Pass);
        assert_eq!(judge("127.0.1.1 xmail.example.org\n"), Outcome::Pass);
    }
}
