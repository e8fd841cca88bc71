//! `mailwizard probe`: one protocol by hand, with every line that went over the wire.

mod connect;
mod dialogue;
mod dns;
mod http;
mod interactive;
mod policy;
mod relay;
mod secrets;
mod shown;
mod suggest;
mod tls;
mod verdicts;

use std::future::Future;

use tokio::runtime::Runtime;

use crate::front::exit::{Exit, Failure};

/// Which protocol.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    probe: Probe,
}

#[derive(Debug, clap::Subcommand)]
enum Probe {
    /// Speak SMTP with a server as another server does (port 25)
    Smtp(dialogue::SmtpArgs),
    /// Speak SMTP with a server as a mail program does (port 587, or 465 with --tls)
    Submission(dialogue::SmtpArgs),
    /// Speak IMAP (port 993, or 143 with --starttls)
    Imap(dialogue::LoginArgs),
    /// Speak POP3 (port 995, or 110 with --starttls)
    Pop3(dialogue::LoginArgs),
    /// Speak ManageSieve (port 4190)
    Sieve(dialogue::LoginArgs),
    /// Look at certificates, TLS versions and cipher suites of any port (443)
    Tls(tls::Args),
    /// Get a page over HTTP without following redirects
    Http(http::Args),
    /// Get a page over HTTPS without following redirects
    Https(http::Args),
    /// Ask the resolver, one server, or every authoritative server about a name
    Dns(dns::Args),
    /// Evaluate SPF as a receiver does
    Spf(policy::SpfArgs),
    /// Verify the DKIM signatures of a message
    Dkim(policy::DkimArgs),
    /// Find the DMARC policy of a domain
    Dmarc(policy::DmarcArgs),
}

/// Runs one probe and prints what it saw.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.probe {
        Probe::Smtp(args) => dialogue::smtp(args, 25),
        Probe::Submission(args) => dialogue::smtp(args, 587),
        Probe::Imap(args) => dialogue::imap(args),
        Probe::Pop3(args) => dialogue::pop3(args),
        Probe::Sieve(args) => dialogue::sieve(args),
        Probe::Tls(args) => tls::run(args),
        Probe::Http(args) => http::run(args, false),
        Probe::Https(args) => http::run(args, true),
        Probe::Dns(args) => dns::run(args),
        Probe::Spf(args) => policy::spf(args),
        Probe::Dkim(args) => policy::dkim(args),
        Probe::Dmarc(args) => policy::dmarc(args),
    }
}

fn usage(sentence: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, sentence.into())
}

/// Runs a dialogue to its end; Ctrl-C leaves it.
fn wait_for<T>(dialogue: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime: Runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = dialogue => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Left, "left")),
        }
    });
    runtime.shutdown_background();
    done
}
