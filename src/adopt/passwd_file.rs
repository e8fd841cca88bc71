//! Files of accounts as Dovecot reads them: `user:password:uid:gid:gecos:home:shell:extra` (passwd-file).

use crate::spec::Secret;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The login name.
    pub user: String,
    /// The password field.
    pub password: Secret,
    /// The home, where one is given.
    pub home: Option<String>,
    /// Its quota, where one is given.
    pub quota: Option<String>,
    /// Whether its mail is elsewhere than everybody's.
    pub own_mail: bool,
}

/// Reads the file; comments and empty lines are passed over.
pub(super) fn parse(text: &Secret) -> Vec<Entry> {
    let lines = text.expose().lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(entry).collect()
}

fn entry(line: &str) -> Entry {
    let fields: Vec<&str> = line.splitn(8, ':').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let extra: Vec<&str> = field(7).split_whitespace().collect();
    let quota = extra.iter().find_map(|word| {
        let value =
            word.strip_prefix("userdb_quota_rule=").or_else(|| word.strip_prefix("userdb_quota_storage_size="))?;
        Some(value.trim_start_matches("*:storage=").to_owned())
    });
    Entry {
        user: field(0).to_owned(),
        password: Secret::new(field(1).to_owned()),
        home: Some(field(5)).filter(|home| home.starts_with('/')).map(str::to_owned),
        quota,
        own_mail: extra.iter().any(|word| word.starts_with("userdb_mail=") || word.starts_with("userdb_mail_path=")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_matters_is_read() {
        let text = "# accounts\n\nalice@example.org:{SHA512-CRYPT}$6$a$b::::::\n\
                    bob@example.org:{SSHA}x:5000:5000::/srv/bob::userdb_quota_rule=*:storage=1G userdb_mail=mbox:~/m\n";
        let entries = parse(&Secret::new(text.into()));
        assert_eq!(entries[0].user, "alice@example.org");
        assert_eq!(entries[0].password.expose(), "{SHA512-CRYPT}$6$a$b");
        assert_eq!((entries[0].home.as_deref(), entries[0].own_mail), (None, false));
        assert_eq!(entries[1].home.as_deref(), Some("/srv/bob"));
        assert_eq!(entries[1].quota.as_deref(), Some("1G"));
        assert!(entries[1].own_mail);
    }
}
