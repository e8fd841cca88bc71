//! Whether a server still takes TLS 1.0 or 1.1 (RFC 8996), which our TLS library cannot speak: a ClientHello by hand,
//! and a look at what kind of record comes back. Nothing is encrypted and nothing is said.

use std::time::Duration;

use super::error::ProbeError;
use super::wire::Wire;
use crate::spec::Fqdn;

/// The versions that nobody should take any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OldVersion {
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
}

impl OldVersion {
    /// "TLS 1.0".
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
        }
    }

    fn bytes(self) -> [u8; 2] {
        match self {
            Self::Tls10 => [3, 1],
            Self::Tls11 => [3, 2],
        }
    }
}

/// Cipher suites that servers of that time had: ECDHE and RSA key exchange with AES and 3DES (RFC 4492, RFC 5246).
const CIPHERS: [u16; 10] = [0xc00a, 0xc009, 0xc014, 0xc013, 0xc012, 0x0039, 0x0033, 0x0035, 0x002f, 0x000a];
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;

/// Whether the server takes `version` on a connection where TLS is to begin now. The connection is used up.
pub async fn is_taken(wire: &mut Wire, version: OldVersion, host: &Fqdn) -> Result<bool, ProbeError> {
    let hello = client_hello(version, host);
    wire.send_bytes(&hello, &format!("(a ClientHello that offers only {})", version.name())).await?;
    let limit = Duration::from_secs(5);
    // Five bytes of a record's header, and the type of the message in it. A server that hangs up has refused too.
    match wire.exactly(6, limit).await {
        Ok(first) => match (first[0], first[5]) {
            (HANDSHAKE, SERVER_HELLO) => {
                // A server may answer with another version than the one offered; the record's header tells.
                Ok(first[1..3] == version.bytes())
            }
            (ALERT, _) => Ok(false),
            _ => Err(ProbeError::Tls("the server answered with something that is no TLS".into())),
        },
        Err(ProbeError::Closed { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

fn client_hello(version: OldVersion, host: &Fqdn) -> Vec<u8> {
    let mut extensions = Vec::new();
    let name = host.as_str().as_bytes();
    extension(&mut extensions, 0, &[&length16(name.len() + 3)[..], &[0], &length16(name.len()), name].concat());
    // Groups x25519 and P-256, and uncompressed points: without them a server may refuse ECDHE for lack of a curve.
    extension(&mut extensions, 10, &[0, 4, 0, 29, 0, 23]);
    extension(&mut extensions, 11, &[1, 0]);

    let mut body = version.bytes().to_vec();
    // The random value protects nothing here: no handshake is ever finished with it.
    body.extend([0x5a; 32]);
    body.push(0);
    body.extend(length16(CIPHERS.len() * 2));
    body.extend(CIPHERS.iter().flat_map(|c| c.to_be_bytes()));
    body.extend([1, 0]);
    body.extend(length16(extensions.len()));
    body.extend(extensions);

    let mut handshake = vec![1, 0];
    handshake.extend(length16(body.len()));
    handshake.extend(body);
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(length16(handshake.len()));
    record.extend(handshake);
    record
}

fn extension(into: &mut Vec<u8>, kind: u16, content: &[u8]) {
    into.extend(kind.to_be_bytes());
    into.extend(length16(content.len()));
    into.extend(content);
}

/// A length in two bytes; everything here is far below 64 KiB.
fn length16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::test_server::{Step, certificate, play, send};
    use crate::probe::{Target, Transcript};

    async fn answer(script: Vec<Step>) -> Result<bool, ProbeError> {
        let (address, _server) = play(script).await;
        let mut wire = Wire::connect(&Target::new(address), Transcript::new()).await.unwrap();
        is_taken(&mut wire, OldVersion::Tls10, &Fqdn::parse("mail.example.org").unwrap()).await
    }

    #[tokio::test]
    async fn a_modern_server_refuses_and_an_old_one_is_seen() {
        let modern = certificate(&["mail.example.org"], |_| {});
        assert_eq!(answer(vec![Step::Tls(modern.config)]).await, Ok(false));
        let old = vec![Step::Wait(Duration::from_millis(5)), send([22, 3, 1, 0, 60, 2, 0, 0])];
        assert_eq!(answer(old).await, Ok(true));
        assert_eq!(
            answer(vec![send(b"220 hello\r\n")]).await,
            Err(ProbeError::Tls("the server answered with something that is no TLS".into()))
        );
    }
}
