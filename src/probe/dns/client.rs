//! The client: who is asked, what was answered already, and how much was asked.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hickory_net::proto::op::Message;
use hickory_net::proto::rr::{Name, RecordType};
use tokio::sync::{OnceCell, Semaphore};

use super::exchange::{Question, Silence, exchange};
use super::interpret;
use super::secure::Anchors;
use crate::records::{Answer, AnswerState};

/// How many questions are on the wire at once.
const MOST_AT_ONCE: usize = 400;

/// This machine names no resolver.
#[derive(Debug, thiserror::Error)]
#[error("no resolver could be read from /etc/resolv.conf: {0}. Give one with --resolver IP.")]
pub struct NoResolver(String);

/// Asks resolvers and authoritative servers; cheap to clone, all clones share answers.
#[derive(Clone)]
pub struct DnsClient {
    inner: Arc<Inner>,
    /// The root's keys, where they are not those of the internet.
    anchors: Option<Anchors>,
}

struct Inner {
    resolvers: Vec<SocketAddr>,
    /// The port authoritative servers are asked at: 53 but in tests.
    authoritative_port: u16,
    /// Answers by question. A cell that is being filled makes others wait for the same answer.
    replies: Mutex<HashMap<Question, Arc<OnceCell<Reply>>>>,
    queries: AtomicUsize,
    /// Places for questions on the wire: each holds a socket, and a process may have 1,024 open files.
    on_the_wire: Semaphore,
    /// The label of names that nobody published, to find wildcards with.
    stray_label: String,
}

/// What came back, with what it means.
#[derive(Clone)]
pub(super) struct Reply {
    pub answer: Answer,
    pub message: Option<Arc<Message>>,
    pub no_route: bool,
}

impl DnsClient {
    /// A client that asks the resolvers of `/etc/resolv.conf`, in their order.
    pub fn system() -> Result<Self, NoResolver> {
        let (config, _) = hickory_resolver::system_conf::read_system_conf().map_err(|e| NoResolver(e.to_string()))?;
        let mut resolvers: Vec<SocketAddr> = Vec::new();
        for server in config.name_servers() {
            let address = SocketAddr::new(server.ip, 53);
            if !resolvers.contains(&address) {
                resolvers.push(address);
            }
        }
        if resolvers.is_empty() {
            return Err(NoResolver("it has no 'nameserver' line".into()));
        }
        Ok(Self::with_resolvers(resolvers))
    }

    /// A client that asks these resolvers, the next one only when one before does not answer.
    pub fn with_resolvers(resolvers: Vec<SocketAddr>) -> Self {
        Self::with(resolvers, 53)
    }

    /// A client that asks this resolver.
    pub fn at(resolver: SocketAddr) -> Self {
        Self::with_resolvers(vec![resolver])
    }

    /// The same client with authoritative servers expected at another port than 53, for servers that run without
    /// root.
    pub fn authoritative_port(self, port: u16) -> Self {
        Self { anchors: self.anchors, ..Self::with(self.inner.resolvers.clone(), port) }
    }

    /// The same client with other keys of the root than those of the internet, for closed networks.
    pub fn anchored(self, anchors: Anchors) -> Self {
        Self { anchors: Some(anchors), ..self }
    }

    pub(super) fn anchors(&self) -> Anchors {
        self.anchors.clone().unwrap_or_default()
    }

    fn with(resolvers: Vec<SocketAddr>, authoritative_port: u16) -> Self {
        let inner = Inner {
            resolvers,
            authoritative_port,
            replies: Mutex::default(),
            queries: AtomicUsize::new(0),
            on_the_wire: Semaphore::new(MOST_AT_ONCE),
            stray_label: stray_label(),
        };
        Self { inner: Arc::new(inner), anchors: None }
    }

    /// A client of the same settings that has forgotten every answer: for the next look.
    pub fn fresh(&self) -> Self {
        let fresh = Self::with(self.inner.resolvers.clone(), self.inner.authoritative_port);
        Self { anchors: self.anchors.clone(), ..fresh }
    }

    /// Forgets what was answered about this name and every name below it.
    pub fn forget_below(&self, name: &str) {
        let Ok(zone) = parse(name) else { return };
        self.replies().retain(|question, _| !zone.zone_of(&question.name));
    }

    /// How many answers are remembered.
    pub fn remembered(&self) -> usize {
        self.replies().len()
    }

    /// Whether any answer about this very name is remembered.
    pub fn remembers(&self, name: &str) -> bool {
        parse(name).is_ok_and(|name| self.replies().keys().any(|question| question.name == name))
    }

    fn replies(&self) -> MutexGuard<'_, HashMap<Question, Arc<OnceCell<Reply>>>> {
        self.inner.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The resolvers it asks.
    pub fn resolvers(&self) -> &[SocketAddr] {
        &self.inner.resolvers
    }

    /// How many questions went to the wire so far (a retransmission or a second try over TCP is the same question).
    pub fn queries_sent(&self) -> usize {
        self.inner.queries.load(Ordering::Relaxed)
    }

    pub(super) fn authoritative(&self, ip: IpAddr) -> SocketAddr {
        SocketAddr::new(ip, self.inner.authoritative_port)
    }

    /// A name below `parent` that nobody published: what answers there comes from a wildcard.
    pub fn stray_name(&self, parent: &str) -> String {
        format!("{}.{parent}", self.inner.stray_label)
    }

    pub(super) fn stray_label(&self) -> &str {
        &self.inner.stray_label
    }

    /// What the resolver says. `name` is taken as absolute with or without its final dot.
    pub async fn resolve(&self, name: &str, kind: RecordType) -> Answer {
        match parse(name) {
            Ok(name) => self.resolve_name(&name, kind, false).await.answer,
            Err(answer) => answer,
        }
    }

    /// What the resolver says, and whether it says that DNSSEC proved it (the AD bit). The bit is worth something only
    /// when the way to the resolver can be trusted: one on loopback.
    pub async fn resolve_validated(&self, name: &str, kind: RecordType) -> (Answer, bool) {
        match parse(name) {
            Ok(name) => {
                let reply = self.resolve_name(&name, kind, true).await;
                let authentic = reply.message.is_some_and(|m| m.metadata.authentic_data);
                (reply.answer, authentic)
            }
            Err(answer) => (answer, false),
        }
    }

    /// What one authoritative server says.
    pub async fn ask(&self, server: SocketAddr, name: &str, kind: RecordType) -> Answer {
        match parse(name) {
            Ok(name) => self.ask_name(server, &name, kind).await.answer,
            Err(answer) => answer,
        }
    }

    /// The addresses of a host as the resolver sees them, and whether both questions got a certain answer.
    pub async fn addresses(&self, host: &str) -> (Vec<IpAddr>, bool) {
        let (v4, v6) = tokio::join!(self.resolve(host, RecordType::A), self.resolve(host, RecordType::AAAA));
        let certain = v4.state.is_verdict() && v6.state.is_verdict();
        let v4 = v4.data.iter().filter_map(|d| d.parse::<Ipv4Addr>().ok()).map(IpAddr::V4);
        let v6 = v6.data.iter().filter_map(|d| d.parse::<Ipv6Addr>().ok()).map(IpAddr::V6);
        (v4.chain(v6).collect(), certain)
    }

    pub(super) async fn resolve_name(&self, name: &Name, kind: RecordType, dnssec: bool) -> Reply {
        self.put_to_resolvers(name, kind, dnssec, false).await
    }

    /// What the resolver has, with signatures, also where it would not believe it.
    pub(super) async fn resolve_unjudged(&self, name: &Name, kind: RecordType) -> Reply {
        self.put_to_resolvers(name, kind, true, true).await
    }

    async fn put_to_resolvers(&self, name: &Name, kind: RecordType, dnssec: bool, unjudged: bool) -> Reply {
        let mut last = None;
        for server in &self.inner.resolvers {
            let question = Question { server: *server, name: name.clone(), kind, recurse: true, dnssec, unjudged };
            let reply = self.put(question).await;
            if reply.answer.state.is_verdict() {
                return reply;
            }
            last = Some(reply);
        }
        last.unwrap_or_else(|| Reply {
            answer: unanswered(AnswerState::Other("no resolver is known".into())),
            message: None,
            no_route: false,
        })
    }

    pub(super) async fn ask_name(&self, server: SocketAddr, name: &Name, kind: RecordType) -> Reply {
        self.put(Question { server, name: name.clone(), kind, recurse: false, dnssec: false, unjudged: false }).await
    }

    /// Puts a question, or gives the answer that it got before.
    async fn put(&self, question: Question) -> Reply {
        let cell = Arc::clone(self.replies().entry(question.clone()).or_default());
        let ask = || async move {
            self.inner.queries.fetch_add(1, Ordering::Relaxed);
            // Never closed.
            let _place = self.inner.on_the_wire.acquire().await.ok();
            let start = Instant::now();
            let reply = exchange(&question).await;
            let answer = interpret::answer(&question, &reply, start.elapsed());
            let no_route = reply == Err(Silence::NoRoute);
            Reply { answer, message: reply.ok().map(Arc::new), no_route }
        };
        cell.get_or_init(ask).await.clone()
    }
}

/// An answer that did not come from a server.
pub(super) fn unanswered(state: AnswerState) -> Answer {
    Answer { state, data: Vec::new(), ttl: None, canonical_name: None, elapsed_ms: 0 }
}

/// A name as it is asked for: absolute, lower case.
pub(super) fn parse(name: &str) -> Result<Name, Answer> {
    let mut parsed = Name::from_ascii(name).map_err(|e| {
        let shown = crate::printable::excerpt(name, 80);
        unanswered(AnswerState::Other(format!("'{shown}' is not a DNS name: {e}")))
    })?;
    parsed.set_fqdn(true);
    Ok(parsed.to_lowercase())
}

/// 16 random letters: a name that nobody published.
fn stray_label() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the label is only guessable, which does no harm: it is looked up, not trusted.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes.iter().map(|b| char::from(b'a' + b % 26)).collect()
}
