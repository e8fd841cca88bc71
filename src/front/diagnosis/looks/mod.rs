//! Looks at the machine that no check of the catalogue makes: each answers one question of a cause.

mod accounts;
mod clients;
mod disk;
mod network;
mod postfix;

use std::time::Duration;

use crate::host::Host;
use crate::spec::Spec;
use crate::stacks::CommandLine;
use crate::symptoms::{Evidence, Look};

/// Everything that the looks found.
pub(super) fn looks(host: &dyn Host, spec: &Spec, evidence: &Evidence) -> Vec<Look> {
    let mut found = Vec::new();
    found.extend(network::no_route(host));
    found.extend(network::port_80_held(host, spec));
    let rules = output(host, "nft", &["list", "ruleset"]).unwrap_or_default();
    found.extend(network::output_filter(&rules));
    found.extend(network::dns_output_filter(&rules));
    found.extend(network::input_filter(&rules));
    found.extend(network::client_dropped(&rules, &evidence.mentioned()));
    found.extend(clients::banned(host, evidence));
    found.extend(clients::wrong_port(host, &evidence.said));
    found.extend(disk::read_only(host));
    found.extend(disk::mailbox_full(host, spec));
    found.extend(postfix::looks(host, spec));
    found.extend(accounts::looks(host, spec, evidence));
    found
}

/// The output of a command that ended well; what is not installed says nothing.
fn output(host: &dyn Host, program: &str, args: &[&str]) -> Option<String> {
    host.which(program)?;
    let mut command = CommandLine::new(program, args);
    command.timeout = Duration::from_secs(5);
    let output = host.run(&command, &mut |_| {}).ok()?;
    output.succeeded().then_some(output.stdout)
}
