//! Our templates, and the operator's own in their place.
//!
//! A template is text with minijinja's `{{ }}` and `{% %}`; a name that is not known stops rendering. A file of the
//! same name in `/etc/mailwizard/local/` (for example `dovecot-2.4.conf.j2`) replaces ours.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::stacks::RenderError;

macro_rules! embedded {
    ($($folder:literal / $name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/postfix/", $folder, "/", $name)))),+]
    };
}

/// Every template by name.
const TEMPLATES: &[(&str, &str)] = embedded![
    "postfix" / "main.cf.j2",
    "dovecot" / "dovecot-2.3.conf.j2",
    "dovecot" / "dovecot-2.4.conf.j2",
    "dovecot" / "junk.sieve",
    "rspamd" / "actions.conf.j2",
    "rspamd" / "dkim_signing.conf.j2",
    "rspamd" / "dmarc.conf.j2",
    "rspamd" / "force_actions.conf.j2",
    "rspamd" / "greylist.conf.j2",
    "rspamd" / "milter_headers.conf.j2",
    "rspamd" / "multimap.conf.j2",
    "rspamd" / "options.inc.j2",
    "rspamd" / "ratelimit.conf.j2",
    "rspamd" / "redis.conf.j2",
    "rspamd" / "worker-controller.inc.j2",
    "rspamd" / "worker-normal.inc.j2",
    "rspamd" / "worker-proxy.inc.j2",
    "opendkim" / "opendkim.conf.j2",
    "unbound" / "mailwizard.conf.j2",
    "unbound" / "trust-anchor.conf.j2",
    "fail2ban" / "filter.conf.j2",
    "fail2ban" / "jail.conf.j2",
    "units" / "certbot-hook.j2",
    "units" / "mailwizard-nightly.service.j2",
    "units" / "mailwizard-nightly.timer.j2",
    "units" / "mailwizard-renew.service.j2",
    "units" / "mailwizard-renew.timer.j2",
];

/// The templates of one rendering.
pub(super) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// Ours, with the operator's own in the place of those that he has.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        let mut syntax = SyntaxConfig::builder();
        syntax.keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().map_err(|e| unusable("syntax", &e))?);
        for (name, ours) in TEMPLATES {
            let source = overrides.get(*name).map_or_else(|| (*ours).to_owned(), Clone::clone);
            environment.add_template_owned(*name, source).map_err(|e| unusable(name, &e))?;
        }
        Ok(Self { environment })
    }

    /// The text of `name` with these values.
    pub fn render(&self, name: &str, values: Value) -> Result<String, RenderError> {
        self.environment.get_template(name).and_then(|t| t.render(values)).map_err(|e| unusable(name, &e))
    }
}

fn unusable(name: &str, error: &minijinja::Error) -> RenderError {
    let line = error.line().map(|l| format!("line {l}: ")).unwrap_or_default();
    RenderError::File { file: name.to_owned(), reason: format!("{line}{error}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn a_name_that_is_not_known_stops_rendering() {
        let templates = Templates::new(&BTreeMap::new()).unwrap();
        let sentence = templates.render("actions.conf.j2", context! { reject_score => 15 }).unwrap_err().to_string();
        assert!(sentence.starts_with("'actions.conf.j2' cannot be used: line 3: "), "{sentence}");
    }

    #[test]
    fn the_operators_template_wins() {
        let own = BTreeMap::from([("redis.conf.j2".to_owned(), "servers = \"127.0.0.1:6380\";\n".to_owned())]);
        let templates = Templates::new(&own).unwrap();
        assert_eq!(templates.render("redis.conf.j2", context! {}).unwrap(), "servers = \"127.0.0.1:6380\";\n");
    }

    #[test]
    fn a_broken_template_is_named() {
        let own = BTreeMap::from([("redis.conf.j2".to_owned(), "{% if %}".to_owned())]);
        let sentence = Templates::new(&own).err().unwrap().to_string();
        assert!(sentence.starts_with("'redis.conf.j2' cannot be used: "), "{sentence}");
    }
}
