//! The wish that a command is about: a file that is given, or what this machine keeps.

use std::path::Path;

use crate::front::exit::{Exit, Failure};
use crate::host::Host;
use crate::spec::{Domain, Spec, answers};
use crate::store::{Paths, pending};

/// The file that is given, else what was accepted and not yet applied, else what was applied.
pub fn latest(host: &dyn Host, paths: &Paths, file: Option<&Path>) -> Result<Spec, Failure> {
    match file {
        Some(path) => given(host, path),
        None => match pending::load(host, paths)? {
            Some(pending) => whole(pending.spec),
            None => kept(host, paths),
        },
    }
}

/// The file that is given, else what was applied: for commands that act on the server as it is.
pub fn applied(host: &dyn Host, paths: &Paths, file: Option<&Path>) -> Result<Spec, Failure> {
    match file {
        Some(path) => given(host, path),
        None => kept(host, paths),
    }
}

fn given(host: &dyn Host, path: &Path) -> Result<Spec, Failure> {
    let usage = |e: String| Failure::new(Exit::Usage, format!("'{}': {e}", path.display()));
    let file = host.read(path)?.ok_or_else(|| usage("it is not there.".into()))?;
    let text = String::from_utf8(file.content).map_err(|_| usage("it is not UTF-8 text.".into()))?;
    let mut spec = answers::parse(&text).map_err(|e| usage(e.to_string()))?.spec;
    answers::resolve_paths(&mut spec, path.parent().unwrap_or(Path::new("/")));
    whole(spec)
}

fn kept(host: &dyn Host, paths: &Paths) -> Result<Spec, Failure> {
    let nothing =
        || Failure::new(Exit::Usage, "nothing is set up here yet: run 'mailwizard setup', or give --answers FILE.");
    whole(pending::load_spec(host, &paths.spec())?.ok_or_else(nothing)?)
}

/// A domain as it was typed, where the server serves it.
pub fn served_domain(spec: &Spec, text: &str) -> Result<Domain, Failure> {
    let domain = Domain::parse(text).map_err(|e| Failure::new(Exit::Usage, e.to_string()))?;
    if spec.domain(&domain).is_some() {
        return Ok(domain);
    }
    let names: Vec<&str> = spec.domains.iter().map(|d| d.name.as_str()).collect();
    let served = if names.len() <= 5 { names.join(", ") } else { "see 'mailwizard domain list'".to_owned() };
    Err(Failure::new(Exit::Usage, format!("'{domain}' is not one of the domains: {served}.")))
}

fn whole(spec: Spec) -> Result<Spec, Failure> {
    let spec = spec.normalised();
    match spec.problems() {
        problems if problems.is_empty() => Ok(spec),
        problems => Err(Failure::new(Exit::Usage, problems.join("\n"))),
    }
}
