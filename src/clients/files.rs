//! Files that set a mail program up: Apple's configuration profile and Thunderbird's autoconfig.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::{ClientSettings, ServerSettings};

const MOBILECONFIG: &str = include_str!("../../assets/clients/mobileconfig.xml.j2");
const AUTOCONFIG: &str = include_str!("../../assets/clients/autoconfig.xml.j2");

/// A template of ours could not be filled: a mistake of this program.
#[derive(Debug, thiserror::Error)]
#[error("the client settings could not be written: {0}")]
pub struct FileError(#[from] minijinja::Error);

/// A `.mobileconfig` for iOS and macOS (Apple's configuration profile, payload `com.apple.mail.managed`). It asks for the
/// password when it is installed, and replaces itself when it is installed again: its identifiers follow from the address.
pub fn mobileconfig(settings: &ClientSettings) -> Result<String, FileError> {
    let address = settings.address.to_string();
    let labels = |name: &str| name.split('.').rev().collect::<Vec<_>>().join(".");
    filled(
        MOBILECONFIG,
        context! {
            address => address.clone(),
            name => settings.name.clone().unwrap_or_else(|| address.clone()),
            identifier => format!("{}.mail.{}", labels(settings.address.domain().as_str()), settings.address.local()),
            profile_uuid => uuid(&address, "profile"),
            account_uuid => uuid(&address, "account"),
            incoming => server(&settings.incoming),
            outgoing => server(&settings.outgoing[0]),
        },
    )
}

/// Thunderbird's file (`config-v1.1.xml`), as it is found at `autoconfig.<domain>/mail/`.
pub fn autoconfig(settings: &ClientSettings) -> Result<String, FileError> {
    filled(
        AUTOCONFIG,
        context! {
            domain => settings.address.domain().as_str(),
            username => settings.username.to_string(),
            incoming => vec![server(&settings.incoming)],
            outgoing => settings.outgoing.iter().map(server).collect::<Vec<_>>(),
        },
    )
}

fn server(s: &ServerSettings) -> Value {
    context! { protocol => s.protocol, host => s.host.as_str(), port => s.port, socket => s.security.thunderbird() }
}

impl super::Security {
    /// Its name in `socketType`.
    fn thunderbird(self) -> &'static str {
        match self {
            Self::Tls => "SSL",
            Self::StartTls => "STARTTLS",
        }
    }
}

/// Fills a template, every value escaped: HTML's escapes are XML's for text and attributes.
fn filled(template: &str, values: Value) -> Result<String, FileError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(syntax.build()?);
    Ok(environment.render_str(template, values)?)
}

/// A UUID that always comes out the same for one address and role (version 8 of RFC 9562 section 5.8: SHA-256, cut).
fn uuid(address: &str, role: &str) -> String {
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("mailwizard {role} {address}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Account, Fqdn, Mailbox, Spec};

    fn settings(name: &str) -> ClientSettings {
        let spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        let address = Mailbox::parse("alice+x@example.org").unwrap();
        ClientSettings::of(&spec, &Account { name: Some(name.into()), ..Account::new(address) })
    }

    #[test]
    fn names_with_marks_of_xml_stay_names() {
        let profile = mobileconfig(&settings("A <b> & \"c\" 'd'")).unwrap();
        assert!(profile.contains("<string>A &lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27;</string>"), "{profile}");
    }

    #[test]
    fn a_profile_installed_twice_replaces_itself() {
        assert_eq!(mobileconfig(&settings("Alice")).unwrap(), mobileconfig(&settings("Alice")).unwrap());
        assert_ne!(uuid("alice@example.org", "profile"), uuid("bob@example.org", "profile"));
        let uuid = uuid("alice@example.org", "profile");
        let shape: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12]);
    }

    #[test]
    fn the_files_are_as_committed() {
        insta::assert_snapshot!("mobileconfig", mobileconfig(&settings("Alice")).unwrap());
        insta::assert_snapshot!("autoconfig", autoconfig(&settings("Alice")).unwrap());
    }
}
