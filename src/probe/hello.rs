//! Which TLS versions and cipher suites a server takes, also those that our TLS library cannot speak: a ClientHello by
//! hand and a look at the ServerHello. Nothing is encrypted, nothing is said, and the connection is used up.

use std::time::Duration;

use super::error::ProbeError;
use super::wire::Wire;
use crate::spec::Fqdn;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SSL 3.0 (RFC 7568 says never).
    Ssl3,
    /// TLS 1.0 (RFC 8996 says never).
    Tls10,
    /// TLS 1.1 (RFC 8996 says never).
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Self; 5] = [Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// "TLS 1.0".
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }

    /// Whether nobody should take it any more.
    pub fn is_obsolete(self) -> bool {
        self < Self::Tls12
    }

    fn number(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.number() == number)
    }
}

/// A cipher suite by its number in the IANA registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suite(pub u16);

impl Suite {
    /// Its registered name, "0x1234" for one that we do not offer.
    pub fn name(self) -> String {
        let known = SUITES.iter().find(|(number, _)| *number == self.0);
        known.map_or_else(|| format!("0x{:04X}", self.0), |(_, name)| (*name).to_owned())
    }

    /// Whether nobody proves who they are with it.
    pub fn is_anonymous(self) -> bool {
        self.name().contains("_anon_")
    }

    /// Whether a key stolen later opens what was said before: the key exchange is RSA's, not ephemeral.
    pub fn lacks_forward_secrecy(self) -> bool {
        self.name().starts_with("TLS_RSA_")
    }

    /// Why nobody should take it; `None` for those that are good.
    pub fn weakness(self) -> Option<&'static str> {
        let name = self.name();
        let reasons = [
            ("_anon_", "nobody proves who they are"),
            ("_NULL_", "nothing is encrypted"),
            ("EXPORT", "40-bit keys, broken in seconds"),
            ("RC4", "RC4 is broken (RFC 7465)"),
            ("_DES_CBC", "56-bit keys, broken in a day"),
            ("3DES", "64-bit blocks (Sweet32)"),
        ];
        reasons.into_iter().find(|(part, _)| name.contains(part)).map(|(_, why)| why)
    }

    /// Every suite that we can offer in a version, the server's likely choice first.
    pub fn of_version(version: Version) -> Vec<Self> {
        let is_of_13 = |number: u16| number >> 8 == 0x13;
        // A cipher with a MAC of its own (AEAD) or SHA-256 came with TLS 1.2 (RFC 5246 section 1.2).
        let is_of_12 = |name: &str| name.contains("GCM") || name.contains("POLY1305") || name.ends_with("CBC_SHA256");
        let is_of = |(number, name): &&(u16, &str)| match version {
            Version::Tls13 => is_of_13(*number),
            Version::Tls12 => !is_of_13(*number),
            _ => !is_of_13(*number) && !is_of_12(name) && !name.ends_with("CBC_SHA384"),
        };
        SUITES.iter().filter(is_of).map(|(number, _)| Self(*number)).collect()
    }
}

/// The suites that are offered, with their names in the IANA registry.
const SUITES: [(u16, &str); 50] = [
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
    (0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x003b, "TLS_RSA_WITH_NULL_SHA256"),
    (0x0002, "TLS_RSA_WITH_NULL_SHA"),
    (0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"),
    (0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
    (0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"),
    (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"),
];

/// What a server chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerHello {
    /// The version of the protocol.
    pub version: Version,
    /// The cipher suite.
    pub suite: Suite,
    /// Whether what is sent gets compressed, which lets an eavesdropper guess it (CRIME).
    pub compresses: bool,
    /// Whether it binds a renegotiation to what went before (RFC 5746). TLS 1.3 has no renegotiation.
    pub secure_renegotiation: bool,
}

/// What a server made of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It took the offered version.
    Taken(ServerHello),
    /// It said no, by an alert, by hanging up, or by going on in another version.
    Refused,
}

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
/// More than a long chain of certificates needs.
const MOST_HANDSHAKE: usize = 128 * 1024;
/// How long an answer to an offer may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Offers one version with these suites on a connection where TLS is to begin now. `host` goes into SNI.
pub async fn offer(
    wire: &mut Wire,
    version: Version,
    suites: &[Suite],
    host: Option<&Fqdn>,
) -> Result<Answer, ProbeError> {
    let hello = client_hello(version, suites, host);
    let what = match suites {
        [one] => one.name(),
        many => format!("{} cipher suites", many.len()),
    };
    wire.send_bytes(&hello, &format!("(a ClientHello that offers only {} with {what})", version.name())).await?;
    let Some(body) = handshake_record(wire).await? else { return Ok(Answer::Refused) };
    let hello = server_hello(&body).ok_or_else(no_tls)?;
    let answer = if hello.version == version { Answer::Taken(hello) } else { Answer::Refused };
    wire.transcript.note(&match answer {
        Answer::Taken(hello) => format!("{} with {} is taken", version.name(), hello.suite.name()),
        Answer::Refused => format!("the server wants {} instead", hello.version.name()),
    });
    Ok(answer)
}

/// How many bits the prime of the server's finite-field Diffie-Hellman has in TLS 1.2; `None` where it does none.
pub async fn diffie_hellman_bits(wire: &mut Wire, host: Option<&Fqdn>) -> Result<Option<usize>, ProbeError> {
    let suites: Vec<Suite> = Suite::of_version(Version::Tls12)
        .into_iter()
        .filter(|suite| suite.name().starts_with("TLS_DHE_") && suite.weakness().is_none())
        .collect();
    let hello = client_hello(Version::Tls12, &suites, host);
    wire.send_bytes(&hello, "(a ClientHello that offers only finite-field Diffie-Hellman)").await?;
    let mut handshake = Vec::new();
    while handshake.len() < MOST_HANDSHAKE {
        let Some(more) = handshake_record(wire).await? else { return Ok(None) };
        handshake.extend(more);
        match prime_bits(&handshake) {
            Prime::Bits(bits) => {
                wire.transcript.note(&format!("a group of {bits} bits"));
                return Ok(Some(bits));
            }
            Prime::None => return Ok(None),
            Prime::Later => {}
        }
    }
    Err(ProbeError::Flood("a TLS handshake of more than 128 KiB"))
}

/// The next record of a handshake; `None` where the server says no, by an alert or by hanging up.
async fn handshake_record(wire: &mut Wire) -> Result<Option<Vec<u8>>, ProbeError> {
    let header = match wire.exactly(5, LIMIT).await {
        Ok(header) => header,
        Err(ProbeError::Closed { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    if header[1] != 3 || !matches!(header[0], ALERT | HANDSHAKE) {
        return Err(no_tls());
    }
    if header[0] == ALERT {
        return Ok(None);
    }
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    match wire.exactly(length, LIMIT).await {
        Ok(body) => Ok(Some(body)),
        Err(ProbeError::Closed { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn no_tls() -> ProbeError {
    ProbeError::Tls("the server answered with something that is no TLS".into())
}

/// What the messages of a handshake say of the group so far.
#[derive(Debug, PartialEq, Eq)]
enum Prime {
    Bits(usize),
    None,
    Later,
}

/// Reads the server's messages up to its ServerKeyExchange, which begins with the prime (RFC 5246 section 7.4.3).
fn prime_bits(handshake: &[u8]) -> Prime {
    let mut rest = Bytes(handshake);
    while let Some([kind, high, middle, low]) = rest.take(4).and_then(|four| <[u8; 4]>::try_from(four).ok()) {
        let Some(body) = rest.take(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)) else {
            return Prime::Later;
        };
        match kind {
            SERVER_KEY_EXCHANGE => {
                let mut body = Bytes(body);
                let prime = body.number().and_then(|length| body.take(usize::from(length)));
                return match prime.and_then(|p| p.iter().position(|byte| *byte != 0).map(|zeros| &p[zeros..])) {
                    Some(p) => Prime::Bits(p.len() * 8 - p[0].leading_zeros() as usize),
                    None => Prime::None,
                };
            }
            SERVER_HELLO_DONE => return Prime::None,
            _ => {}
        }
    }
    Prime::Later
}

/// Reads a ServerHello (RFC 5246 section 7.4.1.3, RFC 8446 section 4.1.3); `None` where it is none.
pub fn server_hello(message: &[u8]) -> Option<ServerHello> {
    let mut rest = Bytes(message);
    if rest.take(1)? != [SERVER_HELLO] {
        return None;
    }
    rest.take(3)?;
    let legacy = rest.number()?;
    rest.take(32)?;
    let session = rest.take(1)?[0];
    rest.take(usize::from(session))?;
    let suite = Suite(rest.number()?);
    let compresses = rest.take(1)? != [0];
    let (mut version, mut secure_renegotiation) = (legacy, false);
    // Extensions may be absent.
    if rest.number().is_some() {
        while let (Some(kind), Some(length)) = (rest.number(), rest.number()) {
            let content = rest.take(usize::from(length))?;
            if let (SUPPORTED_VERSIONS, [high, low]) = (kind, content) {
                version = u16::from_be_bytes([*high, *low]);
            }
            secure_renegotiation |= kind == RENEGOTIATION_INFO;
        }
    }
    let version = Version::of(version)?;
    Some(ServerHello { version, suite, compresses, secure_renegotiation })
}

/// What is left of a message.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        let two = self.take(2)?;
        Some(u16::from_be_bytes([two[0], two[1]]))
    }
}

const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const RENEGOTIATION_INFO: u16 = 0xff01;
const X25519: u16 = 29;
/// x25519, P-256, P-384, P-521.
const GROUPS: [u16; 4] = [X25519, 23, 24, 25];
/// ECDSA, RSA-PSS, RSA with SHA-2, EdDSA, and the SHA-1 that old servers need.
const SIGNATURES: [u16; 14] =
    [0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202];
/// "No renegotiation", in place of an extension (RFC 5746 section 3.3); without it some servers refuse.
const EMPTY_RENEGOTIATION_INFO: u16 = 0x00ff;

fn client_hello(version: Version, suites: &[Suite], host: Option<&Fqdn>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(host) = host {
        let name = host.as_str().as_bytes();
        let entry = [&[0][..], &length16(name.len()), name].concat();
        extension(&mut extensions, SERVER_NAME, &[&length16(entry.len())[..], &entry].concat());
    }
    extension(&mut extensions, SUPPORTED_GROUPS, &list16(&GROUPS));
    extension(&mut extensions, POINT_FORMATS, &[1, 0]);
    if version >= Version::Tls12 {
        extension(&mut extensions, SIGNATURE_ALGORITHMS, &list16(&SIGNATURES));
    }
    if version == Version::Tls13 {
        extension(&mut extensions, SUPPORTED_VERSIONS, &[2, 3, 4]);
        // Any 32 bytes are a public key of x25519 (RFC 7748 section 5).
        let share = [&X25519.to_be_bytes()[..], &length16(32), &[0x5a; 32]].concat();
        extension(&mut extensions, KEY_SHARE, &[&length16(share.len())[..], &share].concat());
    }

    let legacy = version.min(Version::Tls12).number().to_be_bytes();
    let mut body = legacy.to_vec();
    // The random value protects nothing here: no handshake is ever finished with it.
    body.extend([0x5a; 32]);
    body.push(0);
    let offered: Vec<u16> = suites.iter().map(|s| s.0).chain([EMPTY_RENEGOTIATION_INFO]).collect();
    body.extend(list16(&offered));
    match version {
        // RFC 8446 section 4.1.2: nothing else may stand here.
        Version::Tls13 => body.extend([1, 0]),
        // DEFLATE (RFC 3749) is offered only to see whether it is taken.
        _ => body.extend([2, 1, 0]),
    }
    // SSL 3.0 knows no extensions.
    if version > Version::Ssl3 {
        body.extend(length16(extensions.len()));
        body.extend(extensions);
    }

    let mut handshake = vec![1, 0];
    handshake.extend(length16(body.len()));
    handshake.extend(body);
    let mut record = vec![HANDSHAKE, 3, if version == Version::Ssl3 { 0 } else { 1 }];
    record.extend(length16(handshake.len()));
    record.extend(handshake);
    record
}

fn extension(into: &mut Vec<u8>, kind: u16, content: &[u8]) {
    into.extend(kind.to_be_bytes());
    into.extend(length16(content.len()));
    into.extend(content);
}

fn list16(numbers: &[u16]) -> Vec<u8> {
    let mut bytes = length16(numbers.len() * 2).to_vec();
    bytes.extend(numbers.iter().flat_map(|n| n.to_be_bytes()));
    bytes
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

    async fn answer(script: Vec<Step>, version: Version) -> Result<Answer, ProbeError> {
        let (address, _server) = play(script).await;
        let mut wire = Wire::connect(&Target::new(address), Transcript::new()).await.unwrap();
        let host = Fqdn::parse("mail.example.org").unwrap();
        offer(&mut wire, version, &Suite::of_version(version), Some(&host)).await
    }

    #[tokio::test]
    async fn a_modern_server_takes_two_versions_and_refuses_three() {
        let modern = certificate(&["mail.example.org"], |_| {});
        for (version, taken) in [
            (Version::Ssl3, false),
            (Version::Tls10, false),
            (Version::Tls11, false),
            (Version::Tls12, true),
            (Version::Tls13, true),
        ] {
            let answer = answer(vec![Step::Tls(modern.config.clone())], version).await.unwrap();
            assert_eq!(matches!(answer, Answer::Taken(_)), taken, "{version:?}: {answer:?}");
        }
    }

    fn old_hello(record: [u8; 2], version: [u8; 2], suite: [u8; 2]) -> Step {
        let body = [&version[..], &[7; 32], &[0], &suite, &[0]].concat();
        let message = [&[2, 0][..], &length16(body.len()), &body].concat();
        send([&[22][..], &record, &length16(message.len()), &message].concat())
    }

    #[tokio::test]
    async fn an_old_server_is_seen_and_one_that_insists_on_another_version_is_not() {
        let old = vec![Step::Wait(Duration::from_millis(5)), old_hello([3, 1], [3, 1], [0, 5])];
        let taken = answer(old, Version::Tls10).await.unwrap();
        let hello =
            ServerHello { version: Version::Tls10, suite: Suite(5), compresses: false, secure_renegotiation: false };
        assert_eq!(taken, Answer::Taken(hello));
        assert_eq!(Suite(5).weakness(), Some("RC4 is broken (RFC 7465)"));
        let other = vec![Step::Wait(Duration::from_millis(5)), old_hello([3, 1], [3, 1], [0, 5])];
        assert_eq!(answer(other, Version::Tls11).await.unwrap(), Answer::Refused);
        let no_tls = answer(vec![send(b"220 hello\r\n")], Version::Tls10).await;
        assert_eq!(no_tls, Err(ProbeError::Tls("the server answered with something that is no TLS".into())));
        assert_eq!(answer(vec![], Version::Tls10).await, Ok(Answer::Refused), "it hung up");
    }

    #[test]
    fn suites_are_sorted_by_version_and_weakness() {
        assert_eq!(Suite::of_version(Version::Tls13).len(), 3);
        assert!(Suite::of_version(Version::Tls10).iter().all(|s| !s.name().contains("GCM")));
        let good = Suite::of_version(Version::Tls12).iter().filter(|s| s.weakness().is_none()).count();
        assert_eq!(good, 29);
        assert_eq!(Suite(0xabcd).name(), "0xABCD");
        let distinct: std::collections::BTreeSet<u16> = SUITES.iter().map(|(n, _)| *n).collect();
        assert_eq!(distinct.len(), SUITES.len());
    }

    #[test]
    fn a_cut_server_hello_is_none() {
        let body = [&[3, 3][..], &[7; 32], &[0], &[0xc0, 0x30], &[0]].concat();
        let message = [&[2, 0][..], &length16(body.len()), &body].concat();
        let hello = server_hello(&message).unwrap();
        assert_eq!((hello.version, hello.suite), (Version::Tls12, Suite(0xc030)));
        assert!(!hello.compresses && !hello.secure_renegotiation);
        for cut in 0..message.len() {
            assert_eq!(server_hello(&message[..cut]), None, "{cut}");
        }
    }
    #[test]
    fn compression_and_secure_renegotiation_are_read() {
        let body = [&[3, 3][..], &[7; 32], &[0], &[0, 0x2f], &[1], &[0, 5, 0xff, 1, 0, 1, 0]].concat();
        let hello = server_hello(&[&[2, 0][..], &length16(body.len()), &body].concat()).unwrap();
        assert!(hello.compresses && hello.secure_renegotiation && hello.suite.lacks_forward_secrecy());
    }

    #[test]
    fn the_prime_is_measured_however_the_messages_are_cut() {
        let message = |kind: u8, body: &[u8]| [&[kind, 0][..], &length16(body.len()), body].concat();
        let prime = [&[0][..], &[0x7f], &[0xff; 127]].concat();
        let exchange = message(12, &[&length16(prime.len())[..], &prime, &[0, 1, 2]].concat());
        let all = [message(2, &[0; 40]), message(11, &[0; 900]), exchange].concat();
        for cut in 0..all.len() {
            assert_eq!(prime_bits(&all[..cut]), Prime::Later, "{cut}");
        }
        assert_eq!(prime_bits(&all), Prime::Bits(1023), "leading zeros do not count");
        assert_eq!(prime_bits(&[message(2, &[0; 40]), message(14, &[])].concat()), Prime::None);
        assert_eq!(prime_bits(&message(12, &[0, 9, 1])), Prime::None);
    }
}
