//! One question on the wire: UDP, then TCP when the answer was cut (RFC 1035 section 4.2, RFC 6891).

use std::net::SocketAddr;
use std::time::Duration;

use hickory_net::NetError;
use hickory_net::proto::op::{DnsRequest, DnsRequestOptions, Message, Query, ResponseCode};
use hickory_net::proto::rr::{Name, RecordType};
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::tcp::TcpClientStream;
use hickory_net::udp::UdpClientStream;
use hickory_net::xfer::{DnsHandle, DnsRequestSender, FirstAnswer};

/// How long one try may take, and after what time the datagram is sent again.
pub const PER_TRY: Duration = Duration::from_secs(2);
/// How often a datagram is sent at most.
pub const TRIES: u8 = 2;
/// The UDP payload that passes every usual path unfragmented (DNS flag day 2020).
const EDNS_PAYLOAD: u16 = 1232;

/// A question to one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// Who is asked.
    pub server: SocketAddr,
    /// About which name, absolute.
    pub name: Name,
    /// For which type.
    pub kind: RecordType,
    /// Whether the server should find out itself (a resolver) or say what it knows (an authoritative server).
    pub recurse: bool,
    /// Whether DNSSEC data is wanted (the DO bit), so that a validating resolver says what it proved.
    pub dnssec: bool,
    /// Whether a validating resolver should hand on what it would call bogus (the CD bit, RFC 4035 section 3.2.2).
    pub unjudged: bool,
}

/// Why there was no answer at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// None came in time.
    TimedOut,
    /// This machine has no way to that address (no IPv6, for example).
    NoRoute,
    /// What came could not be read, or the network refused.
    Failed(String),
}

/// Sends the question, at most [`TRIES`] datagrams and one TCP connection, and waits at most [`PER_TRY`] for each.
pub async fn exchange(question: &Question) -> Result<Message, Silence> {
    let answer = over_udp(question, true).await?;
    let answer = match answer.metadata.response_code {
        // A server from before RFC 6891 refuses the OPT record.
        ResponseCode::FormErr | ResponseCode::NotImp => over_udp(question, false).await?,
        _ => answer,
    };
    if answer.metadata.truncation { over_tcp(question).await } else { Ok(answer) }
}

fn request(question: &Question, edns: bool) -> DnsRequest {
    let mut options = DnsRequestOptions::default();
    options.use_edns = edns;
    options.edns_payload_len = EDNS_PAYLOAD;
    options.edns_set_dnssec_ok = question.dnssec;
    options.recursion_desired = question.recurse;
    options.retry_interval = PER_TRY;
    let request = DnsRequest::from_query(Query::query(question.name.clone(), question.kind), options);
    if !question.dnssec {
        return request;
    }
    let (mut message, options) = request.into_parts();
    // Asks for the verdict of validation without wanting to check it (RFC 6840 section 5.7).
    message.metadata.authentic_data = true;
    message.metadata.checking_disabled = question.unjudged;
    DnsRequest::new(message, options)
}

async fn over_udp(question: &Question, edns: bool) -> Result<Message, Silence> {
    let mut stream = UdpClientStream::builder(question.server, TokioRuntimeProvider::new())
        .with_timeout(Some(PER_TRY * u32::from(TRIES)))
        .with_max_retries(TRIES)
        .with_os_port_selection(true)
        .build();
    let answer = stream.send_message(request(question, edns)).first_answer().await.map_err(silence)?;
    Ok(answer.into_message())
}

async fn over_tcp(question: &Question) -> Result<Message, Silence> {
    // The provider owns the task that drives the connection: it has to live until the answer is there.
    let provider = TokioRuntimeProvider::new();
    let connection = TcpClientStream::exchange(question.server, None, PER_TRY, None, provider.clone()).await;
    let answer = connection.map_err(silence)?.send(request(question, true)).first_answer().await.map_err(silence)?;
    drop(provider);
    Ok(answer.into_message())
}

fn silence(error: NetError) -> Silence {
    use std::io::ErrorKind;
    match error {
        NetError::Timeout => Silence::TimedOut,
        NetError::Io(error) => match error.kind() {
            ErrorKind::TimedOut => Silence::TimedOut,
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::AddrNotAvailable => {
                Silence::NoRoute
            }
            _ => Silence::Failed(error.to_string()),
        },
        other => Silence::Failed(other.to_string()),
    }
}
