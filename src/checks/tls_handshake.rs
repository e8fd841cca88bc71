//! `tls-kex`, `tls-reneg`, `tls-compression`: what a port agrees to beside the version and the cipher.

use std::net::SocketAddr;
use std::sync::Arc;

use super::tls_look::{LIMIT, PORTS, TlsLook, at_port, went_wrong};
use super::tls_versions::ready_for_tls;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::hello::{Answer, ServerHello, Suite, Version, diffie_hellman_bits, offer};
use crate::probe::{ProbeError, Transcript};
use crate::spec::Fqdn;

/// Keys are made anew for each connection, in a group that is large enough.
pub static TLS_KEX: Check = Check {
    id: "tls-kex",
    area: Area::Tls,
    why: "Without fresh keys for each connection, a key stolen later opens everything that was recorded before.",
    rfc: "RFC 9325 sections 4.1 and 4.4, RFC 7919",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| {
        Box::pin(async move {
            let context = &context;
            at_port(context, &subject, |host, socket| async move {
                let look = context.hello_look(host, socket).await;
                let transcript = Transcript::new();
                let seen = match &look.seen {
                    Ok(hello) => finite_field(context, host, socket, &transcript).await.map(|bits| (*hello, bits)),
                    Err(error) => Err(error.clone()),
                };
                let finding = match seen {
                    Ok((hello, bits)) => judge_key_exchange(hello, bits),
                    Err(error) => went_wrong(context, host, socket, &error),
                };
                finding.evidence(look.evidence.iter().cloned().chain(transcript.evidence()))
            })
            .await
        })
    },
};

/// A renegotiation cannot be begun by somebody in between.
pub static TLS_RENEG: Check = Check {
    id: "tls-reneg",
    area: Area::Tls,
    why: "Somebody in between could put a line of his own before the client's.",
    rfc: "RFC 5746, RFC 9325 section 3.5",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| Box::pin(async move { judged(&context, &subject, judge_renegotiation).await }),
};

/// Nothing is compressed before it is encrypted.
pub static TLS_COMPRESSION: Check = Check {
    id: "tls-compression",
    area: Area::Tls,
    why: "The length of what is compressed tells an eavesdropper what is in it (CRIME).",
    rfc: "RFC 9325 section 3.3",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| Box::pin(async move { judged(&context, &subject, judge_compression).await }),
};

/// What one socket made of everything good in TLS 1.2: its choice, or `None` where it takes only TLS 1.3, which settles it
/// all.
pub(super) type HelloLook = TlsLook<Option<ServerHello>>;

impl Context {
    async fn hello_look(&self, host: &Fqdn, socket: SocketAddr) -> Arc<HelloLook> {
        let look = || async {
            let transcript = Transcript::new();
            TlsLook::take(self, host, &transcript, hello(self, host, socket, &transcript)).await
        };
        self.shared.hellos.once((host.clone(), socket), look).await
    }
}

async fn judged(context: &Context, subject: &Subject, judge: fn(Option<ServerHello>) -> Finding) -> Finding {
    at_port(context, subject, |host, socket| async move {
        context.hello_look(host, socket).await.judged(context, host, socket, judge)
    })
    .await
}

/// The size of the port's finite-field group, where it has one.
async fn finite_field(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Option<usize>, ProbeError> {
    let _turn = context.turn(host).await;
    let mut wire = ready_for_tls(context, socket, transcript).await?;
    let bits = diffie_hellman_bits(&mut wire, Some(host)).await;
    wire.close().await;
    bits
}

async fn hello(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Option<ServerHello>, ProbeError> {
    let good: Vec<Suite> = Suite::of_version(Version::Tls12).into_iter().filter(|s| s.weakness().is_none()).collect();
    let mut wire = ready_for_tls(context, socket, transcript).await?;
    let answer = offer(&mut wire, Version::Tls12, &good, Some(host)).await;
    wire.close().await;
    Ok(match answer? {
        Answer::Taken(hello) => Some(hello),
        Answer::Refused => None,
    })
}

/// `bits`: the size of the finite-field group, where the port has one.
fn judge_key_exchange(hello: Option<ServerHello>, bits: Option<usize>) -> Finding {
    let Some(hello) = hello else { return Finding::pass("TLS 1.3 alone, where each connection has keys of its own") };
    if hello.suite.lacks_forward_secrecy() {
        return Finding::warn(format!("{}, although better was offered", hello.suite.name()), "ECDHE or DHE")
            .automatic("mailwizard apply");
    }
    match bits {
        // Logjam was done with 512 and is thought possible with 1024; OpenSSL refuses what is below 2048 at its level 2.
        Some(bits) if bits < 2048 => Finding::fail(
            format!("Diffie-Hellman in a group of {bits} bits; many clients hang up with 'dh key too small'"),
            "2048 bits or more",
        )
        .automatic("mailwizard apply"),
        Some(bits) => Finding::pass(format!("fresh keys; Diffie-Hellman in a group of {bits} bits")),
        None => Finding::pass("fresh keys for each connection, on elliptic curves only"),
    }
}

fn judge_renegotiation(hello: Option<ServerHello>) -> Finding {
    match hello {
        None => Finding::pass("TLS 1.3 alone, which has no renegotiation"),
        Some(hello) if hello.secure_renegotiation => Finding::pass("bound to what went before"),
        Some(_) => Finding::warn("a renegotiation is not bound to what went before", "the extension of RFC 5746")
            .instructions("The TLS library of this server is from before 2010: update it."),
    }
}

fn judge_compression(hello: Option<ServerHello>) -> Finding {
    match hello {
        Some(hello) if hello.compresses => Finding::fail("DEFLATE is taken", "no compression")
            .instructions("Postfix: tls_ssl_options = NO_COMPRESSION. Dovecot: ssl_options = no_compression."),
        _ => Finding::pass("none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn chosen(suite: u16) -> Option<ServerHello> {
        Some(ServerHello {
            version: Version::Tls12,
            suite: Suite(suite),
            compresses: false,
            secure_renegotiation: true,
        })
    }

    #[test]
    fn a_small_group_and_stolen_keys_are_seen_and_a_port_of_tls_1_3_alone_is_well() {
        assert_eq!(judge_key_exchange(chosen(0xc02f), None).outcome, Outcome::Pass);
        assert_eq!(judge_key_exchange(chosen(0xc02f), Some(2048)).outcome, Outcome::Pass);
        assert_eq!(judge_key_exchange(chosen(0xc02f), Some(1024)).outcome, Outcome::Fail);
        assert_eq!(judge_key_exchange(chosen(0x009d), None).outcome, Outcome::Warn);
        assert_eq!(judge_key_exchange(None, None).outcome, Outcome::Pass);
    }

    #[test]
    fn renegotiation_and_compression_are_judged_apart() {
        assert_eq!(judge_renegotiation(None).outcome, Outcome::Pass);
        assert_eq!(judge_renegotiation(chosen(0xc02f)).outcome, Outcome::Pass);
        let old = chosen(0xc02f).map(|h| ServerHello { secure_renegotiation: false, compresses: true, ..h });
        assert_eq!(judge_renegotiation(old).outcome, Outcome::Warn);
        assert_eq!(judge_compression(old).outcome, Outcome::Fail);
        assert_eq!(judge_compression(chosen(0xc02f)).outcome, Outcome::Pass);
    }
}
