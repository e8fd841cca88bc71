//! `cert-key-match` and `cert-renewal-works`: the files that the daemons read, and who renews them.

use std::time::Duration;

use crate::checks::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::keys::CertificateInfo;
use crate::spec::{CertificateMethod, Secret};
use crate::stacks::CommandLine;

/// Certificate and key on the disk belong together.
pub static CERT_KEY_MATCH: Check = Check {
    id: "cert-key-match",
    area: Area::Cert,
    why: "With another's key the daemons refuse to speak TLS at their next start.",
    rfc: "RFC 5280 section 4.1.2.7",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: this_host,
    run: |context, _| Box::pin(context.on_host(key_match)),
};

/// The timer that renews the certificate, or takes over what another program renewed, runs and is not behind.
pub static CERT_RENEWAL_WORKS: Check = Check {
    id: "cert-renewal-works",
    area: Area::Cert,
    why: "Certificates live for weeks; without a timer somebody has to remember the day.",
    rfc: "RFC 8555, RFC 9773",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: this_host,
    run: |context, _| Box::pin(context.on_host(renewal)),
};

fn this_host(context: &Context) -> Vec<Subject> {
    context.subjects_of_own(|own| match own.desired.certificate {
        Some(_) => vec![Subject::ThisHost],
        None => Vec::new(),
    })
}

fn key_match(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let Some(wanted) = &own.desired.certificate else { return Ok(Finding::skipped("no certificate is wanted")) };
    let (chain, key) = (host.read(&wanted.chain_file)?, host.read(&wanted.key_file)?);
    let (Some(chain), Some(key)) = (chain, key) else {
        return Ok(Finding::fail(format!("'{}' or its key is not there", wanted.chain_file.display()), "both files")
            .automatic("mailwizard apply"));
    };
    let key = Secret::new(String::from_utf8_lossy(&key.content).into_owned());
    let belongs = CertificateInfo::from_pem(&chain.content).and_then(|info| info.belongs_to(&key));
    Ok(match belongs {
        Ok(true) => Finding::pass("certificate and key belong together"),
        Ok(false) => Finding::fail("the key is another certificate's", "a pair").automatic("mailwizard apply"),
        Err(reason) => Finding::fail(reason, "a certificate and its key").automatic("mailwizard apply"),
    })
}

fn renewal(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    const TIMER: &str = "mailwizard-renew.timer";
    let shown =
        host.run(&CommandLine::new("systemctl", &["show", "-pActiveState,UnitFileState", TIMER]), &mut |_| {})?;
    let last = host.run(
        &CommandLine::new(
            "systemctl",
            &["show", "-pResult,ExecMainStatus,ExecMainExitTimestamp", "mailwizard-renew.service"],
        ),
        &mut |_| {},
    )?;
    if let Some(finding) = copy_is_old(own, host)? {
        return Ok(finding);
    }
    let lines: Vec<String> = shown.stdout.lines().chain(last.stdout.lines()).map(str::to_owned).collect();
    Ok(judge_renewal(own.spec.certificate.method, &lines).evidence(lines))
}

/// A certificate that another program renews is copied to where the daemons read: whether it was renewed since.
fn copy_is_old(own: &Own, host: &dyn Host) -> Result<Option<Finding>, HostError> {
    let certificate = &own.spec.certificate;
    let (CertificateMethod::Existing, Some(source), Some(wanted)) =
        (certificate.method, &certificate.chain_file, &own.desired.certificate)
    else {
        return Ok(None);
    };
    let content = |path| host.read(path).map(|file| file.map(|file| file.content));
    Ok(match (content(source)?, content(&wanted.chain_file)?) {
        (None, _) => Some(
            Finding::fail(format!("'{}' is not there any more", source.display()), "the certificate").instructions(
                "Make it again with the program that renews it, or choose another way with 'mailwizard'.",
            ),
        ),
        (Some(renewed), copied) if Some(&renewed) != copied.as_ref() => Some(
            Finding::warn(format!("'{}' was renewed, but the one before is served", source.display()), "the new one")
                .automatic("mailwizard cert renew"),
        ),
        _ => None,
    })
}

fn judge_renewal(method: CertificateMethod, lines: &[String]) -> Finding {
    let is = |line: &str| lines.iter().any(|l| l == line);
    if !lines.iter().any(|l| l.starts_with("ActiveState=")) {
        return Finding::unknown("systemctl says nothing about the timer");
    }
    if !is("ActiveState=active") {
        return match method {
            CertificateMethod::SelfSigned => Finding::info("a self-signed certificate is not renewed"),
            _ => Finding::fail("the timer mailwizard-renew.timer does not run", "active").automatic("mailwizard apply"),
        };
    }
    if !is("UnitFileState=enabled") {
        return Finding::warn("the timer runs, but will not after a reboot", "enabled").automatic("mailwizard apply");
    }
    // The service has no result before its first run; systemd then says success too.
    if !is("Result=success") {
        return Finding::warn("the last renewal failed", "success")
            .instructions("'journalctl -u mailwizard-renew' says why; 'mailwizard cert renew' tries again.");
    }
    Finding::pass("the timer runs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn judge(method: CertificateMethod, lines: &[&str]) -> Outcome {
        judge_renewal(method, &lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>()).outcome
    }

    #[test]
    fn a_timer_must_run_survive_a_reboot_and_have_worked() {
        let acme = CertificateMethod::AcmeHttp;
        assert_eq!(judge(acme, &["ActiveState=active", "UnitFileState=enabled", "Result=success"]), Outcome::Pass);
        assert_eq!(judge(acme, &["ActiveState=active", "UnitFileState=enabled", "Result=exit-code"]), Outcome::Warn);
        assert_eq!(judge(acme, &["ActiveState=active", "UnitFileState=disabled"]), Outcome::Warn);
        assert_eq!(judge(acme, &["ActiveState=inactive"]), Outcome::Fail);
        assert_eq!(judge(acme, &[]), Outcome::Unknown);
        let existing = CertificateMethod::Existing;
        assert_eq!(judge(existing, &["ActiveState=inactive"]), Outcome::Fail, "its renewals are copied by the timer");
        assert_eq!(judge(CertificateMethod::SelfSigned, &["ActiveState=inactive"]), Outcome::Info);
    }
}
