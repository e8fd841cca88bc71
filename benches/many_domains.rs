//! What mailwizard itself computes on a server with 1,000 domains: a wish read, compared, told and written, and what it
//! renders. Adding a domain does each of these a few times and should stay well below 1 s. Run with
//! `cargo bench --bench many_domains`; `benches/many/run` measures whole commands on a VPS.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin should stop")]

use std::collections::BTreeMap;

use divan::Bencher;
use mailwizard::facts::{Distribution, Facts, PackageVersion};
use mailwizard::plan::{EditChoices, Observed, ObservedFile, plan};
use mailwizard::spec::answers::{parse, to_toml};
use mailwizard::spec::{
    Account, Alias, AliasAction, AliasAddress, Difference, Domain, Fqdn, MailDomain, Mailbox, Secret, Selector, Spec,
};
use mailwizard::stacks::{DkimAlgorithm, DkimKey, Materials, stack};

fn main() {
    divan::main();
}

const DOMAINS: usize = 1_000;
/// Each domain has these addresses, an alias each.
const ROLES: [&str; 4] = ["postmaster", "abuse", "hostmaster", "webmaster"];

fn wish(domains: usize) -> Spec {
    let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
    spec.certificate.agree_to_terms = true;
    spec.domains = (0..domains).map(|n| MailDomain::new(Domain::parse(&format!("d{n:04}.example")).unwrap())).collect();
    let alice = Mailbox::parse("alice@d0000.example").unwrap();
    spec.accounts.push(Account::new(alice.clone()));
    for (domain, role) in spec.domains.iter().flat_map(|domain| ROLES.map(|role| (domain, role))) {
        spec.aliases.push(Alias {
            address: AliasAddress::parse(&format!("{role}@{}", domain.name)).unwrap(),
            targets: vec![alice.clone()],
            action: AliasAction::Deliver,
        });
    }
    spec.normalised()
}

fn facts() -> Facts {
    let package = |version: &str| PackageVersion { version: version.into(), installed: true };
    Facts {
        distribution: Distribution {
            id: "debian".into(),
            version: "13".into(),
            codename: "trixie".into(),
            pretty_name: "Debian".into(),
        },
        packages: BTreeMap::from([
            ("postfix".into(), package("3.10.13-0+deb13u1")),
            ("dovecot-core".into(), package("1:2.4.1+dfsg1-6+deb13u7")),
            ("rspamd".into(), package("3.12.1-1")),
        ]),
        ..Facts::default()
    }
}

fn materials(spec: &Spec) -> Materials {
    let of = |domain: &MailDomain| {
        [("r2026a", DkimAlgorithm::Rsa, 1700), ("e2026a", DkimAlgorithm::Ed25519, 120)].map(
            |(selector, algorithm, size)| DkimKey {
                domain: domain.name.clone(),
                selector: Selector::parse(selector).unwrap(),
                algorithm,
                private: Secret::new("k".repeat(size)),
                public: "A".repeat(size / 5),
            },
        )
    };
    let hash = |account: &Account| (account.address.clone(), Secret::new("{SHA512-CRYPT}$6$hash".into()));
    Materials {
        dkim_keys: spec.domains.iter().flat_map(of).collect(),
        password_hashes: spec.accounts.iter().map(hash).collect(),
        ..Materials::default()
    }
}

#[divan::bench]
fn read_a_wish(bencher: Bencher) {
    let text = to_toml(&wish(DOMAINS)).unwrap();
    bencher.bench(|| parse(&text).unwrap());
}

#[divan::bench]
fn normalise_a_wish(bencher: Bencher) {
    let spec = wish(DOMAINS);
    bencher.with_inputs(|| spec.clone()).bench_values(Spec::normalised);
}

#[divan::bench]
fn write_a_wish(bencher: Bencher) {
    let spec = wish(DOMAINS);
    bencher.bench(|| to_toml(&spec).unwrap());
}

#[divan::bench]
fn problems_of_a_wish(bencher: Bencher) {
    let spec = wish(DOMAINS);
    bencher.bench(|| spec.problems());
}

#[divan::bench]
fn one_domain_more_in_words(bencher: Bencher) {
    let (before, after, hashes) = (wish(DOMAINS), wish(DOMAINS + 1), BTreeMap::new());
    bencher.bench(|| Difference::between(Some((&before, &hashes)), (&after, &hashes)).unwrap().words());
}

#[divan::bench]
fn render(bencher: Bencher) {
    let spec = wish(DOMAINS);
    let (facts, materials) = (facts(), materials(&spec));
    bencher.bench(|| stack(spec.stack).render(&spec, &facts, &materials).unwrap());
}

#[divan::bench]
fn plan_one_domain_more(bencher: Bencher) {
    let facts = facts();
    let rendered = |spec: &Spec| stack(spec.stack).render(spec, &facts, &materials(spec)).unwrap();
    let (before, after) = (rendered(&wish(DOMAINS)), rendered(&wish(DOMAINS + 1)));
    let there = |file: &mailwizard::stacks::ManagedFile| ObservedFile {
        content: file.content.bytes().to_vec(),
        mode: file.mode,
        owner: file.owner.clone(),
        group: file.group.clone(),
    };
    let mut observed = Observed::default();
    for file in &before.files {
        observed.files.insert(file.path.clone(), there(file));
    }
    bencher.bench(|| plan(&after, &observed, &EditChoices::default()));
}
