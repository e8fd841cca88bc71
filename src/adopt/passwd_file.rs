//! Files of accounts as Dovecot reads them: `user:password:uid:gid:gecos:home:shell:extra` (passwd-file).

use crate::spec::Secret;

/// Extra fields that were understood, or change nothing here.
const UNDERSTOOD: [&str; 11] = [
    "nologin",
    "userdb_gid",
    "userdb_home",
    "userdb_mail",
    "userdb_mail_driver",
    "userdb_mail_path",
    "userdb_quota_rule",
    "userdb_quota_storage_size",
    "userdb_uid",
    "nodelay",
    "userdb_user",
];

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The login name.
    pub user: String,
    /// The password field.
    pub password: Secret,
    /// The home, where one is given.
    pub home: Option<String>,
    /// The home for those who take it from the login (userdb prefetch).
    pub prefetched_home: Option<String>,
    /// Its quota, where one is given.
    pub quota: Option<String>,
    /// Whether its mail is elsewhere than everybody's.
    pub own_mail: bool,
    /// Whether it may not log in.
    pub no_login: bool,
    /// Names of extra fields that were not understood.
    pub others: Vec<String>,
}

/// Reads the file; comments and empty lines are passed over.
pub(super) fn parse(text: &Secret) -> Vec<Entry> {
    let lines = text.expose().lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(entry).collect()
}

fn entry(line: &str) -> Entry {
    let fields: Vec<&str> = line.splitn(8, ':').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let extra: Vec<(&str, &str)> =
        field(7).split_whitespace().map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
    let value = |wanted: &str| extra.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
    let quota = value("userdb_quota_rule").or_else(|| value("userdb_quota_storage_size"));
    let home = |text: String| Some(text).filter(|home| home.starts_with('/'));
    Entry {
        user: field(0).to_owned(),
        password: Secret::new(field(1).to_owned()),
        home: home(field(5).to_owned()),
        prefetched_home: value("userdb_home").and_then(home),
        quota: quota.map(|quota| quota.trim_start_matches("*:storage=").to_owned()),
        own_mail: ["userdb_mail", "userdb_mail_path", "userdb_mail_driver"].iter().any(|name| value(name).is_some()),
        no_login: value("nologin").is_some(),
        others: extra
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !UNDERSTOOD.contains(name))
            .map(str::to_owned)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_matters_is_read() {
        let text = "# accounts\n\nalice@example.org:{SHA512-CRYPT}$6$a$b::::::\n\
                    bob@example.org:{SSHA}x:5000:5000::/srv/bob::userdb_quota_rule=*:storage=1G userdb_mail=mbox:~/m\n\
                    carol@example.org:{SSHA}x::::::nologin allow_nets=192.0.2.0/24 userdb_home=/srv/carol\n";
        let entries = parse(&Secret::new(text.into()));
        assert_eq!(entries[0].user, "alice@example.org");
        assert_eq!(entries[0].password.expose(), "{SHA512-CRYPT}$6$a$b");
        assert_eq!((entries[0].home.as_deref(), entries[0].own_mail, entries[0].no_login), (None, false, false));
        assert_eq!(entries[1].home.as_deref(), Some("/srv/bob"));
        assert_eq!(entries[1].quota.as_deref(), Some("1G"));
        assert!(entries[1].own_mail);
        assert!(entries[2].no_login);
        assert_eq!(entries[2].prefetched_home.as_deref(), Some("/srv/carol"));
        assert_eq!(entries[2].others, ["allow_nets"]);
    }
}
