//! What certificate the daemons really serve, asked at the sockets: a file that is right proves nothing while a daemon
//! still holds the old one.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::host::{Host, HostError};
use crate::printable::{excerpt, printable};
use crate::spec::Fqdn;

/// The ports that mail is spoken on, and whether TLS begins with the first byte or after STARTTLS.
const PORTS: [(u16, Opening); 4] =
    [(25, Opening::StartTls), (465, Opening::Tls), (587, Opening::StartTls), (993, Opening::Tls)];

const PER_SOCKET: Duration = Duration::from_secs(10);
/// A reply longer than this is no SMTP server's.
const LARGEST_REPLY: u64 = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Tls,
    StartTls,
}

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
    for (socket, opening) in sockets(host)? {
        let leaf = async move {
            match tokio::time::timeout(PER_SOCKET, leaf_at(socket, opening, name)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {} s", PER_SOCKET.as_secs())),
            }
        };
        asked.push(async move { Served { socket, leaf: leaf.await } });
    }
    Ok(futures_util::future::join_all(asked).await)
}

/// The sockets to ask: an address of the interfaces for each listener that takes connections to it.
fn sockets(host: &dyn Host) -> Result<Vec<(SocketAddr, Opening)>, HostError> {
    let addresses = host.interface_addresses()?;
    let listeners = host.listeners()?;
    let mut sockets = Vec::new();
    for (port, opening) in PORTS {
        for address in &addresses {
            let takes =
                |bound: IpAddr| bound == *address || (bound.is_unspecified() && bound.is_ipv4() == address.is_ipv4());
            if listeners.iter().any(|l| l.port == port && takes(l.address)) {
                sockets.push((SocketAddr::new(*address, port), opening));
            }
        }
    }
    Ok(sockets)
}

async fn leaf_at(socket: SocketAddr, opening: Opening, name: &Fqdn) -> Result<Vec<u8>, String> {
    let refused = |e: std::io::Error| printable(&e.to_string());
    let stream = TcpStream::connect(socket).await.map_err(refused)?;
    let stream = match opening {
        Opening::Tls => stream,
        Opening::StartTls => start_tls(stream).await?,
    };
    let seen = Arc::new(Seen::default());
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    let server = ServerName::try_from(name.as_str().to_owned()).map_err(|e| e.to_string())?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(server, stream).await;
    let leaf = seen.leaf.lock().ok().and_then(|leaf| leaf.clone());
    // The certificate has been seen even where the handshake failed after it.
    match (leaf, handshake) {
        (Some(leaf), _) => Ok(leaf),
        (None, Err(error)) => Err(format!("no TLS: {}", excerpt(&error.to_string(), 120))),
        (None, Ok(_)) => Err("no certificate".into()),
    }
}

/// The greeting, EHLO and STARTTLS (RFC 3207).
async fn start_tls(stream: TcpStream) -> Result<TcpStream, String> {
    let mut stream = BufReader::new(stream);
    reply(&mut stream, "220").await?;
    for (command, code) in [("EHLO localhost\r\n", "250"), ("STARTTLS\r\n", "220")] {
        stream.get_mut().write_all(command.as_bytes()).await.map_err(|e| printable(&e.to_string()))?;
        reply(&mut stream, code).await?;
    }
    if !stream.buffer().is_empty() {
        return Err("it went on speaking in cleartext after STARTTLS".into());
    }
    Ok(stream.into_inner())
}

/// Reads one reply of any number of lines (RFC 5321 section 4.2.1), which must begin with `code`.
async fn reply<R: AsyncRead + Unpin>(stream: &mut BufReader<R>, code: &str) -> Result<(), String> {
    let mut rest = stream.take(LARGEST_REPLY);
    loop {
        let mut line = Vec::new();
        rest.read_until(b'\n', &mut line).await.map_err(|e| printable(&e.to_string()))?;
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            return Err("it closed the connection".into());
        }
        if !line.starts_with(code) {
            return Err(format!("it said '{}'", excerpt(line.trim_end(), 80)));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}

/// Keeps the leaf and judges nothing: nothing secret is said over such a connection.
#[derive(Debug, Default)]
struct Seen {
    leaf: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Ok(mut leaf) = self.leaf.lock() {
            *leaf = Some(end_entity.to_vec());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider: CryptoProvider = rustls::crypto::aws_lc_rs::default_provider();
        provider.signature_verification_algorithms.supported_schemes()
    }
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
        let asked: Vec<String> = sockets(&host).unwrap().iter().map(|(s, _)| s.to_string()).collect();
        assert_eq!(asked, ["198.51.100.10:25", "[2001:db8:100::10]:25", "198.51.100.10:993"]);
    }

    #[tokio::test]
    async fn replies_of_many_lines_are_read_to_their_end() {
        let mut good = BufReader::new(&b"250-mail\r\n250-STARTTLS\r\n250 OK\r\nrest"[..]);
        reply(&mut good, "250").await.unwrap();
        assert_eq!(good.buffer(), b"rest");
        let mut bad = BufReader::new(&b"454 TLS not available\x1b\r\n"[..]);
        assert_eq!(reply(&mut bad, "220").await.unwrap_err(), "it said '454 TLS not available\\u{1b}'");
        let mut gone = BufReader::new(&b""[..]);
        assert_eq!(reply(&mut gone, "220").await.unwrap_err(), "it closed the connection");
    }
}
