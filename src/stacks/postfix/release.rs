//! The versions that decide how things are spelled.

use crate::facts::{Distribution, Facts, Support};
use crate::stacks::RenderError;

/// What is installed, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    /// Postfix, major and minor.
    pub postfix: (u32, u32),
    /// The language of Dovecot's configuration.
    pub dovecot: DovecotSyntax,
    /// Whether the daemon is `postfix@-.service` and `postfix.service` an empty shell around it (Debian until 12).
    pub postfix_instance_unit: bool,
}

/// Dovecot 2.4 reads another language than 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DovecotSyntax {
    /// Debian 12, Ubuntu 24.04.
    V2_3,
    /// Debian 13, Ubuntu 26.04.
    V2_4,
}

impl Release {
    pub fn of(facts: &Facts) -> Result<Self, RenderError> {
        let distribution = &facts.distribution;
        if distribution.support() == Support::None {
            let found = match distribution.pretty_name.as_str() {
                "" => "of unknown name",
                name => name,
            };
            return Err(RenderError::Unsupported {
                what: "The distribution".into(),
                found: found.into(),
                expected: "this stack is made for Debian 12 and 13 and Ubuntu 24.04 and 26.04".into(),
            });
        }
        let postfix = version(facts, "postfix")?;
        if !((3, 7)..(4, 0)).contains(&postfix) {
            return Err(unsupported("Postfix", postfix, "3.7 to 3.x are"));
        }
        let dovecot = match version(facts, "dovecot-core")? {
            (2, 3) => DovecotSyntax::V2_3,
            (2, 4) => DovecotSyntax::V2_4,
            other => return Err(unsupported("Dovecot", other, "2.3 and 2.4 are")),
        };
        let rspamd = version(facts, "rspamd")?;
        if !((3, 4)..(5, 0)).contains(&rspamd) {
            return Err(unsupported("Rspamd", rspamd, "3.4 to 4.x are"));
        }
        Ok(Self { postfix, dovecot, postfix_instance_unit: postfix < (3, 10) })
    }
}

/// The version that is installed or that apt knows; on a machine whose package lists were never fetched, the one that
/// its release holds. Once packages are installed everything is rendered again for what is really there.
fn version(facts: &Facts, package: &str) -> Result<(u32, u32), RenderError> {
    let known = facts.packages.get(package).and_then(|p| p.major_minor());
    known.or_else(|| shipped(&facts.distribution, package)).ok_or_else(|| RenderError::Unsupported {
        what: format!("The package {package}"),
        found: "without a version".into(),
        expected: "apt must know it; try 'apt-get update'".into(),
    })
}

/// What a release was published with; its minor numbers do not change.
fn shipped(distribution: &Distribution, package: &str) -> Option<(u32, u32)> {
    let [postfix, dovecot, rspamd] = match (distribution.id.as_str(), distribution.version.as_str()) {
        ("debian", "12") => [(3, 7), (2, 3), (3, 4)],
        ("debian", "13") => [(3, 10), (2, 4), (3, 12)],
        _ => return None,
    };
    match package {
        "postfix" => Some(postfix),
        "dovecot-core" => Some(dovecot),
        "rspamd" => Some(rspamd),
        _ => None,
    }
}

fn unsupported(what: &str, (major, minor): (u32, u32), expected: &str) -> RenderError {
    RenderError::Unsupported { what: what.into(), found: format!("{major}.{minor}"), expected: expected.into() }
}
