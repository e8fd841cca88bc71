//! Where the proof is shown on port 80: by our own listener, or in the folder of the web server that is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::ObtainError;
use super::PATH;
use super::listener::ChallengeListener;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::printable::printable;
use crate::spec::Fqdn;

const HTTP: u16 = 80;

/// A place on port 80 that shows proofs; they are gone when it is [`cleared`](Self::clear) or dropped.
pub enum Place {
    /// Port 80 was free.
    Own(ChallengeListener),
    /// A web server holds port 80.
    Webroot {
        /// The folder it serves.
        root: PathBuf,
        /// Its process, where it could be seen.
        holder: String,
        /// Files written so far.
        written: Vec<PathBuf>,
        /// Folders made for them, the inner one last.
        made: Vec<PathBuf>,
    },
}

impl Place {
    /// Looks who holds port 80 now (it may be another than the last time), and takes the way that fits.
    pub fn find(host: &dyn Host, webroot: Option<&Path>) -> Result<Self, ObtainError> {
        let holder = holder_of(host, HTTP)?;
        match (holder, webroot) {
            (Some(holder), Some(root)) => {
                if host.directory(root)?.is_none() {
                    return Err(ObtainError::not_yet(
                        format!("The folder certificate.webroot = '{}' is not there.", root.display()),
                        format!("Give the folder that {holder} serves for the host name."),
                    ));
                }
                Ok(Self::Webroot { root: root.to_owned(), holder, written: Vec::new(), made: Vec::new() })
            }
            (Some(holder), None) => Err(ObtainError::not_yet(
                format!("Port 80 is held by {holder}, so the proof for the certificate cannot be shown there."),
                format!("Set certificate.webroot to the folder that {holder} serves for the host name, or stop it."),
            )),
            (None, _) => ChallengeListener::on_port(HTTP).map(Self::Own).map_err(|e| {
                ObtainError::not_yet(
                    format!("Port 80 could not be opened: {e}."),
                    "Look what holds it with `ss -ltnp sport = :80`.",
                )
            }),
        }
    }

    /// Shows a proof. `token` becomes a file's name, so it may hold only base64url (RFC 8555 section 8.3).
    pub async fn show(
        &mut self,
        host: &dyn Host,
        name: &Fqdn,
        token: &str,
        key_authorization: &str,
    ) -> Result<(), ObtainError> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if token.is_empty() || token.len() > 256 || !token.bytes().all(is_token) {
            return Err(ObtainError::failed("The CA sent a token that is not one.", "Check certificate.directory."));
        }
        match self {
            Self::Own(listener) => {
                listener.answer(token, key_authorization);
                Ok(())
            }
            Self::Webroot { root, holder, written, made } => {
                let path = write_into(host, root, made, token, key_authorization)?;
                written.push(path.clone());
                match fetched(name, token).await {
                    Seen::Body(body) if body.trim_end() != key_authorization => Err(ObtainError::not_yet(
                        format!(
                            "{holder} on port 80 does not show '{}' for http://{name}{PATH}{token}.",
                            path.display()
                        ),
                        "certificate.webroot must be the folder that it serves for the host name; the CA was not sent there.",
                    )),
                    Seen::Refused(status) => Err(ObtainError::not_yet(
                        format!(
                            "{holder} on port 80 answers '{status}' for http://{name}{PATH}, where the proof must be."
                        ),
                        format!("Let it serve '{}' there; the CA was not sent there.", root.display()),
                    )),
                    // A redirect is followed by the CA, and a look at ourselves can fail for reasons that others do not
                    // have: the CA is the judge.
                    Seen::Body(_) | Seen::Redirect | Seen::Nothing => Ok(()),
                }
            }
        }
    }

    /// Takes the proofs away.
    pub fn clear(self, host: &dyn Host) {
        if let Self::Webroot { written, made, .. } = self {
            // What cannot be removed proves nothing any more.
            for path in written {
                let _ = host.remove(&path);
            }
            for path in made.iter().rev() {
                let _ = host.remove_empty_directory(path);
            }
        }
    }
}

/// The process that listens on `port`, in words.
fn holder_of(host: &dyn Host, port: u16) -> Result<Option<String>, ObtainError> {
    let listeners = host.listeners()?;
    let holder = listeners.iter().find(|l| l.port == port);
    Ok(holder.map(|l| match &l.process {
        Some(process) => format!("'{}'", printable(process)),
        None => "another program".into(),
    }))
}

fn write_into(
    host: &dyn Host,
    root: &Path,
    made: &mut Vec<PathBuf>,
    token: &str,
    content: &str,
) -> Result<PathBuf, ObtainError> {
    let well_known = root.join(".well-known");
    let folder = well_known.join("acme-challenge");
    for path in [&well_known, &folder] {
        if host.directory(path)?.is_none() {
            host.make_directory(path, 0o755, "root", "root")?;
            made.push(path.clone());
        }
    }
    let path = folder.join(token);
    let content = content.as_bytes().to_vec();
    host.write(&path, &ObservedFile { content, mode: 0o644, owner: "root".into(), group: "root".into() })?;
    Ok(path)
}

/// What our own web server says to the question that the CA will put.
enum Seen {
    Body(String),
    Refused(String),
    Redirect,
    Nothing,
}

async fn fetched(name: &Fqdn, token: &str) -> Seen {
    let ask = async {
        let mut stream = TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, HTTP)).await?;
        let request = format!("GET {PATH}{token} HTTP/1.0\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let Ok(Ok(answer)) = tokio::time::timeout(Duration::from_secs(5), ask).await else { return Seen::Nothing };
    let status = answer.lines().next().unwrap_or_default();
    match status.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()) {
        Some(200) => Seen::Body(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()),
        Some(300..400) => Seen::Redirect,
        Some(_) => Seen::Refused(printable(status)),
        None => Seen::Nothing,
    }
}
