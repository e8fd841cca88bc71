//! DKIM keys: made once for each domain, kept, never replaced behind the operator's back.
//!
//! A key's public half stands in a DNS record that the operator published by hand, so a key that was lost or damaged is
//! an error to settle, not a reason to make another one: mail would be signed with a key that nobody can look up.

use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsBigEndian as _, Curve25519SeedBin};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyError;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::spec::{Domain, Secret, Selector, Spec};
use crate::stacks::{DkimAlgorithm, DkimKey, stack};
use crate::store::Paths;

/// The file that lists a domain's keys, beside them.
const INDEX: &str = "keys.toml";

/// The keys of every domain of `spec`, in the order they sign: RSA first, then Ed25519 where the stack can sign with
/// it. What is missing is made and written 0600 below [`Paths::dkim`].
pub fn load_or_make(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Vec<DkimKey>, KeyError> {
    let mut wanted = vec![DkimAlgorithm::Rsa];
    if stack(spec.stack).capabilities(spec).ed25519 {
        wanted.push(DkimAlgorithm::Ed25519);
    }
    let mut keys = Vec::new();
    for domain in &spec.domains {
        keys.extend(of_domain(host, paths, &domain.name, &wanted)?);
    }
    Ok(keys)
}

/// Makes a key pair.
pub fn generate(domain: &Domain, selector: Selector, algorithm: DkimAlgorithm) -> Result<DkimKey, KeyError> {
    let (private, public) = match algorithm {
        DkimAlgorithm::Rsa => {
            let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
                .map_err(|e| KeyError::Making { what: "an RSA key", reason: e.to_string() })?;
            (Secret::new(pair.serialize_pem()), BASE64_STANDARD.encode(pair.subject_public_key_info()))
        }
        DkimAlgorithm::Ed25519 => {
            let failed = |_| KeyError::Making { what: "an Ed25519 key", reason: "no randomness".into() };
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            let seed: Curve25519SeedBin = pair.seed().and_then(|s| s.as_be_bytes()).map_err(failed)?;
            let both = Zeroizing::new([seed.as_ref(), pair.public_key().as_ref()].concat());
            (Secret::new(BASE64_STANDARD.encode(&*both)), BASE64_STANDARD.encode(pair.public_key()))
        }
    };
    Ok(DkimKey { domain: domain.clone(), selector, algorithm, private, public })
}

/// The public half (the `p=` value) that belongs to a stored private key, or what is wrong with the key.
pub fn public_half(algorithm: DkimAlgorithm, private: &Secret) -> Result<String, String> {
    match algorithm {
        DkimAlgorithm::Rsa => {
            let pair = KeyPair::from_pem(private.expose()).map_err(|e| format!("it is not a PKCS#8 PEM key ({e})"))?;
            if !pair.is_compatible(&PKCS_RSA_SHA256) {
                return Err("it is not an RSA key".into());
            }
            Ok(BASE64_STANDARD.encode(pair.subject_public_key_info()))
        }
        DkimAlgorithm::Ed25519 => {
            let bytes = BASE64_STANDARD
                .decode(private.expose().trim())
                .map(Zeroizing::new)
                .map_err(|e| format!("it is not base64 ({e})"))?;
            let Some((seed, public)) = bytes.split_at_checked(32).filter(|(_, public)| public.len() == 32) else {
                return Err(format!("it has {} bytes; an Ed25519 key has 64", bytes.len()));
            };
            Ed25519KeyPair::from_seed_and_public_key(seed, public)
                .map_err(|_| "its public half does not belong to its private half".to_owned())?;
            Ok(BASE64_STANDARD.encode(public))
        }
    }
}

/// The list of a domain's keys: which sign, and what their records say.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    #[serde(default)]
    keys: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    selector: Selector,
    algorithm: String,
    public: String,
}

fn of_domain(
    host: &dyn Host,
    paths: &Paths,
    domain: &Domain,
    wanted: &[DkimAlgorithm],
) -> Result<Vec<DkimKey>, KeyError> {
    let folder = paths.dkim().join(domain.as_str());
    let mut index = read_index(host, &folder)?;
    let mut keys = Vec::new();
    for algorithm in wanted {
        let listed: Vec<&Entry> = index.keys.iter().filter(|e| e.algorithm == algorithm.tag()).collect();
        if listed.is_empty() {
            let key = adopt_or_make(host, &folder, domain, *algorithm)?;
            let (selector, public) = (key.selector.clone(), key.public.clone());
            index.keys.push(Entry { selector, algorithm: algorithm.tag().into(), public });
            write_index(host, &folder, &index)?;
            keys.push(key);
        } else {
            for entry in listed {
                keys.push(load(host, &folder, domain, *algorithm, entry)?);
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
    let private = secret_text(file.content).map_err(damaged)?;
    let public = public_half(algorithm, &private).map_err(damaged)?;
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
) -> Result<DkimKey, KeyError> {
    let year = host.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    for letter in 'a'..='z' {
        let selector = selector(algorithm, year, letter)?;
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
                let key = generate(domain, selector, algorithm)?;
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

fn read_index(host: &dyn Host, folder: &Path) -> Result<Index, KeyError> {
    let path = folder.join(INDEX);
    let Some(file) = host.read(&path)? else { return Ok(Index::default()) };
    let damaged = |reason: String| KeyError::State { path: path.clone(), reason };
    let text = String::from_utf8(file.content).map_err(|_| damaged("it is not text".into()))?;
    toml::from_str(&text).map_err(|e| damaged(e.message().to_owned()))
}

fn write_index(host: &dyn Host, folder: &Path, index: &Index) -> Result<(), KeyError> {
    let path = folder.join(INDEX);
    let text = toml::to_string(index).map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() })?;
    make_folder(host, folder)?;
    host.write(&path, &private_file(&text))?;
    Ok(())
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

    #[test]
    fn an_rsa_key_is_pkcs8_and_its_record_holds_the_spki() {
        let key = made(DkimAlgorithm::Rsa);
        assert_eq!(key.selector.as_str(), "r2026a");
        assert!(key.private.expose().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(public_half(DkimAlgorithm::Rsa, &key.private).unwrap(), key.public);
        let spki = BASE64_STANDARD.decode(&key.public).unwrap();
        assert_eq!(spki.len(), 294, "SubjectPublicKeyInfo of RSA-2048");
    }

    #[test]
    fn an_ed25519_key_is_seed_and_public_half_and_its_record_holds_32_bytes() {
        let key = made(DkimAlgorithm::Ed25519);
        assert_eq!(key.selector.as_str(), "e2026a");
        let both = BASE64_STANDARD.decode(key.private.expose()).unwrap();
        assert_eq!(both.len(), 64);
        assert_eq!(BASE64_STANDARD.decode(&key.public).unwrap(), both[32..]);
        assert_eq!(public_half(DkimAlgorithm::Ed25519, &key.private).unwrap(), key.public);
    }

    #[test]
    fn damaged_keys_are_told_apart() {
        for (algorithm, text, reason) in [
            (DkimAlgorithm::Rsa, "-----BEGIN PRIVATE", "it is not a PKCS#8 PEM key"),
            (DkimAlgorithm::Ed25519, "not base64!", "it is not base64"),
            (DkimAlgorithm::Ed25519, "AAAA", "it has 3 bytes; an Ed25519 key has 64"),
        ] {
            let found = public_half(algorithm, &Secret::new(text.into())).unwrap_err();
            assert!(found.starts_with(reason), "{found}");
        }
        let ours = BASE64_STANDARD.decode(made(DkimAlgorithm::Ed25519).private.expose()).unwrap();
        let other = BASE64_STANDARD.decode(made(DkimAlgorithm::Ed25519).private.expose()).unwrap();
        let mixed = BASE64_STANDARD.encode([&ours[..32], &other[32..]].concat());
        assert_eq!(
            public_half(DkimAlgorithm::Ed25519, &Secret::new(mixed)).unwrap_err(),
            "its public half does not belong to its private half"
        );
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

    fn key_files(host: &FakeHost) -> Vec<PathBuf> {
        host.machine().files.keys().filter(|p| p.extension().is_some_and(|e| e == "key")).cloned().collect()
    }
}
