//! Password hashes made elsewhere, as Dovecot can check them.

use crate::spec::{Invalid, Secret};

/// The schemes of Dovecot that are taken over, with what a hash of each begins with. What is not here is refused: a
/// plain or reversible scheme, or one that falls to a search in minutes (MD5, SHA1, LDAP's).
const SCHEMES: [(&str, &[&str]); 6] = [
    ("SHA512-CRYPT", &["$6$"]),
    ("SHA256-CRYPT", &["$5$"]),
    ("ARGON2ID", &["$argon2id$"]),
    ("ARGON2I", &["$argon2i$"]),
    ("BLF-CRYPT", &["$2y$", "$2b$", "$2a$"]),
    ("PBKDF2", &["$1$"]),
];

/// Whether `text` is written as a hash, `{SCHEME}…` or `$6$…`, and so must not be taken for a password.
pub fn looks_like_hash(text: &str) -> bool {
    let named = text.strip_prefix('{').and_then(|rest| rest.split_once('}')).is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    });
    named || crypt_scheme(text).is_some()
}

/// Parses a hash into Dovecot's form `{SCHEME}hash`.
///
/// `{CRYPT}` and a hash without a scheme are told by their beginning, as crypt(3) does. The hash itself is never part
/// of the refusal.
pub fn parse(text: &str) -> Result<Secret, Invalid> {
    let text = text.trim_matches([' ', '\t']);
    let invalid =
        |reason: String| Invalid::new("a password hash", "(hidden)", reason).fix(format!("Known are {}.", known()));
    let (named, hash) = match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((scheme, hash)) => (Some(scheme.to_ascii_uppercase()), hash),
        None => (None, text),
    };
    let scheme = match named.as_deref() {
        None | Some("CRYPT") => {
            crypt_scheme(hash).ok_or_else(|| invalid("its beginning tells no scheme that is taken over".into()))?
        }
        Some(name) => SCHEMES.iter().map(|(known, _)| *known).find(|known| *known == name).ok_or_else(|| {
            invalid(format!("the scheme '{}' is not taken over", crate::printable::excerpt(name, 24)))
        })?,
    };
    if let Some(reason) = fault(scheme, hash) {
        return Err(invalid(reason));
    }
    Ok(Secret::new(format!("{{{scheme}}}{hash}")))
}

fn crypt_scheme(hash: &str) -> Option<&'static str> {
    SCHEMES
        .iter()
        .filter(|(name, _)| *name != "PBKDF2")
        .find(|(_, begins)| begins.iter().any(|b| hash.starts_with(b)))
        .map(|(name, _)| *name)
}

/// What is wrong with the hash of a known scheme, without a final dot.
fn fault(scheme: &str, hash: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"./$=,+_-".contains(&b);
    if hash.len() > 512 || !hash.bytes().all(allowed) {
        return Some("it holds characters that no hash has, or more than 512".into());
    }
    let begins = SCHEMES.iter().find(|(name, _)| *name == scheme).map_or(&[][..], |(_, begins)| begins);
    if !begins.iter().any(|b| hash.starts_with(b)) {
        return Some(format!("a hash of {scheme} begins with '{}'", begins.first().copied().unwrap_or_default()));
    }
    let last = hash.rsplit('$').next().unwrap_or_default().len();
    let fields = hash.split('$').count();
    let complete = match scheme {
        "SHA512-CRYPT" => last == 86 && matches!(fields, 4 | 5),
        "SHA256-CRYPT" => last == 43 && matches!(fields, 4 | 5),
        "BLF-CRYPT" => hash.len() == 60 && fields == 4,
        "PBKDF2" => last == 40 && fields == 5,
        _ => last >= 16 && fields == 6,
    };
    (!complete).then(|| format!("it is not a whole {scheme} hash: something was cut off or added"))
}

fn known() -> String {
    let names: Vec<&str> = SCHEMES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA512: &str = "$6$rounds=5000$abcdefghijklmnop$PpfmvY43RhSH0CFJMQ2hNiFwd4nk9Wl9kTdKKzHGa7r4xtNPSYYXHrAITBz5zJtYEVyRCeI5MvSTm97fJdUSs/";

    #[test]
    fn hashes_with_and_without_a_scheme_become_dovecots_form() {
        for text in [SHA512.to_owned(), format!("{{CRYPT}}{SHA512}"), format!("{{sha512-crypt}}{SHA512}")] {
            assert_eq!(parse(&text).unwrap().expose(), format!("{{SHA512-CRYPT}}{SHA512}"));
        }
        for (hash, scheme) in [
            ("$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe", "BLF-CRYPT"),
            ("$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21l$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo", "ARGON2ID"),
        ] {
            assert_eq!(parse(hash).unwrap().expose(), format!("{{{scheme}}}{hash}"));
            assert!(looks_like_hash(hash));
        }
    }

    #[test]
    fn a_refusal_names_the_reason_and_hides_the_hash() {
        for (text, reason) in [
            ("{PLAIN}hunter2", "the scheme 'PLAIN' is not taken over"),
            ("{MD5}abcdef", "the scheme 'MD5' is not taken over"),
            ("$1$abc$def", "its beginning tells no scheme that is taken over"),
            ("{SHA512-CRYPT}$5$abc", "a hash of SHA512-CRYPT begins with '$6$'"),
            ("$6$salt$tooshort", "it is not a whole SHA512-CRYPT hash: something was cut off or added"),
            ("{SHA512-CRYPT}$6$salt$a:b\n", "it holds characters that no hash has, or more than 512"),
        ] {
            let sentence = parse(text).unwrap_err().to_string();
            assert_eq!(
                sentence,
                format!(
                    "'(hidden)' is not a password hash: {reason}. Known are SHA512-CRYPT, SHA256-CRYPT, ARGON2ID, ARGON2I, BLF-CRYPT, PBKDF2."
                )
            );
        }
    }

    #[test]
    fn ordinary_passwords_are_not_taken_for_hashes() {
        for text in ["hunter2", "{}", "{ smile }", "$6", "a{PLAIN}b", "$money$"] {
            assert!(!looks_like_hash(text), "{text}");
        }
        for text in ["{PLAIN}x", "{SHA512-CRYPT}$6$", "$6$x"] {
            assert!(looks_like_hash(text), "{text}");
        }
    }
}
