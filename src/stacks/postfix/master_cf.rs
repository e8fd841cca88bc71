//! `/etc/postfix/master.cf`: the table that is there, with our services set and everything else as it was.

use super::local_override::{LogicalLine, logical_lines};
use super::release::Release;
use crate::spec::{OutboundFamily, Spec};
use crate::stacks::RenderError;

/// Debian's table before anything was changed, for a machine that has none yet.
const DEBIAN_3_7: &str = include_str!("../../../assets/postfix/postfix/master-debian-3.7.cf");
const DEBIAN_3_10: &str = include_str!("../../../assets/postfix/postfix/master-debian-3.10.cf");

/// Services of ours that exist only where an alias goes to a foreign address.
const FORWARD_SERVICES: [(&str, &str); 3] =
    [("forward", "unix"), ("forward-cleanup", "unix"), ("127.0.0.1:10027", "inet")];

/// Renders the table. `existing` is the file as it is, `own` the operator's `/etc/mailwizard/local/master.cf`.
pub(super) fn render(
    spec: &Spec,
    release: &Release,
    forwards: bool,
    existing: Option<&str>,
    own: Option<&str>,
) -> Result<String, RenderError> {
    let standard = if release.postfix < (3, 10) { DEBIAN_3_7 } else { DEBIAN_3_10 };
    let mut table = Table::parse(existing.unwrap_or(standard));
    for service in network_services(release) {
        table.set_network_service(service);
    }
    for (name, kind) in FORWARD_SERVICES {
        table.remove(name, kind);
    }
    if forwards {
        for service in forward_services() {
            table.set(service);
        }
    }
    table.send_over(spec.network.outbound);
    for line in logical_lines(own.unwrap_or_default()) {
        if let LogicalLine::Value(text) = line {
            let service = Service::parse(&text).ok_or_else(|| RenderError::File {
                file: "master.cf".into(),
                reason: format!(
                    "'{}' is not a service: a name, a type and six more columns are.",
                    crate::printable::excerpt(&text, 60)
                ),
            })?;
            table.set(service);
        }
    }
    Ok(table.text())
}

/// One service with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    name: String,
    kind: String,
    text: String,
}

impl Service {
    fn parse(text: &str) -> Option<Self> {
        let mut columns = text.split_whitespace();
        let (name, kind) = (columns.next()?.to_owned(), columns.next()?.to_owned());
        let known = ["inet", "unix", "unix-dgram", "fifo", "pass"].contains(&kind.as_str());
        (known && columns.nth(5).is_some()).then(|| Self { name, kind, text: text.to_owned() })
    }

    fn new(columns: [&str; 8], options: &[&str]) -> Self {
        let [name, kind, private, unprivileged, chroot, wakeup, limit, program] = columns;
        let first =
            format!("{name:<9} {kind:<5} {private:<7} {unprivileged:<7} {chroot:<7} {wakeup:<7} {limit:<7} {program}");
        let text = options.iter().fold(first, |text, option| format!("{text}\n  -o {option}"));
        Self { name: name.to_owned(), kind: kind.to_owned(), text }
    }

    /// The TCP port that a service of type inet listens on, by number.
    fn port(&self) -> Option<u16> {
        if self.kind != "inet" {
            return None;
        }
        match self.name.rsplit(':').next()? {
            "smtp" => Some(25),
            "submission" => Some(587),
            "submissions" | "smtps" => Some(465),
            other => other.parse().ok(),
        }
    }
}

fn network_services(release: &Release) -> [Service; 3] {
    let login = [
        "smtpd_sasl_auth_enable=yes",
        "smtpd_client_restrictions=",
        "smtpd_helo_restrictions=",
        "smtpd_sender_restrictions=$mua_sender_restrictions",
        "smtpd_relay_restrictions=$mua_relay_restrictions",
        "smtpd_recipient_restrictions=$mua_recipient_restrictions",
        "smtpd_data_restrictions=",
        "smtpd_forbid_unauth_pipelining=no",
        "local_header_rewrite_clients=static:all",
        "milter_macro_daemon_name=ORIGINATING",
    ];
    // Postfix 3.10 can leave the client's address out of Received: it tells where somebody lives.
    let hide: &[&str] = if release.postfix >= (3, 10) { &["smtpd_hide_client_session=yes"] } else { &[] };
    let submission = ["syslog_name=postfix/submission", "smtpd_tls_security_level=encrypt"];
    let submissions = ["syslog_name=postfix/submissions", "smtpd_tls_wrappermode=yes"];
    [
        Service::new(["smtp", "inet", "n", "-", "y", "-", "-", "smtpd"], &[]),
        Service::new(
            ["submission", "inet", "n", "-", "y", "-", "-", "smtpd"],
            &[&submission[..], &login[..], hide].concat(),
        ),
        Service::new(
            ["submissions", "inet", "n", "-", "y", "-", "-", "smtpd"],
            &[&submissions[..], &login[..], hide].concat(),
        ),
    ]
}

/// The way of mail that an alias sends to a foreign address: once more through Postfix, where its sender becomes one of
/// this host's (SRS) and where spam ends. Only this mail is rewritten, not what is delivered here.
fn forward_services() -> [Service; 3] {
    [
        Service::new(
            ["forward", "unix", "-", "-", "y", "-", "-", "smtp"],
            &[
                "syslog_name=postfix/forward",
                "inet_protocols=ipv4",
                "smtp_tls_security_level=none",
                "smtp_tls_wrappermode=no",
                "smtp_dns_support_level=enabled",
                "smtp_sasl_auth_enable=no",
            ],
        ),
        Service::new(
            ["127.0.0.1:10027", "inet", "n", "-", "y", "-", "-", "smtpd"],
            &[
                "syslog_name=postfix/forward",
                "cleanup_service_name=forward-cleanup",
                "smtpd_tls_security_level=none",
                "smtpd_milters=",
                "smtpd_helo_restrictions=",
                "smtpd_sender_restrictions=",
                "smtpd_relay_restrictions=$forward_relay_restrictions",
                "smtpd_recipient_restrictions=",
            ],
        ),
        Service::new(
            ["forward-cleanup", "unix", "n", "-", "y", "-", "0", "cleanup"],
            &[
                "syslog_name=postfix/forward",
                "virtual_alias_maps=$forward_target_maps",
                "recipient_canonical_maps=",
                "sender_canonical_maps=tcp:127.0.0.1:10001",
                "sender_canonical_classes=envelope_sender",
                "header_checks=$forward_header_checks",
            ],
        ),
    ]
}

#[derive(Debug, PartialEq, Eq)]
enum Row {
    Other(String),
    Service(Service),
}

/// The file as rows, in their order.
struct Table {
    rows: Vec<Row>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let rows = logical_lines(text).into_iter().map(|line| match line {
            LogicalLine::Other(text) => Row::Other(text),
            LogicalLine::Value(text) => match Service::parse(&text) {
                Some(service) => Row::Service(service),
                // Postfix would refuse the whole file for it, so it stays as a comment only.
                None => Row::Other(text.lines().map(|line| format!("#{line}")).collect::<Vec<_>>().join("\n")),
            },
        });
        Self { rows: rows.collect() }
    }

    /// Sets a service in its place, or at the end.
    fn set(&mut self, service: Service) {
        let same = |row: &Row| matches!(row, Row::Service(s) if s.name == service.name && s.kind == service.kind);
        match self.rows.iter().position(same) {
            Some(at) => self.rows[at] = Row::Service(service),
            None => self.rows.push(Row::Service(service)),
        }
    }

    /// Sets a service, and removes every other one that listens on its port: two would fight over it.
    fn set_network_service(&mut self, service: Service) {
        let port = service.port();
        self.rows.retain(|row| match row {
            Row::Service(other) => other.port() != port || (other.name == service.name && other.kind == service.kind),
            Row::Other(_) => true,
        });
        self.set(service);
    }

    fn remove(&mut self, name: &str, kind: &str) {
        self.rows.retain(|row| !matches!(row, Row::Service(s) if s.name == name && s.kind == kind));
    }

    /// Lets the delivery agents that reach the outside use one address family, or both.
    fn send_over(&mut self, family: OutboundFamily) {
        const OPTION: &str = "-o inet_protocols=";
        for row in &mut self.rows {
            let Row::Service(service) = row else { continue };
            if service.kind != "unix" || !["smtp", "relay"].contains(&service.name.as_str()) {
                continue;
            }
            let kept: Vec<&str> = service.text.lines().filter(|l| !l.trim_start().starts_with(OPTION)).collect();
            let mut text = kept.join("\n");
            match family {
                OutboundFamily::Both => {}
                OutboundFamily::Ipv4 => text.push_str("\n  -o inet_protocols=ipv4"),
                OutboundFamily::Ipv6 => text.push_str("\n  -o inet_protocols=ipv6"),
            }
            service.text = text;
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            match row {
                Row::Other(line) => text.push_str(line),
                Row::Service(service) => text.push_str(&service.text),
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Fqdn;
    use crate::stacks::postfix::release::DovecotSyntax;

    const RELEASE: Release = Release { postfix: (3, 10), dovecot: DovecotSyntax::V2_4, postfix_instance_unit: false };

    fn spec() -> Spec {
        Spec::new(Fqdn::parse("mail.example.org").unwrap())
    }

    #[test]
    fn rendering_what_was_rendered_changes_nothing() {
        for forwards in [false, true] {
            let once = render(&spec(), &RELEASE, forwards, None, None).unwrap();
            assert_eq!(render(&spec(), &RELEASE, forwards, Some(&once), None).unwrap(), once);
        }
    }

    #[test]
    fn what_no_longer_applies_goes_away_again() {
        let plain = render(&spec(), &RELEASE, false, None, None).unwrap();
        let mut ipv4 = spec();
        ipv4.network.outbound = OutboundFamily::Ipv4;
        let changed = render(&ipv4, &RELEASE, true, Some(&plain), None).unwrap();
        assert_eq!(changed.matches("inet_protocols=ipv4").count(), 3);
        assert_eq!(render(&spec(), &RELEASE, false, Some(&changed), None).unwrap(), plain);
    }

    #[test]
    fn other_services_stay_as_they_are() {
        let own = "smtps inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n# list server\nmailman unix - n n - - pipe\n  flags=FRX user=list\n    argv=/x\n127.0.0.1:10025 inet n - y - - smtpd\n";
        let merged = render(&spec(), &RELEASE, false, Some(own), None).unwrap();
        assert!(merged.starts_with("# list server\nmailman unix - n n - - pipe\n  flags=FRX user=list\n    argv=/x\n127.0.0.1:10025 inet n - y - - smtpd\nsmtp "), "{merged}");
        assert!(!merged.contains("smtps"), "{merged}");
    }

    #[test]
    fn a_line_that_postfix_cannot_read_becomes_a_comment() {
        let merged = render(&spec(), &RELEASE, false, Some("extra inet n smtpd\n  -o a=b\n"), None).unwrap();
        assert!(merged.starts_with("#extra inet n smtpd\n#  -o a=b\nsmtp "), "{merged}");
        assert_eq!(render(&spec(), &RELEASE, false, Some(&merged), None).unwrap(), merged);
    }

    #[test]
    fn the_operators_services_win() {
        let own = "submission inet n - n - 5 smtpd\n  -o syslog_name=mine\n";
        let merged = render(&spec(), &RELEASE, false, None, Some(own)).unwrap();
        assert!(merged.contains("\nsubmission inet n - n - 5 smtpd\n  -o syslog_name=mine\nsubmissions"), "{merged}");
        assert!(
            render(&spec(), &RELEASE, false, None, Some("submission\n"))
                .unwrap_err()
                .to_string()
                .starts_with("'master.cf' cannot be used: 'submission' is not a service")
        );
    }
}
