//! What apply asks of the network, apart so that tests need none.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_net::proto::rr::RecordType;

use crate::host::Host;
use crate::keys::{self, ObtainError};
use crate::probe::dns::DnsClient;
use crate::records::AnswerState;
use crate::spec::Spec;
use crate::stacks::WantedCertificate;
use crate::store::Paths;

/// How long a resolver may take for one answer; its first one goes through root and all.
const ANSWER: Duration = Duration::from_secs(10);

/// The network as apply needs it.
pub trait Network {
    /// Whether the resolver at `address` answers the question for the name servers of the root; what it said if not.
    fn resolver_answers(&self, address: IpAddr) -> Result<(), String>;

    /// Gets the certificate and puts it in place; sentences about ports that do not serve it yet.
    fn obtain_certificate(
        &self,
        host: &dyn Host,
        paths: &Paths,
        spec: &Spec,
        wanted: &WantedCertificate,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, ObtainError>;
}

/// The network this machine is in.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealNetwork;

impl Network for RealNetwork {
    fn resolver_answers(&self, address: IpAddr) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let client = DnsClient::at(SocketAddr::new(address, 53));
        let question = async { tokio::time::timeout(ANSWER, client.resolve(".", RecordType::NS)).await };
        match runtime.block_on(question) {
            Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
            Ok(answer) if answer.state == AnswerState::Found => Ok(()),
            Ok(answer) => Err(format!("it answered {:?}", answer.state)),
        }
    }

    fn obtain_certificate(
        &self,
        host: &dyn Host,
        paths: &Paths,
        spec: &Spec,
        wanted: &WantedCertificate,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, ObtainError> {
        keys::obtain(host, paths, spec, wanted, on_line).map(|obtained| obtained.stale())
    }
}
