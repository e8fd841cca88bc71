//! Symptoms and causes as data: one file a symptom in `assets/symptoms/symptoms`, causes by area in
//! `assets/symptoms/causes`. A new one is a file and a line here; tests hold folder, list and ids together.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::term::Term;

/// Where mail hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// What we send.
    Out,
    /// What others send to us.
    In,
    /// Mail programs and devices of our own people.
    Client,
    /// Setting up and changing.
    Setup,
}

impl Direction {
    /// Every direction with the words that ask for it.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Out, "Mail that we send does not get there"),
        (Self::In, "Mail to us does not arrive"),
        (Self::Client, "A mail program, phone or device cannot connect or log in"),
        (Self::Setup, "Setting up, certificate, DNS, a change or an upgrade"),
    ];

    /// Its word in the files of symptoms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
            Self::Client => "client",
            Self::Setup => "setup",
        }
    }

    /// The words that ask for it.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(direction, _)| *direction == self).map_or("", |(_, title)| title)
    }
}

/// One thing that operators say hurts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Its number in the catalogue: "S05".
    pub number: String,
    /// Its id: "no-reverse-dns".
    pub id: String,
    /// In the operator's words.
    pub title: String,
    /// Where it hurts: the first question that splits.
    pub direction: Direction,
    /// Phrases that operators use.
    pub words: Vec<String>,
    /// The checks that tell its causes apart, in order.
    pub checks: Vec<String>,
    /// What it may come from, the likely first.
    pub causes: Vec<String>,
    /// What is left when nothing wrong is found.
    pub remains: Vec<String>,
}

/// What carries a fix out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Repair {
    /// `mailwizard apply`: the machine becomes again what was wished.
    Apply,
    /// The same, and these units are started anew: Postfix holds a program back for a minute that could not start.
    ApplyAndRestart(String),
    /// The same; where everything is as it was set up these units are only started anew: what they made at their start
    /// (a socket, its owner) is not in any file.
    ApplyOrRestart(String),
    /// `mailwizard cert renew`.
    Renew,
    /// The mail folders get their owner back.
    OwnMail,
    /// The folders of Postfix's queue get their owner and mode back.
    OwnQueue,
    /// These units are restarted; `{units}` are those that the failed checks name.
    Restart(String),
}

impl From<String> for Repair {
    fn from(text: String) -> Self {
        match text.as_str() {
            "apply" => Self::Apply,
            "renew" => Self::Renew,
            "own-mail" => Self::OwnMail,
            "own-queue" => Self::OwnQueue,
            other if other.starts_with("apply, or restart ") => {
                Self::ApplyOrRestart(other.trim_start_matches("apply, or restart ").to_owned())
            }
            other if other.starts_with("apply, restart ") => {
                Self::ApplyAndRestart(other.trim_start_matches("apply, restart ").to_owned())
            }
            other => Self::Restart(other.trim_start_matches("restart ").to_owned()),
        }
    }
}

impl From<Repair> for String {
    fn from(repair: Repair) -> Self {
        match repair {
            Repair::Apply => "apply".into(),
            Repair::ApplyAndRestart(units) => format!("apply, restart {units}"),
            Repair::ApplyOrRestart(units) => format!("apply, or restart {units}"),
            Repair::Renew => "renew".into(),
            Repair::OwnMail => "own-mail".into(),
            Repair::OwnQueue => "own-queue".into(),
            Repair::Restart(units) => format!("restart {units}"),
        }
    }
}

/// What a symptom may come from, and what proves it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its id: "port-25-blocked".
    pub id: String,
    /// One sentence.
    pub title: String,
    /// One of these proves it, together with [`Cause::all`].
    #[serde(default)]
    pub any: Vec<Term>,
    /// All of these must hold.
    #[serde(default)]
    pub all: Vec<Term>,
    /// Any of these rules it out.
    #[serde(default)]
    pub unless: Vec<Term>,
    /// Checks and causes that are only its consequences; `*` at the end stands for any ending.
    #[serde(default)]
    pub explains: Vec<String>,
    /// Whether every server's log shows it: it counts only where the operator's words lead to it.
    #[serde(default)]
    pub everyday: bool,
    /// Whether it counts only where nothing else is found.
    #[serde(default)]
    pub last_resort: bool,
    /// What the program may do about it.
    #[serde(default)]
    pub repair: Option<Repair>,
    /// What to do about it; `{hostname}`, `{domain}`, `{ipv4}`, `{ipv6}` and `{fix}` (what the failed checks say) are
    /// filled in.
    #[serde(default)]
    pub text: String,
}

/// The symptoms' files.
pub(super) const SYMPTOM_FILES: [(&str, &str); 41] = [
    ("S01-outgoing-blocked", include_str!("../../assets/symptoms/symptoms/S01-outgoing-blocked.toml")),
    ("S02-ipv6-unreachable", include_str!("../../assets/symptoms/symptoms/S02-ipv6-unreachable.toml")),
    ("S03-names-not-resolved", include_str!("../../assets/symptoms/symptoms/S03-names-not-resolved.toml")),
    ("S04-unauthenticated", include_str!("../../assets/symptoms/symptoms/S04-unauthenticated.toml")),
    ("S05-no-reverse-dns", include_str!("../../assets/symptoms/symptoms/S05-no-reverse-dns.toml")),
    ("S06-provider-blocks-us", include_str!("../../assets/symptoms/symptoms/S06-provider-blocks-us.toml")),
    ("S07-lands-in-spam", include_str!("../../assets/symptoms/symptoms/S07-lands-in-spam.toml")),
    ("S08-user-unknown", include_str!("../../assets/symptoms/symptoms/S08-user-unknown.toml")),
    ("S09-loops", include_str!("../../assets/symptoms/symptoms/S09-loops.toml")),
    ("S10-helo-rejected", include_str!("../../assets/symptoms/symptoms/S10-helo-rejected.toml")),
    ("S11-relay-denied", include_str!("../../assets/symptoms/symptoms/S11-relay-denied.toml")),
    ("S12-login-service-gone", include_str!("../../assets/symptoms/symptoms/S12-login-service-gone.toml")),
    ("S13-sender-not-owned", include_str!("../../assets/symptoms/symptoms/S13-sender-not-owned.toml")),
    ("S14-password-refused", include_str!("../../assets/symptoms/symptoms/S14-password-refused.toml")),
    ("S15-mail-late", include_str!("../../assets/symptoms/symptoms/S15-mail-late.toml")),
    ("S16-all-incoming-refused", include_str!("../../assets/symptoms/symptoms/S16-all-incoming-refused.toml")),
    ("S17-spam-through-us", include_str!("../../assets/symptoms/symptoms/S17-spam-through-us.toml")),
    ("S18-certificate-expired", include_str!("../../assets/symptoms/symptoms/S18-certificate-expired.toml")),
    ("S19-client-cannot-connect", include_str!("../../assets/symptoms/symptoms/S19-client-cannot-connect.toml")),
    ("S20-old-device-tls", include_str!("../../assets/symptoms/symptoms/S20-old-device-tls.toml")),
    ("S21-dkim", include_str!("../../assets/symptoms/symptoms/S21-dkim.toml")),
    ("S22-filter-unreachable", include_str!("../../assets/symptoms/symptoms/S22-filter-unreachable.toml")),
    ("S23-not-put-into-mailbox", include_str!("../../assets/symptoms/symptoms/S23-not-put-into-mailbox.toml")),
    ("S24-forwarding-bounces", include_str!("../../assets/symptoms/symptoms/S24-forwarding-bounces.toml")),
    ("S25-virus-scanner", include_str!("../../assets/symptoms/symptoms/S25-virus-scanner.toml")),
    ("S26-port-in-use", include_str!("../../assets/symptoms/symptoms/S26-port-in-use.toml")),
    ("S27-remote-tls", include_str!("../../assets/symptoms/symptoms/S27-remote-tls.toml")),
    ("S28-mta-sts", include_str!("../../assets/symptoms/symptoms/S28-mta-sts.toml")),
    ("S29-disk-full", include_str!("../../assets/symptoms/symptoms/S29-disk-full.toml")),
    ("S30-mailbox-full", include_str!("../../assets/symptoms/symptoms/S30-mailbox-full.toml")),
    ("S31-bare-lf", include_str!("../../assets/symptoms/symptoms/S31-bare-lf.toml")),
    ("S32-banned-from-home", include_str!("../../assets/symptoms/symptoms/S32-banned-from-home.toml")),
    ("S33-after-upgrade", include_str!("../../assets/symptoms/symptoms/S33-after-upgrade.toml")),
    ("S34-clock", include_str!("../../assets/symptoms/symptoms/S34-clock.toml")),
    ("S35-certificate-not-issued", include_str!("../../assets/symptoms/symptoms/S35-certificate-not-issued.toml")),
    ("S36-certificate-rate-limit", include_str!("../../assets/symptoms/symptoms/S36-certificate-rate-limit.toml")),
    ("S37-chain-incomplete", include_str!("../../assets/symptoms/symptoms/S37-chain-incomplete.toml")),
    ("S38-record-invalid", include_str!("../../assets/symptoms/symptoms/S38-record-invalid.toml")),
    ("S39-nothing-arrives", include_str!("../../assets/symptoms/symptoms/S39-nothing-arrives.toml")),
    ("S40-change-has-no-effect", include_str!("../../assets/symptoms/symptoms/S40-change-has-no-effect.toml")),
    ("S41-one-recipient", include_str!("../../assets/symptoms/symptoms/S41-one-recipient.toml")),
];

/// The causes' files.
pub(super) const CAUSE_FILES: [(&str, &str); 7] = [
    ("certificate", include_str!("../../assets/symptoms/causes/certificate.toml")),
    ("clients", include_str!("../../assets/symptoms/causes/clients.toml")),
    ("dns", include_str!("../../assets/symptoms/causes/dns.toml")),
    ("machine", include_str!("../../assets/symptoms/causes/machine.toml")),
    ("network", include_str!("../../assets/symptoms/causes/network.toml")),
    ("receiving", include_str!("../../assets/symptoms/causes/receiving.toml")),
    ("services", include_str!("../../assets/symptoms/causes/services.toml")),
];

/// Causes and checks that are looked at whatever hurts: cheap, local, and behind most of what goes wrong.
pub const ALWAYS: Always = Always {
    checks: &[
        "service-running",
        "service-config-valid",
        "host-disk",
        "host-mta-conflict",
        "dns-resolver-local",
        "perms-mail",
        "cert-key-match",
    ],
    causes: &[
        "no-route",
        "domain-not-delegated",
        "disk-read-only",
        "inodes-full",
        "disk-full",
        "postfix-configuration-invalid",
        "dovecot-old-dialect",
        "dovecot-configuration-invalid",
        "rspamd-configuration-invalid",
        "postfix-down",
        "dovecot-down",
        "rspamd-down",
        "resolver-configuration-invalid",
        "own-firewall-blocks-dns",
        "resolver-down",
        "redis-down",
        "redis-refuses",
        "port-taken",
        "key-does-not-fit",
        "opendkim-configuration-invalid",
        "opendkim-down",
        "disk-failing",
        "out-of-memory",
        "too-many-files",
        "mail-folder-permissions",
        "mailbox-of-another-owner",
        "queue-permissions",
    ],
};

/// See [`ALWAYS`].
pub struct Always {
    /// Check ids.
    pub checks: &'static [&'static str],
    /// Cause ids.
    pub causes: &'static [&'static str],
}

/// Every symptom, in the order of the catalogue.
pub fn symptoms() -> &'static [Symptom] {
    static ALL: LazyLock<Vec<Symptom>> = LazyLock::new(|| {
        SYMPTOM_FILES
            .iter()
            .map(|(name, text)| {
                #[allow(clippy::panic, reason = "the files are compiled in, and a test reads them")]
                toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
            })
            .collect()
    });
    &ALL
}

/// Every cause.
pub fn causes() -> &'static [Cause] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        cause: Vec<Cause>,
    }
    static ALL: LazyLock<Vec<Cause>> = LazyLock::new(|| {
        let read = |(name, text): &(&str, &str)| -> File {
            #[allow(clippy::panic, reason = "the files are compiled in, and a test reads them")]
            toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        CAUSE_FILES.iter().flat_map(|file| read(file).cause).collect()
    });
    &ALL
}

/// The symptom of this id or number ("S05").
pub fn symptom(name: &str) -> Option<&'static Symptom> {
    symptoms().iter().find(|s| s.id == name || s.number.eq_ignore_ascii_case(name))
}

/// The cause of this id.
pub fn cause(id: &str) -> Option<&'static Cause> {
    causes().iter().find(|c| c.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::symptoms::log::patterns;

    fn folder(name: &str) -> BTreeSet<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/symptoms").join(name);
        std::fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn every_file_is_registered() {
        let listed = |files: &[(&str, &str)]| files.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(folder("symptoms"), listed(&SYMPTOM_FILES));
        assert_eq!(folder("causes"), listed(&CAUSE_FILES));
        for ((name, _), symptom) in SYMPTOM_FILES.iter().zip(symptoms()) {
            assert_eq!(*name, format!("{}-{}", symptom.number, symptom.id));
        }
    }

    #[test]
    fn every_id_is_known_and_every_cause_is_used() {
        let mut wrong = Vec::new();
        let cause_ids: BTreeSet<&str> = causes().iter().map(|c| c.id.as_str()).collect();
        assert_eq!(cause_ids.len(), causes().len(), "a cause's id stands twice");
        let used: BTreeSet<&str> = symptoms()
            .iter()
            .flat_map(|s| s.causes.iter().map(String::as_str))
            .chain(ALWAYS.causes.iter().copied())
            .collect();
        let is_check = |id: &str| crate::checks::CHECKS.iter().any(|c| c.id == id);
        let in_no_symptom = ["edited-configuration", "ban-service-down", "dovecot-old-dialect"];
        for cause in causes() {
            if !used.contains(cause.id.as_str()) && !in_no_symptom.contains(&cause.id.as_str()) {
                wrong.push(format!("cause {} belongs to no symptom", cause.id));
            }
            for term in cause.any.iter().chain(&cause.all).chain(&cause.unless) {
                if let Term::Log { id, .. } | Term::Bounce { id } = term
                    && patterns().get(id).is_none()
                {
                    wrong.push(format!("{}: no pattern '{id}'", cause.id));
                }
                if let Term::Check { id, .. } = term
                    && !is_check(id)
                {
                    wrong.push(format!("{}: no check '{id}'", cause.id));
                }
            }
            if cause.any.is_empty() && cause.all.is_empty() {
                wrong.push(format!("{} is proved by nothing", cause.id));
            }
            let known = |id: &String| id.ends_with('*') || cause_ids.contains(id.as_str()) || id.contains('-');
            wrong.extend(
                cause.explains.iter().filter(|id| !known(id)).map(|id| format!("{}: explains '{id}'", cause.id)),
            );
        }
        for symptom in symptoms() {
            let unknown = symptom.checks.iter().filter(|id| !is_check(id));
            wrong.extend(unknown.map(|id| format!("{}: no check '{id}'", symptom.number)));
            let missing = symptom.causes.iter().map(String::as_str).chain(ALWAYS.causes.iter().copied());
            wrong.extend(
                missing.filter(|id| !cause_ids.contains(id)).map(|id| format!("{}: no cause '{id}'", symptom.number)),
            );
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
