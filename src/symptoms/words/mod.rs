//! From the operator's words to symptoms: offline, by scored phrases.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Symptom, symptoms};

/// A symptom that words lead to.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Its id.
    pub id: &'static str,
    /// How well it fits; only the order means something.
    pub score: f64,
    /// The phrases that fit.
    pub because: Vec<&'static str>,
}

/// Words that mean the same here, the first stands for all; German ones where operators mix them in.
const SYNONYMS: [&[&str]; 45] = [
    &["mail", "mails", "email", "emails", "e-mail", "e-mails", "message", "messages", "nachricht", "nachrichten"],
    &["send", "sending", "sends", "sent", "senden", "sendet", "verschicken", "versenden", "schicken"],
    &["receive", "receiving", "receives", "received", "empfangen", "empfange", "recieve"],
    &[
        "arrive",
        "arrives",
        "arriving",
        "arrived",
        "reach",
        "reaches",
        "reaching",
        "kommt",
        "kommen",
        "ankommen",
        "come",
        "comes",
        "coming",
        "deliver",
        "delivered",
    ],
    &["outgoing", "outbound"],
    &["incoming", "inbound"],
    &["cannot", "can't", "cant", "couldn't", "unable"],
    &[
        "not", "don't", "doesn't", "isn't", "won't", "dont", "doesnt", "never", "no", "nicht", "kein", "keine",
        "keinen", "nie", "wont",
    ],
    &[
        "refuse",
        "refused",
        "refuses",
        "reject",
        "rejected",
        "rejects",
        "rejecting",
        "denied",
        "denies",
        "lehnt",
        "abgelehnt",
        "abgewiesen",
        "verweigert",
    ],
    &["timeout", "timed", "times", "timeouts"],
    &["blacklist", "blacklisted", "blocklist", "blocklisted"],
    &["password", "passwords", "passphrase", "passwort", "kennwort"],
    &["login", "logins", "log", "sign", "authenticate", "anmelden", "anmeldung", "einloggen", "authentication"],
    &["certificate", "certificates", "cert", "certs", "ssl", "zertifikat", "zertifikate"],
    &["expired", "expire", "expires", "outdated", "abgelaufen"],
    &["phone", "iphone", "android", "smartphone", "mobile", "handy", "ipad", "tablet"],
    &["thunderbird", "apple-mail", "evolution"],
    &["client", "clients", "program"],
    &["connect", "connects", "connecting", "connection", "connections", "verbinden", "verbindung"],
    &["bounce", "bounces", "bounced", "returned", "zurück"],
    &["delay", "delayed", "delays", "late", "slow", "slowly", "verspätet", "spät", "verzögert", "langsam"],
    &["spam", "junk"],
    &["nobody", "none", "noone"],
    &["gmail", "google", "googlemail"],
    &["outlook", "hotmail", "microsoft", "office365", "live"],
    &["forward", "forwarded", "forwarding", "forwards", "weiterleitung", "weiterleiten", "weitergeleitet"],
    &["error", "errors", "failure", "fails", "fail", "failed", "failing", "fehler"],
    &["user", "users", "account", "accounts", "recipient", "recipients", "benutzer", "konto"],
    &["server", "machine", "host", "vps", "mailserver"],
    &["nothing", "none"],
    &["mailbox", "postfach", "inbox"],
    &["full", "voll"],
    &["disk", "platte", "festplatte", "diskspace"],
    &["home", "zuhause", "daheim"],
    &["printer", "drucker", "scanner", "fritzbox", "scan", "scans", "copier", "kopierer"],
    &["missing", "fehlt", "lacks"],
    &["renewed", "erneuert", "renew", "renewal", "verlängert"],
    &["out", "raus", "hinaus"],
    &["queue", "warteschlange"],
    &["folder", "ordner"],
    &["lands", "landen", "landet", "land", "landing"],
    &["start", "startet", "starts", "starting"],
    &["after", "nach"],
    &["upgrade", "update", "dist-upgrade"],
    &["work", "büro", "office"],
];

/// Words too common to say anything.
const EMPTY: [&str; 79] = [
    "the", "a", "an", "my", "our", "is", "are", "it", "to", "of", "in", "on", "at", "and", "or", "but", "i", "we",
    "me", "us", "from", "for", "with", "that", "this", "be", "has", "have", "was", "when", "says", "say", "get",
    "gets", "do", "does", "can", "by", "as", "its", "any", "into", "since", "why", "der", "die", "das", "ein", "eine",
    "einen", "und", "ist", "sind", "auf", "bei", "im", "von", "vom", "zu", "mein", "meine", "unser", "unsere", "ich",
    "wir", "man", "es", "sich", "kann", "wird", "immer", "mehr", "geht", "aber", "schon", "dem", "den", "am", "für",
];

/// The symptoms that `text` leads to, best first, at most `most`.
pub fn matching(text: &str, most: usize) -> Vec<Match> {
    let said: BTreeSet<String> = tokens(text).into_iter().collect();
    if said.is_empty() {
        return Vec::new();
    }
    let weights = weights();
    let mut matches: Vec<Match> = symptoms().iter().filter_map(|s| score(s, &said, &weights)).collect();
    matches.sort_by(|a, b| b.score.total_cmp(&a.score));
    matches.truncate(most);
    matches
}

/// How much each word tells: rare words more.
fn weights() -> BTreeMap<String, f64> {
    let mut in_symptoms: BTreeMap<String, f64> = BTreeMap::new();
    for symptom in symptoms() {
        let own: BTreeSet<String> = symptom.words.iter().chain([&symptom.title]).flat_map(|p| tokens(p)).collect();
        own.into_iter().for_each(|word| *in_symptoms.entry(word).or_default() += 1.0);
    }
    let all = symptoms().len() as f64;
    in_symptoms.into_iter().map(|(word, count)| (word, (all / count).ln().max(0.2))).collect()
}

fn score(symptom: &'static Symptom, said: &BTreeSet<String>, weights: &BTreeMap<String, f64>) -> Option<Match> {
    let weight = |word: &String| weights.get(word).copied().unwrap_or_default();
    let mut because: Vec<(&'static str, f64)> = Vec::new();
    let mut touched: BTreeSet<String> = BTreeSet::new();
    for phrase in symptom.words.iter().chain([&symptom.title]) {
        let words = tokens(phrase);
        let there: Vec<&String> = words.iter().filter(|w| has(said, w)).collect();
        touched.extend(there.iter().map(|w| (*w).clone()));
        if !words.is_empty() && there.len() == words.len() {
            // Longer phrases are surer: each further word adds more than its own weight.
            let sum: f64 = words.iter().map(weight).sum();
            because.push((phrase, sum * (1.0 + 0.25 * (words.len() as f64 - 1.0))));
        }
    }
    because.sort_by(|a, b| b.1.total_cmp(&a.1));
    // The best phrase counts whole, the others less: they mostly say the same again.
    let phrases: f64 = because.iter().enumerate().map(|(n, (_, w))| w / (1.0 + n as f64)).sum();
    let loose: f64 = touched.iter().map(weight).sum();
    let score = phrases + 0.35 * loose;
    let because: Vec<&'static str> = because.into_iter().map(|(phrase, _)| phrase).take(3).collect();
    (score > 0.8).then_some(Match { id: &symptom.id, score, because })
}

/// Whether a word was said, a typing error in a long one forgiven.
fn has(said: &BTreeSet<String>, word: &str) -> bool {
    said.contains(word)
        || (word.len() >= 6
            && word.bytes().all(|b| b.is_ascii_alphabetic())
            && said.iter().any(|s| s.len() >= 5 && strsim::osa_distance(s, word) <= 1))
}

/// The words of a text in their usual form. Codes like 5.7.26 and names with dots stay whole.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let lower = text.chars().take(20_000).collect::<String>().to_lowercase().replace('\u{2019}', "'");
    let mut found = Vec::new();
    for piece in lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '\'' | '/' | '@'))) {
        let piece = piece.trim_matches(|c| matches!(c, '.' | '-' | '\'' | '/'));
        if piece.is_empty() || EMPTY.contains(&piece) {
            continue;
        }
        let canonical = SYNONYMS.iter().find(|group| group.contains(&piece)).map_or(piece, |group| group[0]);
        found.push(canonical.to_owned());
        // "550-5.7.26" says 5.7.26 as well.
        if let Some((_, code)) = piece.split_once('-')
            && code.contains('.')
        {
            found.push(code.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests;
