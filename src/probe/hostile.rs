//! Every client against servers that mean harm: whatever they send, the dialogue ends in bounded time and memory, and
//! nothing that was received reaches a terminal as it came.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::imap::Imap;
use super::pop3::Pop3;
use super::sieve::Sieve;
use super::smtp::Smtp;
use super::tls::{Peer, Trust};
use super::*;
use crate::spec::{Fqdn, Secret};

/// How a server misbehaves.
#[derive(Debug, Clone)]
enum Harm {
    /// Sends this once and falls silent, without ever closing.
    Once(Vec<u8>),
    /// Sends the first part, then the second for ever.
    Forever(Vec<u8>, Vec<u8>),
    /// Sends this byte by byte, with a pause after each.
    Drip(Vec<u8>, Duration),
    /// Sends this and hangs up.
    Close(Vec<u8>),
}

/// The longest that any dialogue may take here; its own limit is half of it.
const PATIENCE: Duration = Duration::from_secs(4);

fn target(address: std::net::SocketAddr) -> Target {
    Target {
        connect_timeout: Duration::from_secs(1),
        greeting_timeout: Duration::from_millis(300),
        reply_timeout: Duration::from_millis(300),
        dialogue_timeout: Duration::from_secs(2),
        ..Target::new(address)
    }
}

async fn misbehave(mut stream: TcpStream, harm: Harm) {
    let _ = stream.set_nodelay(true);
    match harm {
        Harm::Once(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Reads on, so that the other side may say what it likes, and never closes.
            let mut sink = vec![0; 4096];
            while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
            tokio::time::sleep(PATIENCE).await;
        }
        Harm::Forever(first, rest) => {
            let piece = rest.repeat((4096 / rest.len().max(1)).max(1));
            let _ = stream.write_all(&first).await;
            while stream.write_all(&piece).await.is_ok() {}
        }
        Harm::Drip(bytes, pause) => {
            for byte in bytes.iter().cycle() {
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(pause).await;
            }
        }
        Harm::Close(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Smtp,
    SmtpTls,
    Imap,
    Pop3,
    Sieve,
    Http,
    Hello,
}

const CLIENTS: [Client; 7] =
    [Client::Smtp, Client::SmtpTls, Client::Imap, Client::Pop3, Client::Sieve, Client::Http, Client::Hello];

async fn whole_dialogue(client: Client, target: &Target, transcript: &Transcript) -> Result<(), ProbeError> {
    let host = Fqdn::parse("mail.example.org").unwrap();
    let (peer, trust) = (Peer::Name(host.clone()), Trust::nobody());
    let secret = Secret::new("hunter2".into());
    let transcript = transcript.clone();
    match client {
        Client::Smtp => {
            let mut smtp = Smtp::connect(target, transcript).await?;
            smtp.ehlo("probe.example").await?;
            let _ = smtp.auth_plain("a", &secret).await;
            smtp.start_tls(&peer, &trust, "probe.example").await?;
            smtp.quit().await;
        }
        Client::SmtpTls => Smtp::connect_tls(target, &peer, &trust, transcript).await?.quit().await,
        Client::Imap => {
            let mut imap = Imap::connect(target, transcript).await?;
            imap.capabilities().await?;
            let _ = imap.login("a", &secret).await;
            imap.start_tls(&peer, &trust).await?;
            imap.logout().await;
        }
        Client::Pop3 => {
            let mut pop3 = Pop3::connect(target, transcript).await?;
            pop3.capabilities().await?;
            let _ = pop3.login("a", &secret).await;
            pop3.start_tls(&peer, &trust).await?;
            pop3.quit().await;
        }
        Client::Sieve => {
            let mut sieve = Sieve::connect(target, transcript).await?;
            let _ = sieve.login("a", &secret).await;
            sieve.start_tls(&peer, &trust).await?;
            sieve.logout().await;
        }
        Client::Http => http::get(target, &host, "/", transcript).await.map(|_| ())?,
        Client::Hello => {
            let mut wire = Wire::connect(target, transcript).await?;
            hello::offer(&mut wire, hello::Version::Tls12, &[hello::Suite(0xc02f)], Some(&host)).await?;
        }
    }
    Ok(())
}

/// Lets one client meet one harm; gives the transcript that came of it.
async fn survives(client: Client, harm: Harm) -> Transcript {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = target(listener.local_addr().unwrap());
    let of_server = harm.clone();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(misbehave(stream, of_server.clone()));
        }
    });
    let transcript = Transcript::new();
    let began = Instant::now();
    let _ = whole_dialogue(client, &target, &transcript).await;
    let took = began.elapsed();
    server.abort();
    let shown: String = format!("{harm:?}").chars().take(80).collect();
    assert!(took < PATIENCE, "{client:?} was held for {took:?} by {shown}");
    let evidence = transcript.evidence();
    assert!(evidence.iter().map(String::len).sum::<usize>() < 256 * 1024, "{client:?} kept too much of {shown}");
    for line in &evidence {
        assert!(!line.contains("hunter2"), "{client:?}: a password in {line}");
        let raw = |c: char| {
            c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        assert!(!line.contains(raw), "{client:?}: raw control characters in {line:?}");
    }
    transcript
}

fn greetings() -> Vec<u8> {
    b"220-a\r\n220 mail\r\n* OK hi\r\n+OK hi\r\nOK \"hi\"\r\n".to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_held_or_filled_up() {
    let repeated = |text: &str| Harm::Forever(Vec::new(), text.as_bytes().to_vec());
    let harms = [
        Harm::Once(Vec::new()),
        Harm::Once(greetings()),
        Harm::Close(Vec::new()),
        Harm::Close(b"220-half".to_vec()),
        repeated("x"),
        repeated("\0"),
        repeated("\r\n"),
        repeated("220-x\r\n"),
        repeated("250-x\r\n"),
        repeated("* OK x\r\n"),
        repeated("+OK x\r\n"),
        repeated("\"X\" \"y\"\r\n"),
        repeated("* OK {1}\r\nx\r\n"),
        Harm::Forever(b"+OK\r\n".to_vec(), b"X\r\n".to_vec()),
        Harm::Forever(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), b"x".to_vec()),
        Harm::Forever(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".to_vec()),
        Harm::Forever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), b"1\r\nx\r\n".to_vec()),
        Harm::Drip(b"220-x\r\n".to_vec(), Duration::from_millis(20)),
        Harm::Drip(b"* OK x\r\n".to_vec(), Duration::from_millis(20)),
        Harm::Drip(b"\"X\"\r\n".to_vec(), Duration::from_millis(20)),
        Harm::Drip(vec![22, 3, 1], Duration::from_millis(20)),
        // TLS: garbage, a record longer than any, an alert, a handshake that never ends.
        Harm::Once(vec![0xff; 5_000]),
        Harm::Once([vec![22, 3, 3, 0xff, 0xff], vec![2; 70_000]].concat()),
        Harm::Once(vec![21, 3, 3, 0, 2, 2, 40]),
        Harm::Forever(vec![22, 3, 3, 0x40, 0], vec![0]),
        // Wrong codes and lengths.
        Harm::Once(b"999 x\r\n".to_vec()),
        Harm::Once(b"2200 x\r\n".to_vec()),
        Harm::Once(b"220_x\r\n".to_vec()),
        Harm::Once(b"* OK {99999999999999999999}\r\n".to_vec()),
        Harm::Once(b"\"X\" {4294967295+}\r\n".to_vec()),
    ];
    for harm in harms {
        let met = CLIENTS.map(|client| tokio::spawn(survives(client, harm.clone())));
        for dialogue in met {
            dialogue.await.unwrap();
        }
    }
}

#[tokio::test]
async fn escape_sequences_bidi_overrides_and_bytes_beyond_ascii_are_spelled_out() {
    let evil = "\x1b]0;owned\x07 \u{202e}gro.elpmaxe \u{200b}\0 \u{9b}31m";
    for (client, greeting) in [
        (Client::Smtp, format!("220 {evil}\r\n")),
        (Client::Imap, format!("* OK {evil}\r\n")),
        (Client::Pop3, format!("+OK {evil}\r\n")),
        (Client::Sieve, format!("\"IMPLEMENTATION\" \"{evil}\"\r\nOK\r\n")),
        (Client::Http, format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "\u{202e}x")),
    ] {
        let transcript = survives(client, Harm::Close([greeting.as_bytes(), b"\xff\xfe\r\n"].concat())).await;
        let text = transcript.evidence().join("\n");
        assert!(text.contains("\\u{202e}"), "{client:?}: {text}");
        let json = serde_json::to_string(&transcript.evidence()).unwrap();
        assert!(json.is_ascii() || !json.contains('\u{202e}'), "{json}");
    }
}

#[tokio::test]
async fn a_reply_in_single_bytes_is_still_one_reply() {
    let bytes = b"220-one\r\n220 two\r\n";
    let transcript = survives(Client::Smtp, Harm::Drip(bytes.to_vec(), Duration::ZERO)).await;
    let text = transcript.evidence().join("\n");
    assert!(text.contains("< 220-one") && text.contains("< 220 two") && text.contains("> EHLO"), "{text}");
}

#[tokio::test]
async fn a_late_greeting_is_waited_for_and_the_wait_is_shown() {
    // postscreen's six seconds; others take up to 30, which is the limit.
    let usual = Target::new(([127, 0, 0, 1], 25).into());
    assert_eq!(usual.greeting_timeout, Duration::from_secs(30));
    let (ours, mut theirs) = tokio::io::duplex(1024);
    let server = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(5_500)).await;
        theirs.write_all(b"220 mail.example.org at last\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
    let transcript = Transcript::new();
    let smtp = Smtp::greeted(Wire::over(ours, &usual, transcript.clone()), &usual).await.unwrap();
    assert_eq!(smtp.greeting.text(), "220 mail.example.org at last");
    let waits: Vec<String> = transcript.lines().into_iter().map(|l| l.text).filter(|l| l.contains("waiting")).collect();
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert!(waits[0].starts_with("no greeting yet after 5 s; waiting up to 30 s"), "{waits:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_line_now_and_then_does_not_keep_a_dialogue_alive_for_ever() {
    let (ours, mut theirs) = tokio::io::duplex(1024);
    let server = tokio::spawn(async move {
        theirs.write_all(b"* OK hi\r\n").await.unwrap();
        while theirs.write_all(b"* OK still here\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(90)).await;
        }
    });
    let short = Target {
        reply_timeout: Duration::from_millis(100),
        dialogue_timeout: Duration::from_millis(900),
        ..Target::new(([127, 0, 0, 1], 143).into())
    };
    let mut imap = Imap::greeted(Wire::over(ours, &short, Transcript::new()), &short).await.unwrap();
    let error = imap.capabilities().await.unwrap_err();
    // On a slow machine the server's own pause may be the longer one.
    let is_late = matches!(error, ProbeError::TooLong(_) | ProbeError::TimedOut { .. });
    assert!(is_late, "{error}");
    drop(imap);
    server.abort();
}

/// Holds a whole dialogue over bytes that are there already, cut as `cuts` says.
fn over_bytes(client: Client, bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let usual = Target::new(([127, 0, 0, 1], 25).into());
        let stream = tokio::io::join(std::io::Cursor::new(bytes.to_vec()), tokio::io::sink());
        let transcript = Transcript::new();
        let wire = Wire::over(stream, &usual, transcript.clone());
        match client {
            Client::Imap => {
                if let Ok(mut imap) = Imap::greeted(wire, &usual).await {
                    let _ = imap.capabilities().await;
                    let _ = imap.folders().await;
                    let _ = imap.search_header("Message-ID", "x").await;
                    let _ = imap.fetch(1).await;
                }
            }
            Client::Pop3 => {
                if let Ok(mut pop3) = Pop3::greeted(wire, &usual).await {
                    let _ = pop3.capabilities().await;
                }
            }
            Client::Sieve => {
                let _ = Sieve::greeted(wire, &usual).await;
            }
            _ => {
                if let Ok(mut smtp) = Smtp::greeted(wire, &usual).await {
                    let _ = smtp.ehlo("probe.example").await;
                    let _ = smtp.data(b"x").await;
                }
            }
        }
        for line in transcript.evidence() {
            assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_bring_a_client_down(bytes in proptest::collection::vec(any::<u8>(), 0..600), which in 0..4_usize) {
        over_bytes([Client::Smtp, Client::Imap, Client::Pop3, Client::Sieve][which], &bytes);
    }

    #[test]
    fn no_lines_that_look_right_bring_a_client_down(
        lines in proptest::collection::vec(
            "(\\* OK|\\* CAPABILITY|\\* LIST \\(\\\\Sent\\) \"/\"|a[1-4] (OK|NO|BAD)|220[ -]|250[ -]|354 |\\+OK|-ERR|\\.|\"SIEVE\"|OK|NO|BYE)[ -~]{0,20}(\\{[0-9]{1,3}\\+?\\})?", 0..30),
        which in 0..4_usize,
    ) {
        over_bytes([Client::Smtp, Client::Imap, Client::Pop3, Client::Sieve][which], lines.join("\r\n").as_bytes());
    }

    #[test]
    fn no_server_hello_brings_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = hello::server_hello(&bytes);
        let _ = hello::server_hello(&[&[2, 0, 0, 90, 3, 3][..], &bytes].concat());
    }
}
