//! One snapshot a page, size and character set.

use mailwizard::finding::Finding;
use mailwizard::front::tui::msg::Msg;
use mailwizard::front::tui::theme::Theme;
use mailwizard::plan::Edited;

use crate::driver::Wizard;
use crate::fixture::{self, at_step, begun, live};

/// Every size, both character sets.
fn snapshot(name: &str, mut wizard: Wizard) {
    for (set, ascii) in [("unicode", false), ("ascii", true)] {
        wizard.model.theme = Theme::new(true, ascii);
        for (width, height) in [(80, 24), (60, 16), (120, 40)] {
            let screen = wizard.at(width, height);
            if ascii {
                assert!(screen.is_ascii(), "{name} at {width}x{height}:\n{screen}");
            }
            insta::assert_snapshot!(format!("{name}_{width}x{height}_{set}"), screen);
        }
    }
}

#[test]
fn welcome() {
    snapshot("01_welcome", begun());
}

#[test]
fn hostname() {
    let mut wizard = at_step("hostname");
    wizard.keys("C-u mail.example.org");
    let generation = wizard.model.live.generation;
    wizard.send(Msg::TypingPaused(generation));
    for (id, finding) in [
        ("dns-host-a", Finding::pass("A 198.51.100.10 and AAAA 2001:db8:100::10, both this machine")),
        (
            "dns-ptr-v4",
            Finding::warn("198.51.100.10 resolves back to 198-51-100-10.vps.hoster.net", "mail.example.org").instructions(
                "Ask your hoster to set it to mail.example.org. Large receivers refuse mail without it. You can go on; \
                 it is checked again.",
            ),
        ),
        ("dns-ptr-v6", Finding::pass("2001:db8:100::10 resolves back to mail.example.org")),
    ] {
        wizard.send(Msg::LiveResult { generation, result: Box::new(live(id, finding)) });
    }
    wizard.send(Msg::LiveDone(generation));
    snapshot("02_hostname", wizard);
}

#[test]
fn hostname_refused() {
    let mut wizard = at_step("hostname");
    wizard.keys("C-u mail_1.example.org Enter");
    snapshot("02_hostname_refused", wizard);
}

#[test]
fn domains() {
    let mut wizard = at_step("domains");
    wizard.keys("example.net Enter");
    snapshot("03_domains", wizard);
}

#[test]
fn protections() {
    snapshot("04_protections", at_step("protections"));
}

#[test]
fn dns() {
    snapshot("05_dns", fixture::dns_page());
}

#[test]
fn certificate() {
    snapshot("06_certificate", at_step("certificate"));
}

#[test]
fn accounts() {
    let mut wizard = at_step("accounts");
    wizard.keys("alice@example.org Enter bob@example.org Enter Enter Tab secret");
    snapshot("07_accounts", wizard);
}

#[test]
fn review() {
    let mut wizard = at_step("review");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("Down");
    snapshot("08_review", wizard);
}

#[test]
fn review_diff() {
    let mut wizard = at_step("review");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("Down Enter");
    snapshot("08_review_diff", wizard);
}

#[test]
fn review_edited() {
    let mut wizard = at_step("review");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned_with_edits(Edited::Ask)))));
    snapshot("08_review_edited", wizard);
}

#[test]
fn review_three_way() {
    let mut wizard = at_step("review");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned_with_edits(Edited::Ask))))).keys("Enter");
    snapshot("08_review_three_way", wizard);
}

#[test]
fn apply() {
    let mut wizard = at_step("apply");
    wizard.send(Msg::Progress(fixture::half_way()));
    snapshot("09_apply", wizard);
}

#[test]
fn verify() {
    let mut wizard = at_step("verify");
    for result in fixture::results() {
        wizard.send(Msg::Checked(Box::new(result)));
    }
    wizard.send(Msg::ChecksDone(Ok("14:12:41".into()))).keys("Down");
    snapshot("10_verify", wizard);
}

#[test]
fn clients() {
    let mut wizard = at_step("clients");
    wizard.send(Msg::Sheets(Ok(fixture::sheets())));
    snapshot("11_clients", wizard);
}

#[test]
fn help() {
    let mut wizard = at_step("dns");
    wizard.send(Msg::Records(Ok(fixture::records()))).keys("F1");
    snapshot("12_help", wizard);
}

#[test]
fn steps() {
    let mut wizard = at_step("dns");
    wizard.keys("F4");
    snapshot("13_steps", wizard);
}

#[test]
fn transcript() {
    let mut wizard = fixture::dns_page();
    wizard.keys("t");
    snapshot("14_transcript", wizard);
}
