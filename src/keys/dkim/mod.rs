//! DKIM keys: made once for each domain, kept, never replaced behind the operator's back.
//!
//! A key's public half stands in a DNS record that the operator published by hand, so a key that was lost or damaged is
//! an error to settle, not a reason to make another one: mail would be signed with a key that nobody can look up.

mod index;
mod pair;
mod rotation;

use std::path::{Path, PathBuf};

use super::KeyError;
use crate::host::Host;
use crate::plan::{ObservedFile, sha256};
use crate::records::DkimPublic;
use crate::spec::{Domain, MailDomain, Secret, Selector, Spec};
use crate::stacks::{DkimAlgorithm, DkimKey, stack};
use crate::store::Paths;
use index::{Entry, INDEX, Index, read_index, signing, write_index};
use pair::{Ahead, take_or_generate};
pub use pair::{generate, public_half};
pub use rotation::{KEPT_DAYS, KeyState, ListedKey, listed, make_next, may_go, note_who_signs, withdraw};

/// The private keys of a server.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ServerKeys {
    /// Those that sign, as [`load_or_make`] gives them.
    pub signing: Vec<DkimKey>,
    /// Those that signed once and do not any more. A daemon that is told of new settings goes on with the old ones for
    /// seconds, and signs nothing when the key that they name is gone.
    pub retired: Vec<DkimKey>,
}

/// The keys of every domain of `spec` that sign, in the order they do: RSA first, then Ed25519 where the stack can sign
/// with it. Those that [`MailDomain::dkim_selectors`] names, or else the first of each kind. What is missing is made and
/// written 0600 below [`Paths::dkim`].
pub fn load_or_make(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Vec<DkimKey>, KeyError> {
    Ok(domains(host, paths, spec)?.into_iter().flat_map(|domain| domain.signing).collect())
}

/// The same together with the keys that have retired.
pub fn load_or_make_all(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<ServerKeys, KeyError> {
    let wanted = algorithms(spec);
    let mut keys = ServerKeys::default();
    for DomainKeys { domain, folder, index, signing } in domains(host, paths, spec)? {
        keys.signing.extend(signing);
        keys.retired.extend(retired(host, &folder, domain, &index, &wanted)?);
    }
    Ok(keys)
}

struct DomainKeys<'s> {
    domain: &'s MailDomain,
    folder: PathBuf,
    index: Index,
    signing: Vec<DkimKey>,
}

fn domains<'s>(host: &dyn Host, paths: &Paths, spec: &'s Spec) -> Result<Vec<DomainKeys<'s>>, KeyError> {
    let wanted = algorithms(spec);
    let listed = |domain: &'s MailDomain| {
        let folder = paths.dkim().join(domain.name.as_str());
        Ok(DomainKeys { domain, index: read_index(host, &folder)?, folder, signing: Vec::new() })
    };
    let mut domains = spec.domains.iter().map(listed).collect::<Result<Vec<_>, KeyError>>()?;
    let lacking = domains.iter().filter(|of| signing(&of.index, of.domain, DkimAlgorithm::Rsa).is_empty()).count();
    let mut ahead = Ahead::rsa(lacking)?;
    for of in &mut domains {
        of.signing = of_domain(host, &of.folder, of.domain, &mut of.index, &wanted, &mut ahead)?;
    }
    Ok(domains)
}

fn retired(
    host: &dyn Host,
    folder: &Path,
    domain: &MailDomain,
    index: &Index,
    wanted: &[DkimAlgorithm],
) -> Result<Vec<DkimKey>, KeyError> {
    let mut keys = Vec::new();
    for algorithm in wanted.iter().copied() {
        let signing = signing(index, domain, algorithm);
        let Some(newest) = signing.last() else { continue };
        let of_kind = index.keys.iter().filter(|entry| entry.algorithm == algorithm.tag());
        let before = of_kind.take_while(|entry| entry.selector != newest.selector);
        let signed_once = before
            .filter(|entry| !entry.withdrawn || entry.stopped.is_some())
            .filter(|entry| signing.iter().all(|now| now.selector != entry.selector));
        for entry in signed_once {
            keys.push(load(host, folder, &domain.name, algorithm, entry)?);
        }
    }
    Ok(keys)
}

/// The public halves that are to be published: of the keys that sign, and of those that are to sign after a rotation.
pub fn to_publish(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Vec<DkimPublic>, KeyError> {
    let mut keys: Vec<DkimPublic> = load_or_make(host, paths, spec)?.iter().map(DkimPublic::from).collect();
    for domain in &spec.domains {
        let next = listed(host, paths, domain, spec)?.into_iter().filter(|key| key.state == KeyState::Next);
        keys.extend(next.map(|key| key.public));
    }
    Ok(keys)
}

fn algorithms(spec: &Spec) -> Vec<DkimAlgorithm> {
    let mut algorithms = vec![DkimAlgorithm::Rsa];
    if stack(spec.stack).capabilities(spec).ed25519 {
        algorithms.push(DkimAlgorithm::Ed25519);
    }
    algorithms
}

/// Keeps a key that signed before this program came, under its own selector: its record is published already. `private` is
/// an RSA key as PKCS#8 PEM. One that is kept already stays.
pub fn adopt(
    host: &dyn Host,
    paths: &Paths,
    domain: &Domain,
    selector: &Selector,
    private: &Secret,
) -> Result<(), KeyError> {
    let folder = paths.dkim().join(domain.as_str());
    let path = key_file(&folder, selector);
    let algorithm = DkimAlgorithm::Rsa;
    let refused = |reason: String| KeyError::DkimKey { path: path.clone(), domain: domain.clone(), reason };
    let public = public_half(algorithm, private).map_err(refused)?;
    let mut index = read_index(host, &folder)?;
    if index.keys.iter().any(|entry| entry.selector == *selector) {
        return Ok(());
    }
    make_folder(host, &folder)?;
    host.write(&path, &private_file(private.expose()))?;
    let key =
        DkimKey { domain: domain.clone(), selector: selector.clone(), algorithm, private: private.clone(), public };
    index.keys.push(Entry { made: None, ..Entry::of(&key, host.now()) });
    write_index(host, &folder, &index)
}

fn of_domain(
    host: &dyn Host,
    folder: &Path,
    domain: &MailDomain,
    index: &mut Index,
    wanted: &[DkimAlgorithm],
    ahead: &mut Ahead,
) -> Result<Vec<DkimKey>, KeyError> {
    let mut keys = Vec::new();
    for algorithm in wanted {
        let sign = signing(index, domain, *algorithm);
        if sign.is_empty() {
            let key = adopt_or_make(host, folder, &domain.name, *algorithm, index, ahead)?;
            index.keys.push(Entry::of(&key, host.now()));
            write_index(host, folder, index)?;
            keys.push(key);
        } else {
            for entry in sign {
                keys.push(load(host, folder, &domain.name, *algorithm, entry)?);
            }
        }
    }
    Ok(keys)
}

fn load(
    host: &dyn Host,
    folder: &Path,
    domain: &Domain,
    algorithm: DkimAlgorithm,
    entry: &Entry,
) -> Result<DkimKey, KeyError> {
    let path = key_file(folder, &entry.selector);
    let damaged = |reason: String| KeyError::DkimKey { path: path.clone(), domain: domain.clone(), reason };
    let file = host.read(&path)?.ok_or_else(|| damaged("it is not there".into()))?;
    let is_proved = entry.sha256.as_deref() == Some(sha256(&file.content).as_str());
    let private = secret_text(file.content).map_err(damaged)?;
    let public = if is_proved { entry.public.clone() } else { public_half(algorithm, &private).map_err(damaged)? };
    if public != entry.public {
        return Err(damaged(format!("it is not the key that '{INDEX}' beside it names")));
    }
    Ok(DkimKey { domain: domain.clone(), selector: entry.selector.clone(), algorithm, private, public })
}

/// A run that was stopped between writing the key and listing it has left a sound key: it is taken up. Otherwise a key
/// is made under the first selector of this year that no file has.
fn adopt_or_make(
    host: &dyn Host,
    folder: &Path,
    domain: &Domain,
    algorithm: DkimAlgorithm,
    index: &Index,
    ahead: &mut Ahead,
) -> Result<DkimKey, KeyError> {
    let year = host.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    for letter in 'a'..='z' {
        let selector = selector(algorithm, year, letter)?;
        if index.keys.iter().any(|entry| entry.selector == selector) {
            continue;
        }
        let path = key_file(folder, &selector);
        match host.read(&path)? {
            Some(file) => {
                let adopted = secret_text(file.content)
                    .and_then(|private| public_half(algorithm, &private).map(|public| (private, public)));
                if let Ok((private, public)) = adopted {
                    return Ok(DkimKey { domain: domain.clone(), selector, algorithm, private, public });
                }
            }
            None => {
                let key = take_or_generate(domain, selector, algorithm, ahead)?;
                make_folder(host, folder)?;
                host.write(&path, &private_file(key.private.expose()))?;
                return Ok(key);
            }
        }
    }
    Err(KeyError::Making { what: "a DKIM key", reason: format!("all 26 selectors of {year} are taken in '{domain}'") })
}

fn selector(algorithm: DkimAlgorithm, year: i16, letter: char) -> Result<Selector, KeyError> {
    let kind = match algorithm {
        DkimAlgorithm::Rsa => 'r',
        DkimAlgorithm::Ed25519 => 'e',
    };
    Selector::parse(&format!("{kind}{year}{letter}"))
        .map_err(|e| KeyError::Making { what: "a DKIM selector", reason: e.to_string() })
}

fn make_folder(host: &dyn Host, folder: &Path) -> Result<(), KeyError> {
    Ok(host.make_directory(folder, 0o700, "root", "root")?)
}

fn key_file(folder: &Path, selector: &Selector) -> PathBuf {
    folder.join(format!("{selector}.key"))
}

fn secret_text(content: Vec<u8>) -> Result<Secret, String> {
    String::from_utf8(content).map(Secret::new).map_err(|_| "it is not text".to_owned())
}

fn private_file(text: &str) -> ObservedFile {
    ObservedFile { content: text.as_bytes().to_vec(), mode: 0o600, owner: "root".into(), group: "root".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;

    fn made(algorithm: DkimAlgorithm) -> DkimKey {
        let selector = selector(algorithm, 2026, 'a').unwrap();
        generate(&Domain::parse("example.org").unwrap(), selector, algorithm).unwrap()
    }

    fn on(host: &FakeHost) -> Result<Vec<DkimKey>, KeyError> {
        let mut spec = Spec::new(crate::spec::Fqdn::parse("mail.example.org").unwrap());
        spec.domains.push(crate::spec::MailDomain::new(Domain::parse("example.org").unwrap()));
        load_or_make(host, &Paths::default(), &spec)
    }

    fn in_2026() -> FakeHost {
        let host = FakeHost::default();
        host.machine().clock = "2026-11-21T06:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        host
    }

    #[test]
    fn keys_are_made_once_and_root_s_alone() {
        let host = in_2026();
        let made = on(&host).unwrap();
        let selectors: Vec<&str> = made.iter().map(|k| k.selector.as_str()).collect();
        assert_eq!(selectors, ["r2026a", "e2026a"]);
        host.machine().clock += 400 * 86_400;
        assert_eq!(on(&host).unwrap(), made, "another year makes no other key");
        let file = host.read(Path::new("/var/lib/mailwizard/dkim/example.org/r2026a.key")).unwrap().unwrap();
        assert_eq!(file.mode, 0o600);
    }

    #[test]
    fn a_lost_or_exchanged_key_is_an_error_and_not_a_new_key() {
        let path = "/var/lib/mailwizard/dkim/example.org/e2026a.key";
        for (content, reason) in [
            (None, "it is not there"),
            (Some("garbage"), "it is not base64"),
            (Some(made(DkimAlgorithm::Ed25519).private.expose()), "it is not the key that 'keys.toml' beside it names"),
        ] {
            let host = in_2026();
            on(&host).unwrap();
            host.machine().files.remove(Path::new(path));
            if let Some(content) = content {
                host.machine().put(path, content);
            }
            let before = host.machine().files.clone();
            let sentence = on(&host).unwrap_err().to_string();
            assert!(sentence.contains(reason), "{sentence}");
            assert!(sentence.contains(path), "{sentence}");
            assert_eq!(host.machine().files, before);
        }
    }

    /// Killed after any number of changes, the next run goes on with the keys that were written.
    #[test]
    fn a_kill_while_keys_are_made_loses_none_and_doubles_none() {
        for changes in 0..14 {
            let host = in_2026();
            host.machine().changes_until_kill = Some(changes);
            let ended = on(&host).is_ok();
            host.machine().revive();
            let keys_before: Vec<PathBuf> = key_files(&host);
            let keys = on(&host).unwrap();
            assert_eq!(keys.iter().map(|k| k.selector.as_str()).collect::<Vec<_>>(), ["r2026a", "e2026a"]);
            assert!(keys_before.iter().all(|p| key_files(&host).contains(p)) && key_files(&host).len() == 2);
            if ended {
                break;
            }
        }
    }

    fn mail_domain() -> MailDomain {
        MailDomain::new(Domain::parse("example.org").unwrap())
    }

    fn spec_of(domain: MailDomain) -> Spec {
        let mut spec = Spec::new(crate::spec::Fqdn::parse("mail.example.org").unwrap());
        spec.domains.push(domain);
        spec
    }

    fn states(host: &FakeHost, spec: &Spec) -> Vec<(String, KeyState)> {
        let keys = listed(host, &Paths::default(), &spec.domains[0], spec).unwrap();
        keys.into_iter().map(|key| (key.public.selector.to_string(), key.state)).collect()
    }

    #[test]
    fn a_rotation_goes_from_next_to_signing_to_stopped_to_withdrawn() {
        let (host, paths) = (in_2026(), Paths::default());
        let mut spec = spec_of(mail_domain());
        let first = load_or_make(&host, &paths, &spec).unwrap();
        make_next(&host, &paths, &spec.domains[0], &spec).unwrap();
        make_next(&host, &paths, &spec.domains[0], &spec).unwrap();
        let named = |names: [(&str, KeyState); 4]| names.map(|(name, state)| (name.to_owned(), state)).to_vec();
        use KeyState::{Next, Signs, Stopped};
        assert_eq!(
            states(&host, &spec),
            named([("r2026a", Signs), ("e2026a", Signs), ("r2026b", Next), ("e2026b", Next)])
        );
        assert_eq!(load_or_make(&host, &paths, &spec).unwrap(), first, "what waits does not sign");
        assert_eq!(to_publish(&host, &paths, &spec).unwrap().len(), 4);
        assert_eq!(load_or_make_all(&host, &paths, &spec).unwrap().retired, [], "what waits has signed nothing");

        spec.domains[0].dkim_selectors = ["r2026b", "e2026b"].map(|s| Selector::parse(s).unwrap()).into();
        note_who_signs(&host, &paths, &spec.domains[0], &spec).unwrap();
        let now = host.now();
        assert_eq!(
            states(&host, &spec),
            named([("r2026a", Stopped(now)), ("e2026a", Stopped(now)), ("r2026b", Signs), ("e2026b", Signs)])
        );
        let signing = load_or_make(&host, &paths, &spec).unwrap();
        assert_eq!(signing.iter().map(|k| k.selector.as_str()).collect::<Vec<_>>(), ["r2026b", "e2026b"]);

        assert_eq!(load_or_make_all(&host, &paths, &spec).unwrap().retired, first);
        let old = ["r2026a", "e2026a"].map(|s| Selector::parse(s).unwrap());
        withdraw(&host, &paths, &spec.domains[0].name, &old).unwrap();
        assert_eq!(states(&host, &spec).len(), 2);
        make_next(&host, &paths, &spec.domains[0], &spec).unwrap();
        assert_eq!(states(&host, &spec)[2].0, "r2026c", "a selector is never used again");
        assert_eq!(load_or_make_all(&host, &paths, &spec).unwrap().retired, first, "their files stay");
    }

    #[test]
    fn the_way_back_before_a_switch_leaves_the_old_keys_signing() {
        let (host, paths) = (in_2026(), Paths::default());
        let spec = spec_of(mail_domain());
        let first = load_or_make(&host, &paths, &spec).unwrap();
        make_next(&host, &paths, &spec.domains[0], &spec).unwrap();
        let next = ["r2026b", "e2026b"].map(|s| Selector::parse(s).unwrap());
        withdraw(&host, &paths, &spec.domains[0].name, &next).unwrap();
        assert_eq!(load_or_make(&host, &paths, &spec).unwrap(), first);
        assert_eq!(to_publish(&host, &paths, &spec).unwrap().len(), 2);
    }

    fn key_files(host: &FakeHost) -> Vec<PathBuf> {
        host.machine().files.keys().filter(|p| p.extension().is_some_and(|e| e == "key")).cloned().collect()
    }
}
