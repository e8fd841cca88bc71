//! The web server that answers the CA on port 80 while a proof is under way, and nothing else.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::PATH;

/// The CA asks from a handful of places at once; everybody else can wait.
const CONNECTIONS: usize = 32;
const PER_CONNECTION: Duration = Duration::from_secs(10);
const LARGEST_REQUEST: usize = 16 * 1024;

/// Answers until it is dropped.
pub struct ChallengeListener {
    answers: Arc<Mutex<BTreeMap<String, String>>>,
    _accepting: JoinSet<()>,
}

impl ChallengeListener {
    /// Answers on `port` of every address.
    pub fn on_port(port: u16) -> io::Result<Self> {
        Ok(Self::serve(listen_on_both_families(port)?))
    }

    fn serve(listeners: Vec<TcpListener>) -> Self {
        let answers: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let mut accepting = JoinSet::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        for listener in listeners {
            accepting.spawn(accept(listener, Arc::clone(&answers), Arc::clone(&room)));
        }
        Self { answers, _accepting: accepting }
    }

    /// Answers the question for `token` from now on.
    pub fn answer(&self, token: &str, key_authorization: &str) {
        if let Ok(mut answers) = self.answers.lock() {
            answers.insert(token.to_owned(), key_authorization.to_owned());
        }
    }
}

/// A listener for each family that this machine has; with port 0 the second gets the port that the first was given.
fn listen_on_both_families(port: u16) -> io::Result<Vec<TcpListener>> {
    let v4 = listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))?;
    let port = v4.local_addr()?.port();
    match listen(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))) {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(e) if e.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error()) => Ok(vec![v4]),
        Err(e) if e.kind() == io::ErrorKind::AddrNotAvailable => Ok(vec![v4]),
        Err(e) => Err(e),
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }?;
    if address.is_ipv6() {
        // Each family has a socket of its own, whatever net.ipv6.bindv6only says.
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(64)
}

async fn accept(listener: TcpListener, answers: Arc<Mutex<BTreeMap<String, String>>>, room: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let answers = Arc::clone(&answers);
                connections.spawn(async move {
                    // Whatever the other side does wrong is its own affair.
                    let _ = tokio::time::timeout(PER_CONNECTION, converse(stream, answers)).await;
                    drop(place);
                });
            }
            // Out of descriptors, or a connection that was gone already: look again a little later.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, answers: Arc<Mutex<BTreeMap<String, String>>>) -> hyper::Result<()> {
    let service = service_fn(move |request| {
        let response = respond(&request, &answers);
        async move { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PER_CONNECTION)
        .keep_alive(false)
        .max_buf_size(LARGEST_REQUEST)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn respond(request: &Request<Incoming>, answers: &Mutex<BTreeMap<String, String>>) -> Response<Full<Bytes>> {
    let token = request.uri().path().strip_prefix(PATH).filter(|_| request.method() == Method::GET);
    let answer = token.and_then(|token| answers.lock().ok()?.get(token).cloned());
    let mut response = Response::new(Full::from(answer.clone().unwrap_or_default()));
    let content_type = http::HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    if answer.is_none() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn ask(to: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_proof_is_served_and_both_families_are() {
        let listeners = listen_on_both_families(0).unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        let families = listeners.len();
        let listener = ChallengeListener::serve(listeners);
        listener.answer("tok-1", "tok-1.thumb");
        let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
        for address in &loopback[..families] {
            let good = ask(*address, "GET /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: x\r\n\r\n").await;
            assert!(good.starts_with("HTTP/1.1 200 ") && good.ends_with("\r\n\r\ntok-1.thumb"), "{good}");
            for request in [
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /.well-known/acme-challenge/other HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /.well-known/acme-challenge/../tok-1 HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            ] {
                let refused = ask(*address, request).await;
                assert!(refused.starts_with("HTTP/1.1 404 "), "{request}{refused}");
                assert!(!refused.contains("thumb"));
            }
        }
    }

    #[tokio::test]
    async fn the_port_is_free_again_when_it_is_dropped() {
        let listeners = listen_on_both_families(0).unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        let listener = ChallengeListener::serve(listeners);
        assert!(listen_on_both_families(port).is_err());
        drop(listener);
        tokio::time::sleep(Duration::from_millis(50)).await;
        listen_on_both_families(port).unwrap();
    }
}
