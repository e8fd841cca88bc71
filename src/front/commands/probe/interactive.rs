//! `probe smtp --interactive`: the operator types the next line; the usual ones are suggested and explained.

use std::io::{self, BufRead as _, Read as _, Write};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::suggest::{Stage, Suggestion};
use crate::front::plain::WithoutEcho;
use crate::probe::ProbeError;
use crate::probe::smtp::{Authentication, Reply, Smtp};
use crate::probe::tls::{Peer, Trust};
use crate::spec::Secret;

/// The longest line that is taken from the operator.
const MOST_TYPED: u64 = 64 * 1024;

/// What the operator is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The words before the cursor.
    pub prompt: String,
    /// Whether what is typed must not be shown.
    pub hidden: bool,
}

/// Where lines of the operator come from, one for each question; `None` when there are no more.
pub struct Operator {
    questions: mpsc::UnboundedSender<Ask>,
    lines: mpsc::UnboundedReceiver<Option<Secret>>,
}

impl Operator {
    fn new(questions: mpsc::UnboundedSender<Ask>, lines: mpsc::UnboundedReceiver<Option<Secret>>) -> Self {
        Self { questions, lines }
    }

    /// The operator at standard input.
    pub fn at_the_terminal() -> Self {
        let (questions, mut asked) = mpsc::unbounded_channel::<Ask>();
        let (typed, lines) = mpsc::unbounded_channel();
        // Reading cannot be interrupted, so it has a thread of its own, which ends with the program.
        std::thread::spawn(move || {
            while let Some(ask) = asked.blocking_recv() {
                let line = read(&ask);
                let is_over = line.is_none();
                if typed.send(line).is_err() || is_over {
                    break;
                }
            }
        });
        Self::new(questions, lines)
    }

    async fn ask(&mut self, prompt: &str, hidden: bool) -> Option<Secret> {
        self.questions.send(Ask { prompt: prompt.to_owned(), hidden }).ok()?;
        // Here and not in the thread: when the dialogue is left by Ctrl-C, the terminal echoes again.
        let silent = hidden.then(WithoutEcho::new);
        let line = self.lines.recv().await.flatten();
        if silent.is_some() {
            // The line end was not shown either.
            let _ = writeln!(io::stderr());
        }
        line
    }
}

fn read(ask: &Ask) -> Option<Secret> {
    let mut error = io::stderr();
    // A terminal that is gone ends the reading, too.
    let _ = write!(error, "{}", ask.prompt);
    let _ = error.flush();
    let mut line = String::new();
    match io::stdin().lock().take(MOST_TYPED).read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned())),
    }
}

/// Holds the dialogue until the operator or the server ends it.
pub async fn converse(
    smtp: &mut Smtp,
    operator: &mut Operator,
    stage: &mut Stage,
    peer: &Peer,
    trust: &Trust,
    show: &(impl Fn(&str) + ?Sized),
) -> Result<(), ProbeError> {
    loop {
        let suggested = stage.suggestions();
        suggest(&suggested, show);
        let typed = tokio::select! {
            typed = operator.ask("say> ", false) => typed,
            // A server may speak first: 421 when it grows tired of waiting.
            spoken = smtp.wait_for_words() => {
                spoken?;
                smtp.next_reply("words of its own").await?;
                return Ok(());
            }
        };
        let Some(typed) = typed else {
            say(smtp, stage, "QUIT").await?;
            return Ok(());
        };
        let line = chosen(typed.expose(), &suggested);
        if line.is_empty() {
            continue;
        }
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let outcome = match verb.as_str() {
            "STARTTLS" => start_tls(smtp, stage, peer, trust, &line).await,
            "AUTH" => log_in(smtp, stage, operator, &line, show).await,
            "DATA" => hand_over(smtp, stage, operator, &line).await,
            _ => say(smtp, stage, &line).await.map(|_| ()),
        };
        match outcome {
            // What is no SMTP was shown; the operator decides what to do about it.
            Ok(()) | Err(ProbeError::NotTheProtocol { .. }) => {}
            Err(ProbeError::NoSecretHere(reason)) => show(&format!("Not sent: {reason}.")),
            Err(other) => return Err(other),
        }
        if verb == "QUIT" {
            return Ok(());
        }
    }
}

fn suggest(suggestions: &[Suggestion], show: &(impl Fn(&str) + ?Sized)) {
    show("");
    for (number, suggestion) in suggestions.iter().enumerate() {
        show(&format!("  {}  {:<28} {}", number + 1, suggestion.line, suggestion.why));
    }
}

/// The number of a suggestion stands for its line; anything else is said as it was typed.
fn chosen(typed: &str, suggestions: &[Suggestion]) -> String {
    let by_number = typed.trim().parse::<usize>().ok().and_then(|n| suggestions.get(n.checked_sub(1)?));
    by_number.map_or_else(|| typed.chars().filter(|c| !c.is_control()).collect(), |s| s.line.clone())
}

async fn say(smtp: &mut Smtp, stage: &mut Stage, line: &str) -> Result<Reply, ProbeError> {
    let reply = smtp.command(line).await?;
    if reply.is_success() && line.get(..4).is_some_and(|v| v.eq_ignore_ascii_case("EHLO")) {
        smtp.remember(&reply);
        stage.keywords.clone_from(&smtp.keywords);
    }
    stage.after(line, &reply);
    Ok(reply)
}

async fn start_tls(
    smtp: &mut Smtp,
    stage: &mut Stage,
    peer: &Peer,
    trust: &Trust,
    line: &str,
) -> Result<(), ProbeError> {
    if smtp.command(line).await?.code == 220 {
        smtp.upgrade(peer, trust).await?;
        stage.encrypted();
    }
    Ok(())
}

/// AUTH with everything behind the mechanism hidden. PLAIN and LOGIN ask for user name and password and encode them.
async fn log_in(
    smtp: &mut Smtp,
    stage: &mut Stage,
    operator: &mut Operator,
    line: &str,
    show: &(impl Fn(&str) + ?Sized),
) -> Result<(), ProbeError> {
    let mut words = line.splitn(3, ' ').skip(1);
    let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
    let initial = words.next();
    smtp.may_carry_secrets()?;
    if let (None, "PLAIN" | "LOGIN") = (initial, mechanism.as_str()) {
        let Some(user) = operator.ask("user name> ", false).await else { return Ok(()) };
        let Some(password) = operator.ask("password, not shown> ", true).await else { return Ok(()) };
        let taken = match mechanism.as_str() {
            "PLAIN" => smtp.auth_plain(user.expose(), &password).await?,
            _ => smtp.auth_login(user.expose(), &password).await?,
        };
        if taken == Authentication::Accepted {
            stage.after("AUTH", &Reply { code: 235, lines: Vec::new() });
        }
        return Ok(());
    }
    let mut reply = smtp.say_secret(&Secret::new(line.to_owned()), &format!("AUTH {mechanism} (hidden)")).await?;
    while reply.code == 334 {
        show("The server asks on; what you answer is sent as it is and not shown.");
        let Some(answer) = operator.ask("answer, not shown> ", true).await else { return Ok(()) };
        reply = smtp.say_secret(&answer, "(hidden)").await?;
    }
    stage.after("AUTH", &reply);
    Ok(())
}

/// DATA, then lines up to a lone dot; a dot before any other line is doubled (RFC 5321 section 4.5.2).
async fn hand_over(smtp: &mut Smtp, stage: &mut Stage, operator: &mut Operator, line: &str) -> Result<(), ProbeError> {
    if smtp.command(line).await?.code != 354 {
        return Ok(());
    }
    loop {
        let text = operator.ask("", false).await;
        let text = text.as_ref().map_or(".", |t| t.expose());
        if text == "." {
            smtp.command(".").await?;
            stage.message_sent();
            return Ok(());
        }
        let dot = if text.starts_with('.') { "." } else { "" };
        smtp.say_only(&format!("{dot}{text}")).await?;
    }
}

/// Shows lines beside the transcript: on standard output, or on standard error beside JSON.
pub fn shown(json: bool) -> Arc<dyn Fn(&str) + Send + Sync> {
    Arc::new(move |text: &str| {
        // Nobody may be left to read it.
        let _ = if json { writeln!(io::stderr(), "{text}") } else { writeln!(io::stdout(), "{text}") };
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::probe::test_server::{Step, certificate, play, send};
    use crate::probe::{Target, Transcript};
    use crate::spec::Fqdn;

    /// Plays an operator who answers every question with the next line.
    fn typing(lines: &[&str]) -> (Operator, Arc<Mutex<Vec<Ask>>>) {
        let (questions, mut asked) = mpsc::unbounded_channel();
        let (typed, answers) = mpsc::unbounded_channel();
        let mut lines: Vec<String> = lines.iter().rev().map(|l| (*l).to_owned()).collect();
        let asks = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asks);
        tokio::spawn(async move {
            while let Some(ask) = asked.recv().await {
                seen.lock().unwrap().push(ask);
                let _ = typed.send(lines.pop().map(Secret::new));
            }
        });
        (Operator::new(questions, answers), asks)
    }

    #[tokio::test]
    async fn a_whole_dialogue_with_tls_a_login_and_a_message() {
        let own = certificate(&["mail.example.org"], |_| {});
        let script = vec![
            send("220 mail.example.org ESMTP\r\n"),
            Step::Hear,
            send("250-mail.example.org\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"),
            Step::Hear,
            send("220 go\r\n"),
            Step::Tls(own.config.clone()),
            Step::Hear,
            send("250-mail.example.org\r\n250 AUTH PLAIN\r\n"),
            Step::Hear,
            send("235 in\r\n"),
            Step::Hear,
            send("250 sender ok\r\n"),
            Step::Hear,
            send("250 recipient ok\r\n"),
            Step::Hear,
            send("354 go on\r\n"),
            Step::HearMessage,
            send("250 queued\r\n"),
            Step::Hear,
            send("221 bye\r\n"),
        ];
        let (address, server) = play(script).await;
        let transcript = Transcript::new();
        let mut smtp = Smtp::connect(&Target::new(address), transcript.clone()).await.unwrap();
        let typed = [
            "1",
            "AUTH PLAIN",
            "STARTTLS",
            "1",
            "1",
            "alice@example.org",
            "hunter2",
            "MAIL FROM:<a@example.org>",
            "1",
            "2",
            "Subject: x",
            "",
            ".dot",
            ".",
            "quit",
        ];
        let (mut operator, asks) = typing(&typed);
        let mut stage = Stage::new("probe.example".into(), false);
        let peer = Peer::Name(Fqdn::parse("mail.example.org").unwrap());
        let trust = Trust::nobody().with_own(own.der.clone());
        let shown = Mutex::new(Vec::new());
        let show = |text: &str| shown.lock().unwrap().push(text.to_owned());
        converse(&mut smtp, &mut operator, &mut stage, &peer, &trust, &show).await.unwrap();
        drop(smtp);
        assert_eq!(
            server.await.unwrap(),
            [
                "EHLO probe.example",
                "STARTTLS",
                "EHLO probe.example",
                "AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAGh1bnRlcjI=",
                "MAIL FROM:<a@example.org>",
                "RCPT TO:<postmaster>",
                "DATA",
                "Subject: x",
                "",
                "..dot",
                ".",
                "quit"
            ]
        );
        let text = shown.lock().unwrap().join("\n");
        assert!(
            text.contains("Not sent: no password is sent over") || text.contains("Not sent: it is not encrypted"),
            "{text}"
        );
        let evidence = transcript.evidence().join("\n");
        assert!(!evidence.contains("hunter2") && !evidence.contains("AGFsaWNl"), "{evidence}");
        let hidden: Vec<String> = asks.lock().unwrap().iter().filter(|a| a.hidden).map(|a| a.prompt.clone()).collect();
        assert_eq!(hidden, ["password, not shown> "]);
    }

    #[tokio::test]
    async fn a_server_that_grows_tired_ends_it_and_an_operator_who_leaves_says_goodbye() {
        let (address, _server) =
            play(vec![send("220 x\r\n"), Step::Wait(Duration::from_millis(50)), send("421 tired\r\n")]).await;
        let mut smtp = Smtp::connect(&Target::new(address), Transcript::new()).await.unwrap();
        let (questions, _kept) = mpsc::unbounded_channel();
        let (_typed, answers) = mpsc::unbounded_channel();
        let mut silent = Operator::new(questions, answers);
        let peer = Peer::Address(address.ip());
        let ended =
            converse(&mut smtp, &mut silent, &mut Stage::default(), &peer, &Trust::nobody(), &|_: &str| {}).await;
        assert_eq!(ended, Ok(()));
        let (address, server) = play(vec![send("220 x\r\n"), Step::Hear, send("221 bye\r\n")]).await;
        let mut smtp = Smtp::connect(&Target::new(address), Transcript::new()).await.unwrap();
        let (mut gone, _) = typing(&[]);
        converse(&mut smtp, &mut gone, &mut Stage::default(), &peer, &Trust::nobody(), &|_: &str| {}).await.unwrap();
        assert_eq!(server.await.unwrap(), ["QUIT"]);
    }
}
