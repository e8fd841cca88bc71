//! Whom a probe connects to and whom it believes: the options that all dialogues share.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::usage;
use crate::front::exit::Failure;
use crate::host::{Host, RealHost};
use crate::printable::excerpt;
use crate::probe::dns::DnsClient;
use crate::probe::tls::{Peer, Trust};
use crate::probe::{ProbeError, Target};
use crate::spec::Fqdn;

/// Addresses of one host that are tried, one after the other.
const MOST_ADDRESSES: usize = 6;

/// Options of every dialogue.
#[derive(Debug, clap::Args)]
pub struct Connect {
    /// A host name or an address, with or without a port
    #[arg(value_name = "HOST[:PORT]")]
    host: String,
    /// TLS from the first byte
    #[arg(long, conflicts_with = "starttls")]
    tls: bool,
    /// Insist on STARTTLS
    #[arg(long)]
    starttls: bool,
    /// What the certificate must say, in place of HOST
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Do not name the host in the TLS handshake (SNI)
    #[arg(long)]
    no_sni: bool,
    /// Believe the authorities in this PEM file too
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
    /// Look HOST up at this resolver in place of the system's way
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Only IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    ipv4: bool,
    /// Only IPv6
    #[arg(short = '6')]
    ipv6: bool,
    /// Come from this address of ours
    #[arg(long, value_name = "IP")]
    from: Option<IpAddr>,
    /// Seconds that a connection and each answer may take; a greeting may take 30
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600))]
    timeout: Option<u16>,
    /// Print one JSON object; the dialogue goes to standard error
    #[arg(long)]
    pub json: bool,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// With the first byte.
    Tls,
    /// Behind STARTTLS, or the dialogue fails.
    StartTls,
    /// Behind STARTTLS where it is offered.
    Opportunistic,
}

/// Where a dialogue goes, looked up.
pub struct Destination {
    /// HOST as given.
    pub host: String,
    /// The port.
    pub port: u16,
    /// When TLS begins.
    pub security: Security,
    /// Whom the certificate has to name.
    pub peer: Peer,
    /// Whom we believe.
    pub trust: Trust,
    /// Where to connect, the first that answered first.
    targets: Vec<Target>,
}

impl Destination {
    /// "mail.example.org:587".
    pub fn subject(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Dials the addresses one after the other until one takes the connection; what it says then is the answer.
    pub async fn dial<T, F>(&self, dial: impl Fn(Target) -> F) -> Result<(Target, T), ProbeError>
    where
        F: Future<Output = Result<T, ProbeError>>,
    {
        let mut last = ProbeError::Broken("the host has no address".into());
        for target in &self.targets {
            match dial(target.clone()).await {
                Ok(done) => return Ok((target.clone(), done)),
                Err(error @ ProbeError::Refused(_)) => last = error,
                Err(error) if error.is_out_of_reach() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// The host's name, for SNI and the Host header; `None` where only an address was given.
    pub fn name(&self) -> Option<&Fqdn> {
        match &self.peer {
            Peer::Name(host) | Peer::Unnamed(host) => Some(host),
            Peer::Address(_) => None,
        }
    }
}

impl Connect {
    /// Reads the options and looks the host up. `default` gives the port when none was given, by the wish for TLS.
    pub async fn destination(
        &self,
        default: impl Fn(Option<Security>) -> u16,
        security: impl Fn(u16) -> Security,
    ) -> Result<Destination, Failure> {
        let wish = match (self.tls, self.starttls) {
            (true, _) => Some(Security::Tls),
            (_, true) => Some(Security::StartTls),
            _ => None,
        };
        let (host, port) = host_and_port(&self.host)?;
        let port = port.unwrap_or_else(|| default(wish));
        let peer = self.peer(&host)?;
        let trust = self.trust()?;
        let addresses = self.addresses(&host).await?;
        let targets = addresses.into_iter().map(|ip| self.target(SocketAddr::new(ip, port))).collect();
        Ok(Destination { security: wish.unwrap_or_else(|| security(port)), host, port, peer, trust, targets })
    }

    fn peer(&self, host: &str) -> Result<Peer, Failure> {
        let name = self.name.as_deref().unwrap_or(host);
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(Peer::Address(address));
        }
        let name = Fqdn::parse(name).map_err(|e| usage(e.to_string()))?;
        Ok(if self.no_sni { Peer::Unnamed(name) } else { Peer::Name(name) })
    }

    fn trust(&self) -> Result<Trust, Failure> {
        let Some(path) = &self.ca_file else { return Ok(Trust::system()) };
        let content = read(path)?;
        Trust::system()
            .with_roots(&content)
            .map_err(|e| usage(format!("'{}' cannot be used with --ca-file: {e}.", path.display())))
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found: Vec<IpAddr> = match &self.resolver {
            Some(resolver) => {
                let (addresses, certain) = DnsClient::at(resolver_address(resolver)?).addresses(host).await;
                if addresses.is_empty() && !certain {
                    return Err(failed(format!("the resolver gave no answer about '{host}'")));
                }
                addresses
            }
            None => tokio::net::lookup_host((host, 0))
                .await
                .map(|found| found.map(|a| a.ip()).collect())
                .map_err(|e| failed(format!("'{host}' could not be looked up: {e}")))?,
        };
        let mut wanted: Vec<IpAddr> = Vec::new();
        for address in found {
            if (!self.ipv4 || address.is_ipv4()) && (!self.ipv6 || address.is_ipv6()) && !wanted.contains(&address) {
                wanted.push(address);
            }
        }
        wanted.truncate(MOST_ADDRESSES);
        match wanted.is_empty() {
            true => Err(failed(format!("'{host}' has no address of that kind"))),
            false => Ok(wanted),
        }
    }

    fn target(&self, address: SocketAddr) -> Target {
        let mut target = Target::new(address);
        target.from = self.from;
        if let Some(seconds) = self.timeout {
            let limit = Duration::from_secs(u64::from(seconds));
            target.connect_timeout = limit;
            target.reply_timeout = limit;
            target.greeting_timeout = target.greeting_timeout.max(limit);
        }
        target
    }
}

fn failed(sentence: String) -> Failure {
    Failure::new(crate::front::exit::Exit::Failed, sentence)
}

/// A file's content, at most 16 MiB.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = RealHost.read(path)?;
    file.map(|f| f.content).ok_or_else(|| usage(format!("'{}' does not exist.", path.display())))
}

/// The address of a resolver or name server: "192.0.2.53", "[2001:db8::53]:53".
pub fn resolver_address(text: &str) -> Result<SocketAddr, Failure> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse::<SocketAddr>().or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53))).map_err(|_| {
        let shown = excerpt(text, 60);
        usage(format!(
            "'{shown}' is not the address of a name server. It looks like '192.0.2.53' or '[2001:db8::53]:53'."
        ))
    })
}

/// The client that asks the given resolver, or the system's.
pub fn dns(resolver: Option<&str>) -> Result<DnsClient, Failure> {
    match resolver {
        Some(text) => Ok(DnsClient::at(resolver_address(text)?)),
        None => Ok(DnsClient::system()?),
    }
}

/// "mail.example.org:587", "192.0.2.1", "[2001:db8::1]:25", "2001:db8::1".
fn host_and_port(text: &str) -> Result<(String, Option<u16>), Failure> {
    let wrong = || {
        let shown = excerpt(text, 80);
        usage(format!(
            "'{shown}' is not HOST or HOST:PORT. It looks like 'mail.example.org:587' or '[2001:db8::1]:25'."
        ))
    };
    let port = |text: &str| text.parse::<u16>().ok().filter(|p| *p > 0).ok_or_else(wrong);
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(wrong)?;
        address.parse::<IpAddr>().map_err(|_| wrong())?;
        return match rest.strip_prefix(':') {
            Some(number) => Ok((address.to_owned(), Some(port(number)?))),
            None if rest.is_empty() => Ok((address.to_owned(), None)),
            None => Err(wrong()),
        };
    }
    if text.parse::<IpAddr>().is_ok() {
        return Ok((text.to_owned(), None));
    }
    let (host, number) = match text.split_once(':') {
        Some((host, number)) => (host, Some(port(number)?)),
        None => (text, None),
    };
    let host = host.trim_end_matches('.');
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    match !host.is_empty() && host.chars().all(is_name) {
        true => Ok((host.to_ascii_lowercase(), number)),
        false => {
            let fqdn = Fqdn::parse(host).map_err(|_| wrong())?;
            Ok((fqdn.to_string(), number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (text, host, port) in [
            ("Mail.Example.Org.", "mail.example.org", None),
            ("mail.example.org:587", "mail.example.org", Some(587)),
            ("192.0.2.1:25", "192.0.2.1", Some(25)),
            ("2001:db8::1", "2001:db8::1", None),
            ("[2001:db8::1]:25", "2001:db8::1", Some(25)),
            ("[2001:db8::1]", "2001:db8::1", None),
        ] {
            let read = host_and_port(text).map_err(|f| f.error.to_string()).unwrap();
            assert_eq!(read, (host.to_owned(), port), "{text}");
        }
        for text in
            ["", ":25", "mail.example.org:0", "mail.example.org:smtp", "[x]:25", "a b", "x:1:2", "mail\u{1b}[2J"]
        {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }

    #[test]
    fn name_servers_are_addresses() {
        assert_eq!(resolver_address("192.0.2.53").map_err(|_| ()), Ok("192.0.2.53:53".parse().unwrap()));
        assert_eq!(resolver_address("[2001:db8::53]").map_err(|_| ()), Ok("[2001:db8::53]:53".parse().unwrap()));
        assert_eq!(resolver_address("[2001:db8::53]:5353").map_err(|_| ()), Ok("[2001:db8::53]:5353".parse().unwrap()));
        assert!(resolver_address("dns.example.org").is_err());
    }
}
