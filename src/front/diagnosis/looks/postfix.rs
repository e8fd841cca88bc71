//! Settings of Postfix as they are in effect, whoever wrote them, and what waits in its queue.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::output;
use crate::host::Host;
use crate::printable::excerpt;
use crate::spec::Spec;
use crate::symptoms::Look;

/// So many waiting messages of one sender are no ordinary day.
const FLOOD: usize = 50;

pub(super) fn looks(host: &dyn Host, spec: &Spec) -> Vec<Look> {
    let mut found = Vec::new();
    found.extend(chroot_differs(host));
    let Some(settings) = output(host, "postconf", &["-x"]).map(|text| Settings::read(&text)) else { return found };
    found.extend(domain_in_both(&settings, spec));
    found.extend(milter_closed(host, &settings));
    found.extend(delivery_held(&settings));
    found.extend(foreign_relay(&settings, spec));
    found.extend(mynetworks_wide(&settings));
    found.extend(mynetworks_without_loopback(&settings));
    found.extend(soft_bounce(&settings));
    found.extend(output(host, "postqueue", &["-j"]).and_then(|queue| flood(&queue)));
    found
}

/// What `postconf -x` says.
struct Settings(BTreeMap<String, String>);

impl Settings {
    fn read(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once(" ="));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    fn of(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.of(name).split([',', ' ', '\n']).filter(|word| !word.is_empty())
    }
}

/// Postfix's copy of resolv.conf in its chroot, where it is not what the system has.
fn chroot_differs(host: &dyn Host) -> Option<Look> {
    let servers = |path: &str| -> Option<Vec<String>> {
        let file = host.read(Path::new(path)).ok()??;
        let text = String::from_utf8_lossy(&file.content).into_owned();
        let lines = text.lines().map(str::trim).filter(|l| l.starts_with("nameserver"));
        Some(lines.map(str::to_owned).collect())
    };
    let (own, copy) = (servers("/etc/resolv.conf")?, servers("/var/spool/postfix/etc/resolv.conf")?);
    (own != copy).then(|| Look {
        id: "chroot-differs",
        line: format!(
            "/var/spool/postfix/etc/resolv.conf has '{}', /etc/resolv.conf has '{}'",
            excerpt(&copy.join(", "), 100),
            excerpt(&own.join(", "), 100)
        ),
    })
}

/// A switch for tests: every refusal for good becomes one for now.
fn soft_bounce(settings: &Settings) -> Option<Look> {
    (settings.of("soft_bounce") == "yes").then(|| Look { id: "soft-bounce", line: "soft_bounce = yes".into() })
}

/// A served domain that Postfix takes for local as well.
fn domain_in_both(settings: &Settings, spec: &Spec) -> Option<Look> {
    let local: Vec<String> = settings.words("mydestination").map(str::to_lowercase).collect();
    let both = spec.domains.iter().find(|d| local.iter().any(|l| l == d.name.as_str()))?;
    let line = format!("mydestination holds '{}', which is a mail domain", both.name);
    Some(Look { id: "domain-in-both", line })
}

/// The filter that Postfix is told to ask, where nothing listens there.
fn milter_closed(host: &dyn Host, settings: &Settings) -> Option<Look> {
    for socket in settings.words("smtpd_milters").filter(|s| s.starts_with("inet:")) {
        let address = socket.trim_start_matches("inet:").replace("localhost", "127.0.0.1");
        if let Ok(address) = address.parse()
            && !host.accepts_tcp(address, Duration::from_secs(1))
        {
            let line = format!("nothing listens at {socket}, which smtpd_milters names");
            return Some(Look { id: "milter-closed", line });
        }
    }
    None
}

/// Postfix is told to hold back, throw away or return what should leave.
fn delivery_held(settings: &Settings) -> Option<Look> {
    let look = |name: &str| {
        let line = format!("postconf: {name} = {}", excerpt(settings.of(name), 100));
        Some(Look { id: "delivery-held", line })
    };
    if settings.words("defer_transports").next().is_some() {
        return look("defer_transports");
    }
    let ways = ["default_transport", "relay_transport", "virtual_transport", "local_transport"];
    ways.into_iter()
        .find(|name| {
            let transport = settings.of(name).split(':').next().unwrap_or_default();
            // local_transport is switched off this way on servers without system users.
            matches!(transport, "hold" | "discard" | "retry") || (transport == "error" && *name != "local_transport")
        })
        .and_then(look)
}

/// A relay that the wish does not name.
fn foreign_relay(settings: &Settings, spec: &Spec) -> Option<Look> {
    let relay = settings.of("relayhost");
    let wanted = spec.network.relay.as_ref().map(|r| r.host.to_string());
    if relay.is_empty() || wanted.is_some_and(|host| relay.contains(&host)) {
        return None;
    }
    Some(Look { id: "foreign-relay", line: format!("postconf: relayhost = {}", excerpt(relay, 100)) })
}

/// Strangers are among those who may send without a login.
fn mynetworks_wide(settings: &Settings) -> Option<Look> {
    let wide = settings.words("mynetworks").find(|network| is_wide(network))?;
    Some(Look { id: "mynetworks-wide", line: format!("postconf: mynetworks holds {}", excerpt(wide, 60)) })
}

/// Programs of this machine are strangers to Postfix. Tables among them are not looked into.
fn mynetworks_without_loopback(settings: &Settings) -> Option<Look> {
    let holds = |network: &str| network.contains(":/") || network.starts_with('/') || network.starts_with("127.0.0.");
    let line = format!("postconf: mynetworks = {}", excerpt(settings.of("mynetworks"), 100));
    (!settings.words("mynetworks").any(holds)).then_some(Look { id: "mynetworks-without-loopback", line })
}

/// More than the network of one house: of the internet's addresses anything above 65536 of IPv4 or a provider's block of
/// IPv6, of private ones everything.
fn is_wide(network: &str) -> bool {
    let Some((address, length)) = network.split_once('/') else { return false };
    let (Ok(address), Ok(length)) = (address.trim_matches(['[', ']']).parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    match address {
        IpAddr::V4(v4) => length < 8 || (length < 16 && !v4.is_private() && !v4.is_loopback()),
        IpAddr::V6(v6) => !v6.is_loopback() && v6.to_ipv4_mapped().is_none() && length < 32 && !v6.is_unique_local(),
    }
}

/// One sender fills the queue.
fn flood(queue: &str) -> Option<Look> {
    #[derive(serde::Deserialize)]
    struct Waiting {
        sender: String,
    }
    let mut senders: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = 0_usize;
    for message in queue.lines().filter_map(|line| serde_json::from_str::<Waiting>(line).ok()) {
        *senders.entry(message.sender).or_default() += 1;
        all += 1;
    }
    let (sender, count) = senders.into_iter().max_by_key(|(_, count)| *count)?;
    let sender =
        if sender == "MAILER-DAEMON" || sender.is_empty() { "the empty sender (bounces)".into() } else { sender };
    (count >= FLOOD).then(|| Look {
        id: "queue-flood",
        line: format!("postqueue: {count} of {all} waiting messages are from {}", excerpt(&sender, 100)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_world_is_wide_and_a_house_is_not() {
        for network in ["0.0.0.0/0", "[::]/0", "128.0.0.0/1", "203.0.0.0/8", "[2000::]/3"] {
            assert!(is_wide(network), "{network}");
        }
        for network in [
            "127.0.0.0/8",
            "[::ffff:127.0.0.0]/104",
            "[::1]/128",
            "10.0.0.0/8",
            "192.168.1.0/24",
            "203.0.113.0/24",
            "[2001:db8:1::]/48",
            "[fd00::]/8",
            "hash:/x",
        ] {
            assert!(!is_wide(network), "{network}");
        }
    }

    #[test]
    fn loopback_is_missed_in_mynetworks() {
        let missed = |value: &str| mynetworks_without_loopback(&Settings::read(&format!("mynetworks = {value}\n")));
        assert!(missed("192.0.2.1").is_some() && missed("").is_some());
        for well in
            ["127.0.0.0/8 [::1]/128", "192.0.2.1, 127.0.0.1", "cidr:/etc/postfix/networks", "/etc/postfix/networks"]
        {
            assert_eq!(missed(well), None, "{well}");
        }
    }

    #[test]
    fn mail_that_is_held_back_is_seen() {
        let held = |text: &str| delivery_held(&Settings::read(text)).map(|l| l.line);
        assert_eq!(held("defer_transports = smtp\n").as_deref(), Some("postconf: defer_transports = smtp"));
        assert!(held("default_transport = error: outside mail is not deliverable\n").is_some());
        assert!(held("virtual_transport = discard\n").is_some());
        assert_eq!(
            held("defer_transports =\ndefault_transport = smtp\nlocal_transport = error:no local users\n"),
            None
        );
    }

    #[test]
    fn one_sender_with_many_messages_is_a_flood() {
        let line = |sender: &str| format!("{{\"queue_name\": \"deferred\", \"sender\": \"{sender}\"}}\n");
        assert_eq!(flood(&line("a@example.org").repeat(49)), None);
        let look = flood(&(line("a@example.org").repeat(60) + &line("b@example.org"))).unwrap();
        assert_eq!(look.line, "postqueue: 60 of 61 waiting messages are from a@example.org");
    }
}
