//! One GET request over HTTP/1.1 (RFC 9112) whose answer is looked at as it is: no redirect is followed, because an
//! MTA-STS policy must not be fetched through one (RFC 8461 section 3.3), and no certificate ends the dialogue.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout_at;

use super::error::ProbeError;
use super::tls::{TlsSeen, Trust};
use super::transcript::Transcript;
use super::wire::{Target, Wire};
use crate::spec::Fqdn;

/// The most of a body that is kept; RFC 8461 section 3.3 advises 64 KB for a policy.
pub const MAX_BODY: usize = 64 * 1024;
/// The most that status line and headers may take.
const MAX_HEAD: usize = 32 * 1024;
/// The most headers.
const MAX_HEADERS: usize = 100;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSeen {
    /// The status code.
    pub status: u16,
    /// Each header with its value, names in lower case; lossy UTF-8, hostile.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub is_cut: bool,
    /// What was seen of TLS; `None` over plain HTTP.
    pub tls: Option<TlsSeen>,
}

impl HttpSeen {
    /// The first value of a header; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Where a 3xx answer points to.
    pub fn redirect(&self) -> Option<&str> {
        if (300..400).contains(&self.status) { self.header("location") } else { None }
    }
}

/// Gets `path` of `host` over plain HTTP.
pub async fn get(target: &Target, host: &Fqdn, path: &str, transcript: Transcript) -> Result<HttpSeen, ProbeError> {
    let wire = Wire::connect(target, transcript).await?;
    over(wire, target.address, 80, host, path).await
}

/// Gets `path` of `host` over HTTPS; what the certificate is worth stands in [`HttpSeen::tls`].
pub async fn get_tls(
    target: &Target,
    host: &Fqdn,
    path: &str,
    trust: &Trust,
    transcript: Transcript,
) -> Result<HttpSeen, ProbeError> {
    let mut wire = Wire::connect(target, transcript).await?;
    wire.start_tls(host, trust).await?;
    over(wire, target.address, 443, host, path).await
}

async fn over(
    wire: Wire,
    address: SocketAddr,
    usual_port: u16,
    host: &Fqdn,
    path: &str,
) -> Result<HttpSeen, ProbeError> {
    let authority = match address.port() {
        port if port == usual_port => host.to_string(),
        port => format!("{host}:{port}"),
    };
    let request = http::Request::get(path)
        .header("host", &authority)
        .header("user-agent", concat!("mailwizard/", env!("CARGO_PKG_VERSION")))
        .header("accept", "*/*")
        .header("connection", "close")
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|_| ProbeError::Broken(format!("'{}' is not a path", crate::printable::excerpt(path, 80))))?;
    let (deadline, whole, tls, transcript) =
        (wire.deadline(), wire.reply_timeout, wire.tls.clone(), wire.transcript.clone());
    transcript.client(&format!("GET {path} HTTP/1.1"));
    transcript.client(&format!("Host: {authority}"));
    let stream = TokioIo::new(wire.into_stream()?);
    let dialogue = converse(stream, request, tls, &transcript);
    let seen = timeout_at(deadline, dialogue).await.unwrap_or(Err(ProbeError::TooLong(whole)));
    seen.inspect_err(|e| transcript.note(&e.to_string()))
}

async fn converse<S>(
    stream: TokioIo<S>,
    request: http::Request<Empty<bytes::Bytes>>,
    tls: Option<TlsSeen>,
    transcript: &Transcript,
) -> Result<HttpSeen, ProbeError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .handshake::<_, Empty<bytes::Bytes>>(stream)
        .await
        .map_err(|e| explained(&e))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|e| explained(&e))?;
        let status = response.status();
        transcript.server(format!("HTTP/1.1 {status}").as_bytes());
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (name, value) in &headers {
            transcript.server(format!("{name}: {value}").as_bytes());
        }
        let mut incoming = response.into_body();
        let (mut body, mut is_cut) = (Vec::new(), false);
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|e| explained(&e))?;
            let Some(data) = frame.data_ref() else { continue };
            let room = MAX_BODY - body.len();
            body.extend_from_slice(data.get(..room).unwrap_or(data));
            if data.len() > room {
                is_cut = true;
                break;
            }
        }
        let more = if is_cut { ", and more that was not read" } else { "" };
        transcript.note(&format!("{} bytes of content{more}", body.len()));
        Ok(HttpSeen { status: status.as_u16(), headers, body, is_cut, tls })
    };
    tokio::pin!(answer, connection);
    let mut is_over = false;
    loop {
        tokio::select! {
            biased;
            done = &mut answer => return done,
            // The connection may end before its last words were taken out of it.
            _ = &mut connection, if !is_over => is_over = true,
        }
    }
}

fn explained(error: &hyper::Error) -> ProbeError {
    let source = std::error::Error::source(error).and_then(|e| e.downcast_ref::<std::io::Error>());
    let is_reset = source.is_some_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset);
    if error.is_incomplete_message() || error.is_closed() || is_reset {
        return ProbeError::Closed { waiting_for: "answer to GET".into() };
    }
    if error.is_parse_too_large() {
        return ProbeError::Flood("more headers than 32 KiB");
    }
    if error.is_parse() {
        return ProbeError::Broken("the server does not speak HTTP here".into());
    }
    ProbeError::Broken(source.map_or_else(|| error.to_string(), ToString::to_string))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::probe::test_server::{Step, certificate, play, send};

    async fn answer(bytes: &[u8]) -> Result<HttpSeen, ProbeError> {
        let (address, _server) = play(vec![Step::Hear, send(bytes), Step::Wait(Duration::from_millis(30))]).await;
        let host = Fqdn::parse("mta-sts.example.org").unwrap();
        let target = Target { dialogue_timeout: Duration::from_secs(2), ..Target::new(address) };
        get(&target, &host, "/.well-known/mta-sts.txt", Transcript::new()).await
    }

    #[tokio::test]
    async fn a_policy_is_fetched_over_tls_whatever_the_certificate_is_worth() {
        let own = certificate(&["mta-sts.example.org"], |_| {});
        let body = "version: STSv1\r\nmode: enforce\r\n";
        let reply =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (address, server) = play(vec![Step::Tls(own.config.clone()), Step::Hear, Step::Hear, send(reply)]).await;
        let host = Fqdn::parse("mta-sts.example.org").unwrap();
        let transcript = Transcript::new();
        let seen = get_tls(&Target::new(address), &host, "/x", &Trust::nobody(), transcript.clone()).await.unwrap();
        assert_eq!((seen.status, seen.header("content-type")), (200, Some("text/plain")));
        assert_eq!(seen.body, body.as_bytes());
        assert!(seen.tls.unwrap().trust.is_err());
        let heard = server.await.unwrap();
        assert_eq!(heard[..2], ["GET /x HTTP/1.1".to_owned(), format!("host: mta-sts.example.org:{}", address.port())]);
        assert!(transcript.evidence().join("\n").contains("< HTTP/1.1 200 OK"));
    }

    #[tokio::test]
    async fn a_redirect_is_shown_and_not_followed() {
        let seen = answer(b"HTTP/1.1 301 Moved\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(seen.unwrap().redirect(), Some("https://evil.example/"));
    }

    #[tokio::test]
    async fn what_is_no_http_or_too_much_is_named() {
        assert!(matches!(answer(b"220 mail.example.org ESMTP\r\n").await, Err(ProbeError::Broken(_))));
        assert!(matches!(answer(b"").await, Err(ProbeError::Closed { .. })));
        let flood = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 60_000]].concat();
        assert!(matches!(answer(&flood).await, Err(ProbeError::Flood(_))));
        let long = [b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n".to_vec(), vec![b'x'; 200_000]].concat();
        let seen = answer(&long).await.unwrap();
        assert_eq!((seen.body.len(), seen.is_cut), (MAX_BODY, true));
        let escape = answer(b"HTTP/1.1 200 \x1b[2J\r\nContent-Length: 0\r\n\r\n").await;
        assert!(escape.is_err(), "a control character in the status line: {escape:?}");
    }

    #[tokio::test]
    async fn a_body_without_end_ends() {
        let drip = vec![Step::Hear, send("HTTP/1.1 200 OK\r\n\r\n"), send("a"), Step::Wait(Duration::from_secs(3))];
        let (address, _server) = play(drip).await;
        let target = Target { dialogue_timeout: Duration::from_millis(300), ..Target::new(address) };
        let host = Fqdn::parse("www.example.org").unwrap();
        let result = get(&target, &host, "/", Transcript::new()).await;
        assert!(matches!(result, Err(ProbeError::TooLong(_))), "{result:?}");
    }
}
