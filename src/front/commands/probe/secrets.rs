//! The password of a login probe: from a file or standard input, never from the command line.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{connect, usage};
use crate::front::exit::Failure;
use crate::spec::Secret;

/// Options of probes that may log in.
#[derive(Debug, clap::Args)]
pub struct Login {
    /// Log in as this user, once TLS is on and the certificate trusted
    #[arg(long, value_name = "USER", requires = "password_file")]
    user: Option<String>,
    /// The file whose first line is the password; '-' reads standard input
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
}

impl Login {
    /// User and password, where a login is wanted.
    pub fn read(&self) -> Result<Option<(String, Secret)>, Failure> {
        let (Some(user), Some(path)) = (&self.user, &self.password_file) else { return Ok(None) };
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(usage("the user name is empty or holds a control character."));
        }
        let content = match path == Path::new("-") {
            true => {
                let mut content = Vec::new();
                std::io::stdin().lock().take(64 * 1024).read_to_end(&mut content)?;
                content
            }
            false => connect::read(path)?,
        };
        let text = Secret::new(String::from_utf8_lossy(&content).into_owned());
        let line = text.expose().lines().next().unwrap_or_default();
        let password = Secret::parse_password(line).map_err(|e| usage(e.to_string()))?;
        Ok(Some((user.clone(), password)))
    }
}
