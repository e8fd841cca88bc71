//! The runner with checks made for the purpose.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::checks::{CheckFuture, LookedAt, MailHost, Visitor};
use crate::probe::dns::DnsClient;
use crate::probe::tls::Trust;
use crate::spec::{Domain, Fqdn, MailDomain, Spec};

fn context() -> Arc<Context> {
    let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
    for name in ["example.org", "example.net"] {
        spec.domains.push(MailDomain::new(Domain::parse(name).unwrap()));
    }
    Arc::new(Context::elsewhere(spec, DnsClient::at(SocketAddr::from(([127, 0, 0, 1], 1)))))
}

fn domains(context: &Context) -> Vec<Subject> {
    context.domains()
}

const fn check(
    id: &'static str,
    needs: &'static [&'static str],
    subjects: fn(&Context) -> Vec<Subject>,
    run: fn(Arc<Context>, Subject) -> CheckFuture,
) -> Check {
    Check {
        id,
        area: Area::Host,
        why: "why",
        rfc: "rfc",
        needs,
        reach: Reach::Anyone,
        timeout: Duration::from_millis(300),
        subjects,
        run,
    }
}

static FAILS_FOR_NET: Check = check("fails-for-net", &[], domains, |_, subject| {
    Box::pin(async move {
        match subject.to_string().as_str() {
            "example.net" => Finding::fail("x", "y"),
            _ => Finding::pass("x"),
        }
    })
});
static NEEDS_IT: Check =
    check("needs-it", &["fails-for-net"], domains, |_, _| Box::pin(async { Finding::pass("looked") }));
static NEEDS_THAT: Check =
    check("needs-that", &["needs-it"], |_| vec![Subject::ThisHost], |_, _| Box::pin(async { Finding::pass("looked") }));
static HANGS: Check = check("hangs", &[], |_| vec![Subject::ThisHost], |_, _| Box::pin(std::future::pending()));
static PANICS: Check =
    check("panics", &[], |_| vec![Subject::ThisHost], |_, _| Box::pin(async { panic!("a defect in a check") }));
static INTRUSIVE: Check = Check {
    reach: Reach::Permitted,
    ..check("intrusive", &[], Context::hosts, |_, _| Box::pin(async { Finding::pass("did it") }))
};
static ONLY_OURS: Check = Check {
    reach: Reach::ThisServer,
    ..check("only-ours", &[], |_| vec![Subject::ThisHost], |_, _| Box::pin(async { Finding::pass("did it") }))
};
static MENDS: Check = check("mends", &[], Context::hosts, |_, _| {
    Box::pin(async { Finding::fail("broken", "whole").automatic("mailwizard apply") })
});

async fn outcomes(checks: &[&'static Check], selection: &Selection) -> Vec<(String, String, Outcome, String)> {
    let results = run_these(checks, context(), selection, None, CancellationToken::new()).await;
    results.into_iter().map(|r| (r.id, r.subject, r.finding.outcome, r.finding.found)).collect()
}

#[tokio::test]
async fn a_failure_skips_what_needs_it_for_the_same_subject_and_all_that_needs_those() {
    let seen = outcomes(&[&FAILS_FOR_NET, &NEEDS_IT, &NEEDS_THAT], &Selection::default()).await;
    let expected = [
        ("fails-for-net", "example.org", Outcome::Pass, "x"),
        ("fails-for-net", "example.net", Outcome::Fail, "x"),
        ("needs-it", "example.org", Outcome::Pass, "looked"),
        ("needs-it", "example.net", Outcome::Skipped, "because fails-for-net failed"),
        ("needs-that", "this host", Outcome::Skipped, "because needs-it failed"),
    ];
    let seen: Vec<_> = seen.iter().map(|(a, b, c, d)| (a.as_str(), b.as_str(), *c, d.as_str())).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_needed_check_that_was_not_selected_holds_nothing_up() {
    let selection = Selection { skip: ["fails-for-net".to_owned()].into(), ..Selection::default() };
    let seen = outcomes(&[&FAILS_FOR_NET, &NEEDS_IT], &selection).await;
    assert!(seen.iter().all(|(_, _, outcome, _)| *outcome == Outcome::Pass), "{seen:?}");
}

#[tokio::test]
async fn a_check_that_hangs_or_panics_is_unknown_and_the_rest_goes_on() {
    let selection = Selection { concurrency: 1, ..Selection::default() };
    let seen = outcomes(&[&HANGS, &PANICS, &FAILS_FOR_NET], &selection).await;
    let outcomes: Vec<Outcome> = seen.iter().map(|s| s.2).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Unknown, Outcome::Pass, Outcome::Fail]);
    assert_eq!(seen[0].3, "it took longer than 0.3 s");
    assert_eq!(seen[1].3, "the check itself broke off");
}

#[tokio::test]
async fn anothers_server_is_left_alone() {
    let checks: &[&'static Check] = &[&INTRUSIVE, &ONLY_OURS, &MENDS];
    let ours = outcomes(checks, &Selection::default()).await;
    assert_eq!(ours.iter().map(|s| s.3.as_str()).collect::<Vec<_>>(), ["did it", "did it", "broken"]);

    let foreign = run_these(checks, others(&[]), &Selection::default(), None, CancellationToken::new()).await;
    assert!(foreign[0].finding.found.contains("--intrusive"), "{:?}", foreign[0].finding);
    assert_eq!((foreign[1].subject.as_str(), foreign[1].finding.outcome), ("this host", Outcome::Skipped));
    assert_eq!(foreign[2].finding.fix, None, "'mailwizard apply' mends nothing there");

    let allowed = others(&["mx.example.com"]);
    let allowed = run_these(checks, allowed, &Selection::default(), None, CancellationToken::new()).await;
    assert_eq!(allowed[0].finding.found, "did it");
    assert_eq!(allowed[1].finding.outcome, Outcome::Skipped);
}

fn others(permitted: &[&str]) -> Arc<Context> {
    let host = Fqdn::parse("mx.example.com").unwrap();
    let addresses = vec!["192.0.2.25".parse().unwrap()];
    let hosts = vec![MailHost { name: host, addresses, unreachable: Vec::new(), is_mx: true, is_given: false }];
    let looked_at = LookedAt { hosts, ..LookedAt::default() };
    let dns = DnsClient::at(SocketAddr::from(([127, 0, 0, 1], 1)));
    let mut context = Context::of_others(looked_at, dns, Trust::nobody(), Visitor::default());
    context.permitted = permitted.iter().map(|h| Fqdn::parse(h).unwrap()).collect();
    Arc::new(context)
}

#[tokio::test]
async fn cancelling_ends_at_once_and_every_result_is_still_there() {
    let cancel = CancellationToken::new();
    let (channel, mut updates) = tokio::sync::mpsc::unbounded_channel();
    let trigger = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        trigger.cancel();
    });
    let began = Instant::now();
    let results = run_these(
        &[&HANGS, &FAILS_FOR_NET],
        context(),
        &Selection::default(),
        Some(Updates { channel, generation: 7 }),
        cancel,
    )
    .await;
    assert!(began.elapsed() < Duration::from_millis(250));
    assert_eq!(results.len(), 3);
    assert_eq!(results[0].finding.found, "the run was stopped");
    let mut streamed = Vec::new();
    while let Some(update) = updates.recv().await {
        assert_eq!((update.generation, update.of), (7, 3));
        streamed.push(update.result);
    }
    assert_eq!(streamed.len(), 3, "every result is streamed once");
}

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static CROWD: Check = check(
    "crowd",
    &[],
    |_| (0..12).map(|n| Subject::Unit(n.to_string())).collect(),
    |_, _| {
        Box::pin(async {
            MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
            RUNNING.fetch_sub(1, Ordering::SeqCst);
            Finding::pass("x")
        })
    },
);

#[tokio::test]
async fn at_most_so_many_run_at_once() {
    let seen = outcomes(&[&CROWD], &Selection { concurrency: 3, ..Selection::default() }).await;
    assert_eq!((seen.len(), MOST.load(Ordering::SeqCst)), (12, 3));
}

#[test]
fn every_file_is_registered_and_every_need_exists() {
    let mut ids = HashSet::new();
    for check in CHECKS {
        assert!(ids.insert(check.id), "'{}' is registered twice", check.id);
        assert!(check.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", check.id);
        assert!(check.why.ends_with('.') && !check.rfc.is_empty(), "{}", check.id);
    }
    for check in CHECKS {
        for need in check.needs {
            let at = CHECKS.iter().position(|c| c.id == *need);
            let own = CHECKS.iter().position(|c| c.id == check.id);
            assert!(at.is_some() && at < own, "'{}' needs '{need}', which does not come before it", check.id);
        }
    }
    // Every check that a file declares is in the table, and its id is declared once.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut declared = Vec::new();
    collect(&folder, &mut declared);
    for (file, id) in &declared {
        assert!(ids.contains(id.as_str()), "'{id}' of {file} is not registered in CHECKS");
    }
    assert_eq!(declared.len(), CHECKS.len());
}

fn collect(folder: &std::path::Path, declared: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, declared);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("Check = Check {") {
                let id = text[at..].split("id: \"").nth(1).unwrap().split('"').next().unwrap();
                declared.push((name.clone(), id.to_owned()));
            }
        }
    }
}
