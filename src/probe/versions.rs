//! Every TLS version and the cipher suites that a server takes, found out one connection at a time.

use std::future::Future;

use super::error::ProbeError;
use super::hello::{Answer, Suite, Version, offer};
use super::upgrade::BETWEEN_CONNECTIONS;
use super::wire::Wire;
use crate::spec::Fqdn;

/// Suites of one version that are asked about; more would be more connections than a stranger should make.
const MOST_SUITES: usize = 40;

/// What a server takes of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// The version.
    pub version: Version,
    /// The suites that were found, the server's first choice first; none where it refuses the version.
    pub suites: Vec<Suite>,
}

impl Offers {
    /// Suites that nobody should take, each with the reason.
    pub fn weak(&self) -> impl Iterator<Item = (Suite, &'static str)> {
        self.suites.iter().filter_map(|s| Some((*s, s.weakness()?)))
    }
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// One connection a version for the first choice, and one for each weak suite that is taken.
    Weak,
    /// One connection for each suite that is taken.
    Every,
}

/// Asks about every version; `connect` gives a connection on which TLS is to begin.
pub async fn look<F>(connect: impl Fn() -> F, host: Option<&Fqdn>, depth: Depth) -> Result<Vec<Offers>, ProbeError>
where
    F: Future<Output = Result<Wire, ProbeError>>,
{
    let mut all = Vec::new();
    for version in Version::ALL {
        let mut suites: Vec<Suite> = Vec::new();
        let offered = Suite::of_version(version);
        // The first choice is asked for among all; the rest among those that are left.
        let mut left = offered.clone();
        while !left.is_empty() && suites.len() < MOST_SUITES {
            let Answer::Taken(hello) = offer_once(&connect, version, &left, host).await? else { break };
            let suite = hello.suite;
            if !left.contains(&suite) {
                // A suite that was not offered: the server does as it likes, and asking on leads nowhere.
                suites.push(suite);
                break;
            }
            let is_first = suites.is_empty();
            suites.push(suite);
            let of_interest = |s: &Suite| depth == Depth::Every || s.weakness().is_some();
            left.retain(|s| *s != suite && (!is_first || of_interest(s)));
        }
        all.push(Offers { version, suites });
    }
    Ok(all)
}

async fn offer_once<F>(
    connect: &impl Fn() -> F,
    version: Version,
    suites: &[Suite],
    host: Option<&Fqdn>,
) -> Result<Answer, ProbeError>
where
    F: Future<Output = Result<Wire, ProbeError>>,
{
    let mut wire = connect().await?;
    let answer = offer(&mut wire, version, suites, host).await;
    wire.close().await;
    tokio::time::sleep(BETWEEN_CONNECTIONS).await;
    answer
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::probe::test_server::certificate;
    use crate::probe::{Target, Transcript};

    #[tokio::test]
    async fn a_modern_server_has_two_versions_and_nothing_weak() {
        let config = certificate(&["mail.example.org"], |_| {}).config;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::new(listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let mut connections = 0;
            while let Ok(Ok((stream, _))) =
                tokio::time::timeout(std::time::Duration::from_secs(2), listener.accept()).await
            {
                connections += 1;
                let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&config));
                tokio::spawn(async move { acceptor.accept(stream).await.map(|_| ()) });
            }
            connections
        });
        let connect = || Wire::connect(&target, Transcript::new());
        let host = Fqdn::parse("mail.example.org").unwrap();
        let every = look(connect, Some(&host), Depth::Every).await.unwrap();
        let counts: Vec<(Version, usize)> = every.iter().map(|o| (o.version, o.suites.len())).collect();
        assert_eq!(
            counts,
            [(Version::Ssl3, 0), (Version::Tls10, 0), (Version::Tls11, 0), (Version::Tls12, 3), (Version::Tls13, 3)]
        );
        assert!(every.iter().all(|o| o.weak().next().is_none()));
        let quick = look(connect, Some(&host), Depth::Weak).await.unwrap();
        assert_eq!(quick[3].suites.len(), 1);
        // 3 refusals, 4 and 3 for the suites (TLS 1.3 has no more to ask); 3 refusals, 2 and 1.
        assert_eq!(server.await.unwrap(), 3 + 4 + 3 + 3 + 2 + 1);
    }
}
