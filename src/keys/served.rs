//! What certificate the daemons really serve, asked at the sockets: a file that is right proves nothing while a daemon
//! still holds the old one.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::host::{Host, HostError};
use crate::probe::tls::Trust;
use crate::probe::upgrade::{Protocol, until_tls};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

/// The ports that mail is spoken on.
const PORTS: [u16; 4] = [25, 465, 587, 993];

const PER_SOCKET: Duration = Duration::from_secs(10);

/// What one socket serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The address and port.
    pub socket: SocketAddr,
    /// The leaf certificate in DER, or why there is none, in words.
    pub leaf: Result<Vec<u8>, String>,
}

/// Asks every mail port that something listens on, at every address of this machine, both families.
pub async fn look(host: &dyn Host, name: &Fqdn) -> Result<Vec<Served>, HostError> {
    let mut asked = Vec::new();
    for socket in sockets(host)? {
        let leaf = async move {
            match tokio::time::timeout(PER_SOCKET, leaf_at(socket, name)).await {
                Ok(answer) => answer.map_err(|e| e.to_string()),
                Err(_) => Err(format!("no answer within {} s", PER_SOCKET.as_secs())),
            }
        };
        asked.push(async move { Served { socket, leaf: leaf.await } });
    }
    Ok(futures_util::future::join_all(asked).await)
}

/// The sockets to ask: an address of the interfaces for each listener that takes connections to it.
fn sockets(host: &dyn Host) -> Result<Vec<SocketAddr>, HostError> {
    let addresses = host.interface_addresses()?;
    let listeners = host.listeners()?;
    let mut sockets = Vec::new();
    for port in PORTS {
        for address in &addresses {
            let takes =
                |bound: IpAddr| bound == *address || (bound.is_unspecified() && bound.is_ipv4() == address.is_ipv4());
            if listeners.iter().any(|l| l.port == port && takes(l.address)) {
                sockets.push(SocketAddr::new(*address, port));
            }
        }
    }
    Ok(sockets)
}

/// The leaf is wanted whatever it is worth: nothing secret is said over such a connection.
async fn leaf_at(socket: SocketAddr, name: &Fqdn) -> Result<Vec<u8>, ProbeError> {
    let transcript = Transcript::new();
    let mut wire = until_tls(&Target::new(socket), Protocol::in_clear_at(socket.port()), None, &transcript).await?;
    wire.start_tls(name, &Trust::nobody()).await?;
    let chain = wire.tls.take().map(|seen| seen.chain).unwrap_or_default();
    wire.close().await;
    chain.into_iter().next().ok_or_else(|| ProbeError::Tls("no certificate".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Listener;
    use crate::host::FakeHost;

    #[test]
    fn every_family_that_something_listens_on_is_asked() {
        let host = FakeHost::default();
        host.machine().addresses = vec!["198.51.100.10".parse().unwrap(), "2001:db8:100::10".parse().unwrap()];
        let listener =
            |address: &str, port| Listener { address: address.parse().unwrap(), port, pid: None, process: None };
        host.machine().listeners =
            vec![listener("0.0.0.0", 25), listener("::", 25), listener("0.0.0.0", 993), listener("127.0.0.1", 587)];
        let asked: Vec<String> = sockets(&host).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(asked, ["198.51.100.10:25", "[2001:db8:100::10]:25", "198.51.100.10:993"]);
    }
}
