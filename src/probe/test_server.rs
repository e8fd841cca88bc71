//! A server on loopback that plays a script, for the tests of the clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the server does next.
pub(crate) enum Step {
    /// Sends these bytes in one segment.
    Send(Vec<u8>),
    /// Reads a line and notes it.
    Hear,
    /// Reads until a line with only a dot.
    HearMessage,
    /// Reads this many bytes and notes them.
    HearBytes(usize),
    /// Turns TLS on.
    Tls(Arc<ServerConfig>),
    /// Sends no more, but goes on reading for a moment.
    HalfClose,
    /// Does nothing for this long.
    Wait(Duration),
}

/// Bytes to send in one segment.
pub(crate) fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// A certificate for these names with its server configuration.
pub(crate) struct TestCertificate {
    pub config: Arc<ServerConfig>,
    pub der: Vec<u8>,
    pub pem: String,
}

/// A self-signed certificate for these names, changed by `change` before it is signed.
pub(crate) fn certificate(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> TestCertificate {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    TestCertificate { config: Arc::new(config), der: certificate.der().to_vec(), pem: certificate.pem() }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Plays the script for one connection; gives the address and, at the end, the lines it heard.
pub(crate) async fn play(script: Vec<Step>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut stream: Box<dyn Stream> = Box::new(stream);
        let mut heard = Vec::new();
        for step in script {
            match step {
                Step::Send(bytes) => {
                    if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                        break;
                    }
                    // Without a pause the kernel joins segments.
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
                Step::Hear => heard.push(line(&mut stream).await),
                Step::HearMessage => loop {
                    let text = line(&mut stream).await;
                    let last = text == "." || text.is_empty() && heard.last().is_some_and(String::is_empty);
                    heard.push(text);
                    if last {
                        break;
                    }
                },
                Step::HearBytes(count) => {
                    let mut bytes = vec![0; count];
                    stream.read_exact(&mut bytes).await.unwrap();
                    heard.push(String::from_utf8_lossy(&bytes).into_owned());
                }
                Step::Tls(config) => {
                    let acceptor = tokio_rustls::TlsAcceptor::from(config);
                    match acceptor.accept(stream).await {
                        Ok(encrypted) => stream = Box::new(encrypted),
                        Err(_) => return heard,
                    }
                }
                Step::HalfClose => {
                    let _ = stream.shutdown().await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Step::Wait(duration) => tokio::time::sleep(duration).await,
            }
        }
        heard
    });
    (address, task)
}

async fn line(stream: &mut Box<dyn Stream>) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).await.is_ok_and(|n| n == 1) && byte[0] != b'\n' {
        text.push(byte[0]);
    }
    String::from_utf8_lossy(&text).trim_end_matches('\r').to_owned()
}
