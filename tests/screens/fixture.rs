//! A fresh Debian VPS, and what its network would answer.

use std::time::Duration;

use mailwizard::facts::{Addresses, Disk, Distribution, Facts, Memory};
use mailwizard::finding::{Area, CheckResult, Finding};
use mailwizard::front::tui::model::{AccountPassword, Progress, Sheet};
use mailwizard::front::tui::msg::{Beginning, LastApply, Msg, Planned};
use mailwizard::plan::{Action, Edited, FileChange, HandEdit, Merged, Plan, UnitVerb};
use mailwizard::records::{
    Answer, AnswerState, ComparedRecord, NameServerAnswer, Observation, Phase, Record, RecordKind, RecordState,
};
use mailwizard::spec::Secret;
use mailwizard::stacks::{Content, ManagedFile};
use mailwizard::steps::{Draft, Engine};

use crate::driver::Wizard;

const GIB: u64 = 1 << 30;

/// What is found on a fresh machine.
pub fn facts() -> Facts {
    Facts {
        distribution: Distribution {
            id: "debian".into(),
            version: "13".into(),
            codename: "trixie".into(),
            pretty_name: "Debian GNU/Linux 13 (trixie)".into(),
        },
        host_name: "vps-4711".into(),
        is_root: true,
        has_systemd: true,
        addresses: Addresses {
            interfaces: Vec::new(),
            egress_ipv4: "198.51.100.10".parse().ok(),
            egress_ipv6: "2001:db8:100::10".parse().ok(),
        },
        memory: Memory { total: 2 * GIB, available: GIB, swap: 0 },
        disks: vec![Disk { path: "/".into(), total: 40 * GIB, available: 37 * GIB, inodes_free_percent: 98 }],
        clock_synchronised: Some(true),
        resolver: mailwizard::facts::ResolverFacts {
            servers: vec!["198.18.54.53".parse().unwrap()],
            ..Default::default()
        },
        virtualisation: "kvm".into(),
        ..Facts::default()
    }
}

/// The wizard on a fresh machine, looked at.
pub fn begun() -> Wizard {
    let mut wizard = Wizard::new(Engine::new(Draft::default()));
    let engine = Engine::new(Draft { facts: facts(), ..Draft::default() });
    wizard.send(Msg::Began(Box::new(Beginning {
        engine,
        home: None,
        last_checks: None,
        apply: LastApply::None,
        fix: None,
    })));
    wizard
}

/// Walks to a step by the keys an operator would press.
pub fn at_step(id: &str) -> Wizard {
    let mut wizard = begun();
    let walk: &[(&str, &str)] = &[
        ("welcome", "Enter"),
        ("hostname", "C-u mail.example.org Enter"),
        ("domains", ""),
        ("protections", ""),
        ("dns", "Enter"),
        ("certificate", ""),
        ("accounts", "alice@example.org Enter Enter"),
        ("review", ""),
    ];
    for (step, keys) in walk {
        if wizard.model.step().id == id {
            return wizard;
        }
        assert_eq!(wizard.model.step().id, *step, "{}", wizard.screen());
        if !keys.is_empty() {
            wizard.keys(keys);
        }
        if *step == "certificate" {
            agree(&mut wizard);
        }
        // What is left of the page is taken as it is suggested.
        for _ in 0..20 {
            if wizard.model.step().id != *step {
                break;
            }
            wizard.keys("Enter");
        }
    }
    wizard.send(Msg::Planned(Ok(Box::new(planned())))).keys("a");
    if id == "apply" {
        return wizard;
    }
    wizard.send(Msg::Progress(finished())).keys("Enter");
    if id == "verify" {
        return wizard;
    }
    results().into_iter().for_each(|r| {
        wizard.send(Msg::Checked(Box::new(r)));
    });
    wizard.send(Msg::ChecksDone(Ok("14:12:41".into()))).keys("n");
    assert_eq!(wizard.model.step().id, id, "{}", wizard.screen());
    wizard
}

/// Says yes to the CA's terms.
fn agree(wizard: &mut Wizard) {
    for _ in 0..8 {
        if wizard.screen().contains("> Agree")
            || wizard.screen().contains("> I agree")
            || wizard.screen().contains("> Accept")
        {
            wizard.keys("Space");
            return;
        }
        wizard.keys("Tab");
    }
    panic!("there is no such question:\n{}", wizard.screen());
}

/// A live check's result of the host name page.
pub fn live(id: &str, finding: Finding) -> CheckResult {
    CheckResult {
        id: id.into(),
        subject: "mail.example.org".into(),
        area: Area::Dns,
        finding,
        why: "Large receivers refuse mail from a machine without a reverse name.".into(),
        rfc: "RFC 1912 section 2.1".into(),
        elapsed: Duration::from_millis(31),
    }
}

fn record(name: &str, kind: RecordKind, data: &str, required: bool, phase: Phase) -> Record {
    Record {
        name: name.into(),
        kind,
        ttl: 3600,
        data: data.into(),
        zone: "example.org.".into(),
        why: "Says which machines may send mail of this domain. Merged with the one you have: change that one, two would be an error.".into(),
        required,
        phase,
    }
}

/// The records of one domain.
pub fn records() -> Vec<Record> {
    use Phase::{After, Before};
    use RecordKind::{A, Aaaa, Mx, Ptr, Srv, Txt};
    let dkim =
        "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvHn8bI1Nk4cEo2oJyLmE0jzqKqgKjJ6t0yq3dXXo0lGf0b";
    vec![
        record("mail.example.org.", A, "198.51.100.10", true, Before),
        record("mail.example.org.", Aaaa, "2001:db8:100::10", true, Before),
        record("mail.example.org.", Txt, "v=spf1 a -all", true, Before),
        record("10.100.51.198.in-addr.arpa.", Ptr, "mail.example.org.", true, Before),
        record("example.org.", Txt, "v=spf1 mx a:mail.example.org include:_spf.old.net ~all", true, Before),
        record("r2026a._domainkey.example.org.", Txt, dkim, true, Before),
        record(
            "e2026a._domainkey.example.org.",
            Txt,
            "v=DKIM1; k=ed25519; p=RM1NrqHqQ3X2Sb0j5eh6uJWqYc0=",
            true,
            Before,
        ),
        record("_dmarc.example.org.", Txt, "v=DMARC1; p=none; rua=mailto:postmaster@example.org", true, Before),
        record("example.org.", Mx, "10 mail.example.org.", true, After),
        record("_smtp._tls.example.org.", Txt, "v=TLSRPTv1; rua=mailto:postmaster@example.org", false, Before),
        record("_imaps._tcp.example.org.", Srv, "0 1 993 mail.example.org.", false, Before),
        record("_imap._tcp.example.org.", Srv, "0 0 0 .", false, Before),
    ]
}

/// The comparison of one of [`records`].
pub fn compared(index: usize, state: RecordState, found: &[&str], why: &str, advice: Option<&str>) -> Msg {
    let wanted = records().swap_remove(index);
    let answer = Answer {
        state: if found.is_empty() { AnswerState::NoData } else { AnswerState::Found },
        data: found.iter().map(|f| (*f).to_owned()).collect(),
        ttl: Some(3240),
        canonical_name: None,
        elapsed_ms: 21,
    };
    let server = |server: &str, address: &str| NameServerAnswer {
        server: server.into(),
        address: address.parse().unwrap(),
        answer: answer.clone(),
        serial: None,
    };
    let observation = Observation {
        authoritative: vec![server("ns1.dnshost.net", "198.18.53.20:53"), server("ns2.dnshost.net", "198.18.53.21:53")],
        resolver: Some(answer.clone()),
        ..Observation::default()
    };
    let record = ComparedRecord {
        wanted,
        found: found.iter().map(|f| (*f).to_owned()).collect(),
        state,
        why: why.into(),
        advice: advice.map(str::to_owned),
        servers: vec!["ns1.dnshost.net".into(), "ns2.dnshost.net".into()],
    };
    Msg::Compared { index, record: Box::new(record), observation: Box::new(observation) }
}

/// The DNS page with some records published and one wrong.
pub fn dns_page() -> Wizard {
    let mut wizard = at_step("dns");
    wizard.send(Msg::Records(Ok(records())));
    let all = "All its name servers have it.";
    for index in [0, 1, 2, 9] {
        let data = records().swap_remove(index).data;
        wizard.send(compared(index, RecordState::Ok, &[&data], all, None));
    }
    let missing = "There is nothing under this name yet.";
    for index in [3, 5, 6, 8, 10] {
        wizard.send(compared(index, RecordState::Missing, &[], missing, None));
    }
    wizard.send(compared(
        4,
        RecordState::Wrong,
        &["v=spf1 include:_spf.old.net ~all"],
        "The SPF record does not let this server send.",
        Some("Change the one you have: two SPF records would be an error. Look-ups: 3 of 10."),
    ));
    let stale = "All its name servers have it. Others may still see what was there before for up to 54 min.";
    wizard.send(compared(7, RecordState::Stale { ttl: Some(3240) }, &["v=DMARC1; p=none"], stale, None));
    wizard.send(Msg::Looked("14:03:20".into()));
    wizard.keys("Down Down Down Down");
    wizard
}

fn file(path: &str, content: Content, purpose: &'static str, exists: bool, diff: &str) -> Action {
    let file = ManagedFile {
        path: path.into(),
        content,
        mode: 0o644,
        owner: "root".into(),
        group: "root".into(),
        used_by: Vec::new(),
        purpose,
        restarts: Vec::new(),
        restart_parameters: &[],
        after_unit: None,
    };
    Action::WriteFile(FileChange { file, rendered: None, exists, diff: diff.into() })
}

/// A plan.
pub fn planned() -> Planned {
    let unit = |unit: &str, verb| Action::Unit { unit: unit.into(), state_unit: unit.into(), verb };
    let text = |text: &str| Content::Text(text.into());
    let plan = Plan {
        actions: vec![
            Action::InstallPackages(
                [
                    "postfix",
                    "dovecot-core",
                    "dovecot-imapd",
                    "dovecot-lmtpd",
                    "rspamd",
                    "redis-server",
                    "unbound",
                    "fail2ban",
                ]
                .map(String::from)
                .to_vec(),
            ),
            file(
                "/etc/postfix/main.cf",
                text("myhostname = mail.example.org\n"),
                "Postfix",
                true,
                "--- a/etc/postfix/main.cf\n+++ b/etc/postfix/main.cf\n@@ -1,2 +1,2 @@\n-myhostname = vps-4711\n+myhostname = mail.example.org\n inet_interfaces = all\n",
            ),
            file("/etc/dovecot/dovecot.conf", text("x"), "Dovecot, whole", true, "+x\n"),
            file(
                "/etc/dovecot/mailwizard-users",
                Content::Secret(Secret::new("canary-hash".into())),
                "accounts and password hashes",
                false,
                "secret: 142 bytes\n",
            ),
            unit("rspamd.service", UnitVerb::Restart),
            unit("dovecot.service", UnitVerb::EnableAndStart),
            unit("postfix.service", UnitVerb::EnableAndStart),
        ],
        notes: vec!["No firewall is active on this machine; none is switched on.".into()],
        ..Plan::default()
    };
    Planned { plan, passwords: Default::default(), unfinished: None, rebased: None }
}

/// The same, where two files were changed by hand.
pub fn planned_with_edits(chosen: Edited) -> Planned {
    let edit = |path: &str, purpose, ours: &str, merged, choice| HandEdit {
        path: path.into(),
        purpose,
        yours: "@@ -9 +9,2 @@\n biff = no\n+delay_warning_time = 1h\n".into(),
        ours: ours.into(),
        merged,
        choice,
    };
    let ours = "@@ -36 +36 @@\n-message_size_limit = 50000000\n+message_size_limit = 77000000\n";
    let mut planned = planned();
    planned.plan.edits = vec![
        edit("/etc/postfix/main.cf", "Postfix's settings", ours, Merged::Clean(ours.into()), chosen),
        edit("/etc/hosts", "this host's own name", "", Merged::Impossible("it is no text."), Edited::Ask),
    ];
    planned
}

/// An apply half-way.
pub fn half_way() -> Vec<Progress> {
    let done = |step, ms| Progress::Done { step, elapsed: Duration::from_millis(ms) };
    let started = |step| Progress::Started { step, ago: Duration::ZERO };
    vec![
        Progress::Began { ago: Duration::from_secs(26), undoes: false },
        Progress::Planned(
            [
                "install postfix dovecot-core dovecot-imapd ... (8)",
                "user vmail, 4 folders",
                "back up and write 31 files",
                "a self-signed certificate until there is a real one",
                "check the settings of rspamd, dovecot, postfix",
                "restart rspamd, wait until it answers",
                "start dovecot",
                "start postfix",
                "certificate for mail.example.org",
                "keep this set-up as the one that holds",
            ]
            .map(String::from)
            .to_vec(),
        ),
        started(1),
        done(1, 18_200),
        started(2),
        done(2, 40),
        started(3),
        done(3, 120),
        started(4),
        done(4, 90),
        started(5),
        done(5, 1400),
        Progress::Started { step: 6, ago: Duration::from_secs(4) },
        Progress::Line { step: 6, text: "rspamd_control: compiled 1204 regexps".into() },
    ]
}

/// An apply that is done.
pub fn finished() -> Vec<Progress> {
    let mut all = half_way();
    all.extend((6..=10).map(|step| Progress::Done { step, elapsed: Duration::from_millis(900) }));
    all.push(Progress::Finished {
        well: true,
        operator_must_act: false,
        elapsed: Some(Duration::from_secs(41)),
        message: "All is set up.".into(),
    });
    all
}

/// Results of the checks: most are well.
pub fn results() -> Vec<CheckResult> {
    let result = |id: &str, area, subject: &str, finding: Finding| CheckResult {
        id: id.into(),
        subject: subject.into(),
        area,
        finding,
        why: "It matters.".into(),
        rfc: "RFC 5321".into(),
        elapsed: Duration::from_millis(12),
    };
    let mut all = vec![
        result("host-clock", Area::Host, "this host", Finding::pass("the clock is synchronised")),
        result("host-disk", Area::Host, "this host", Finding::pass("37 GiB free")),
        result("service-running", Area::Service, "postfix.service", Finding::pass("active")),
        result("dns-host-a", Area::Dns, "mail.example.org", Finding::pass("A 198.51.100.10, this machine")),
        result(
            "dns-ptr-v4",
            Area::Dns,
            "198.51.100.10",
            Finding::fail("198-51-100-10.vps.hoster.net", "mail.example.org")
                .instructions("Ask your hoster to set the reverse name of 198.51.100.10 to mail.example.org."),
        ),
        result(
            "dns-mx",
            Area::Dns,
            "example.org",
            Finding::warn("there is no MX record yet", "10 mail.example.org.")
                .instructions("Publish the MX record of example.org now."),
        ),
        result(
            "smtp-relay-open",
            Area::Smtp,
            "mail.example.org:25",
            Finding::pass("relaying is refused: 554 5.7.1")
                .evidence(["C: RCPT TO:<relaytest@remote.lab>", "S: 554 5.7.1 Relay access denied"]),
        ),
        result("imap-login", Area::Imap, "mail.example.org:993", Finding::pass("login works over TLS 1.3")),
        result("cert-name", Area::Cert, "mail.example.org", Finding::pass("names mail.example.org, 89 days left")),
        result(
            "deliv-self-local",
            Area::Delivery,
            "example.org",
            Finding::pass("a test message arrived in 1.2 s, signed twice"),
        ),
    ];
    all.push(result(
        "reputation-dnsbl",
        Area::Reputation,
        "198.51.100.10",
        Finding::unknown("the block list did not answer"),
    ));
    all
}

/// Client settings of one account, with the password that was made for it.
pub fn sheets() -> Vec<Sheet> {
    vec![Sheet {
        account: "alice@example.org".into(),
        lines: [
            "User name     alice@example.org",
            "",
            "Incoming      IMAP   mail.example.org   port 993   TLS",
            "Outgoing      SMTP   mail.example.org   port 465   TLS",
        ]
        .map(String::from)
        .to_vec(),
        password: AccountPassword::Made(Secret::new("canary-tulip-4711-otter".into())),
    }]
}
