//! `service-running` and `service-config-valid`: the daemons of the stack.

use std::time::Duration;

use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::{CommandLine, Service};

/// Each unit is active, and has not been restarted over and over.
pub static SERVICE_RUNNING: Check = Check {
    id: "service-running",
    area: Area::Service,
    why: "Mail waits or is refused while one of these is down.",
    rfc: "systemctl(1)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: units,
    run: |context, subject| Box::pin(context.on_host(move |own, host| running(own, &subject, host))),
};

/// Each daemon's own checker accepts its configuration without a word.
pub static SERVICE_CONFIG_VALID: Check = Check {
    id: "service-config-valid",
    area: Area::Service,
    why: "A daemon goes on with its old configuration until the next restart, and then does not come up.",
    rfc: "postfix(1), doveconf(1), rspamadm(1)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(60),
    subjects: |context| {
        context.subjects_of_own(|own| {
            let with_checker = services(own).into_iter().filter(|s| !s.validate.is_empty());
            with_checker.map(|s| Subject::Unit(s.unit.to_owned())).collect()
        })
    },
    run: |context, subject| Box::pin(context.on_host(move |own, host| valid(own, &subject, host))),
};

fn services(own: &Own) -> Vec<&Service> {
    own.desired.services.iter().filter(|s| s.enabled).collect()
}

fn units(context: &Context) -> Vec<Subject> {
    context.subjects_of_own(|own| services(own).iter().map(|s| Subject::Unit(s.unit.to_owned())).collect())
}

fn service<'a>(own: &'a Own, subject: &Subject) -> Option<&'a Service> {
    services(own).into_iter().find(|s| matches!(subject, Subject::Unit(unit) if unit == s.unit))
}

fn running(own: &Own, subject: &Subject, host: &dyn Host) -> Result<Finding, HostError> {
    let Some(service) = service(own, subject) else {
        return Ok(Finding::skipped("not one of this stack's units"));
    };
    let properties = "-pActiveState,SubState,NRestarts,Result";
    let output = host.run(&CommandLine::new("systemctl", &["show", properties, service.state_unit]), &mut |_| {})?;
    let finding = judge_state(service.state_unit, &output.stdout);
    if finding.outcome == crate::finding::Outcome::Pass {
        return Ok(finding.evidence(output.stdout.lines()));
    }
    let unit = format!("--unit={}", service.state_unit);
    let log = host.run(&CommandLine::new("journalctl", &["--no-pager", "-n10", "-ocat", &unit]), &mut |_| {})?;
    Ok(finding.evidence(output.stdout.lines()).evidence(log.stdout.lines().map(|l| format!("log: {l}"))))
}

fn judge_state(unit: &str, shown: &str) -> Finding {
    let value = |key: &str| shown.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default();
    let restarts: u32 = value("NRestarts").parse().unwrap_or_default();
    match (value("ActiveState"), value("SubState")) {
        // A unit that only starts others says "active (exited)" whatever becomes of them; timers say "waiting".
        ("active", "exited") => Finding::fail(format!("{unit} has ended"), "running").automatic("mailwizard apply"),
        ("active", _) if restarts > 3 => {
            Finding::warn(format!("{unit} runs, but was restarted {restarts} times"), "no restarts of its own")
                .instructions(format!("journalctl -u {unit} says why it ended."))
        }
        ("active", _) => Finding::pass(format!("{unit} is active")),
        ("", _) => Finding::unknown(format!("systemctl says nothing about {unit}")),
        ("activating", "auto-restart") => Finding::fail(format!("{unit} ends again and again"), "active")
            .instructions(format!("journalctl -u {unit} says why it ended.")),
        ("activating" | "reloading", sub) => Finding::unknown(format!("{unit} is just starting ({sub}): look again")),
        (state, sub) => Finding::fail(format!("{unit} is {state} ({sub})"), "active")
            .instructions(format!("systemctl restart {unit}")),
    }
}

fn valid(own: &Own, subject: &Subject, host: &dyn Host) -> Result<Finding, HostError> {
    let Some(service) = service(own, subject) else {
        return Ok(Finding::skipped("not one of this stack's units"));
    };
    let mut evidence = Vec::new();
    for command in service.validate.iter().filter(|command| !command.writes) {
        let output = host.run(command, &mut |_| {})?;
        let words: Vec<&str> = output.stderr.lines().filter(|l| !l.trim().is_empty()).collect();
        evidence.push(format!("{command}: exit {}", output.code));
        let complaint = command.complaint(&output.stderr);
        if !output.succeeded() || !complaint.is_empty() {
            let first = complaint.lines().chain(words.iter().copied()).next().unwrap_or("it gives no reason");
            return Ok(Finding::fail(crate::printable::excerpt(first, 160), "no word from the daemon's own checker")
                .automatic("mailwizard apply")
                .evidence(evidence)
                .evidence(words));
        }
    }
    Ok(Finding::pass("its own checker accepts it").evidence(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn an_exited_wrapper_is_not_a_running_daemon() {
        let judge = |active: &str, sub: &str, restarts: u32| {
            judge_state("x.service", &format!("ActiveState={active}\nSubState={sub}\nNRestarts={restarts}\n")).outcome
        };
        assert_eq!(judge("active", "running", 0), Outcome::Pass);
        assert_eq!(judge("active", "waiting", 0), Outcome::Pass);
        assert_eq!(judge("active", "exited", 0), Outcome::Fail);
        assert_eq!(judge("active", "running", 9), Outcome::Warn);
        assert_eq!(judge("failed", "failed", 0), Outcome::Fail);
        assert_eq!(judge("activating", "auto-restart", 4), Outcome::Fail);
        assert_eq!(judge("activating", "start", 0), Outcome::Unknown);
        assert_eq!(judge_state("x.service", "").outcome, Outcome::Unknown);
    }

    #[test]
    fn a_warning_counts_though_the_checker_ends_with_zero() {
        use crate::checks::dns_world::spec;
        use crate::host::CommandOutput;
        use crate::host::fake::FakeHost;
        use crate::stacks::{Desired, Service};
        let service = Service {
            validate: vec![CommandLine::new("postconf", &["-n"]).silent(), CommandLine::new("doveconf", &["-n"])],
            ..Service::daemon("x.service", "does something")
        };
        let unit = Subject::Unit("x.service".to_owned());
        let desired = Desired { services: vec![service], ..Desired::default() };
        let own = Own { desired, ..Own::wished(spec()) };
        let said = |postconf: &'static str, doveconf: i32| {
            let host = FakeHost::default();
            host.script("postconf", move |_, _| CommandOutput {
                code: 0,
                stdout: String::new(),
                stderr: postconf.into(),
            });
            host.script("doveconf", move |_, _| CommandOutput {
                code: doveconf,
                stdout: String::new(),
                stderr: String::new(),
            });
            valid(&own, &unit, &host).unwrap()
        };
        assert_eq!(said("", 0).outcome, Outcome::Pass);
        let warned = said("postconf: warning: /etc/postfix/main.cf: unused parameter: smptd_tls=x\n", 0);
        assert_eq!(warned.outcome, Outcome::Fail);
        assert!(warned.found.contains("unused parameter"), "{warned:?}");
        assert_eq!(said("", 89).outcome, Outcome::Fail);
    }
}
