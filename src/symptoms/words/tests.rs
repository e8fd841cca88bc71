use super::*;

/// What operators say, and the symptoms that must be among the first three.
const SAID: [(&str, &[&str]); 44] = [
    ("gmail says unauthenticated", &["unauthenticated"]),
    ("my phone can't connect", &["client-cannot-connect"]),
    ("I can receive but not send", &["outgoing-blocked"]),
    ("outgoing mail times out on port 25", &["outgoing-blocked"]),
    ("mail stays in the queue with connection timed out", &["outgoing-blocked"]),
    ("Network is unreachable", &["ipv6-unreachable"]),
    ("Host or domain name not found. Name service error for name=gmail.com", &["names-not-resolved"]),
    ("550-5.7.26 this mail has been blocked", &["unauthenticated"]),
    ("gmail complains that we have no PTR record", &["no-reverse-dns"]),
    ("outlook.com rejects us S3140", &["provider-blocks-us"]),
    ("we are on a blacklist", &["provider-blocks-us"]),
    ("my mail lands in spam", &["lands-in-spam"]),
    ("everything goes to the junk folder at gmail", &["lands-in-spam"]),
    ("user unknown in virtual mailbox table", &["user-unknown"]),
    ("people get user unknown when they write to alice", &["user-unknown"]),
    ("mail for example.org loops back to myself", &["loops"]),
    ("Helo command rejected: need fully-qualified hostname", &["helo-rejected"]),
    ("Relay access denied", &["relay-denied"]),
    ("thunderbird says relay access denied", &["relay-denied"]),
    ("SASL: Connect to private/auth failed", &["login-service-gone"]),
    ("Sender address rejected: not owned by user", &["sender-not-owned"]),
    ("the password is right but login fails", &["password-refused"]),
    ("thunderbird keeps asking for the password", &["password-refused"]),
    ("nobody can log in any more", &["password-refused", "client-cannot-connect"]),
    ("mails arrive hours late", &["mail-late"]),
    ("all incoming mail is rejected, blocked using zen.spamhaus.org", &["all-incoming-refused"]),
    ("somebody sends spam through my server", &["spam-through-us"]),
    ("certificate expired", &["certificate-expired"]),
    ("the certificate was renewed but clients still see the old one", &["certificate-expired"]),
    ("our scanner cannot send any more: no shared cipher", &["old-device-tls"]),
    ("outgoing mail has no DKIM signature", &["dkim"]),
    ("dkim=none at the receiver", &["dkim"]),
    ("451 4.7.1 Service unavailable - try again later", &["filter-unreachable"]),
    ("mail is accepted but never shows up in the mailbox", &["not-put-into-mailbox", "nothing-arrives"]),
    ("forwarded mail bounces at gmail", &["forwarding-bounces"]),
    ("port 25 already in use", &["port-in-use"]),
    ("452 4.3.1 Insufficient system storage", &["disk-full"]),
    ("mailbox is full, quota exceeded", &["mailbox-full"]),
    ("I can reach the server from work but not from home", &["banned-from-home"]),
    ("after the upgrade to debian 13 dovecot does not start", &["after-upgrade"]),
    ("let's encrypt certificate cannot be issued", &["certificate-not-issued"]),
    ("mxtoolbox says I have two spf records", &["record-invalid"]),
    ("nothing arrives any more", &["nothing-arrives"]),
    ("I changed the config but nothing happens", &["change-has-no-effect"]),
];

#[test]
fn words_lead_to_the_symptom() {
    let mut wrong = Vec::new();
    let mut first = 0;
    for (said, expected) in SAID {
        let found: Vec<&str> = matching(said, 3).iter().map(|m| m.id).collect();
        if !expected.iter().any(|e| found.contains(e)) {
            wrong.push(format!("'{said}': {found:?}, wanted {expected:?}"));
        }
        first += usize::from(found.first().is_some_and(|f| expected.contains(f)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(first * 100 >= SAID.len() * 85, "only {first} of {} at the first place", SAID.len());
}

#[test]
fn what_says_nothing_leads_nowhere() {
    for text in ["", "the", "?!", "banana"] {
        assert!(matching(text, 3).is_empty(), "{text}");
    }
}

#[test]
fn the_phrases_that_fit_are_told() {
    let found = matching("gmail says unauthenticated", 1);
    assert!(found[0].because.contains(&"gmail says unauthenticated"), "{found:?}");
}

/// Several ways to say each symptom, as people say it who do not run mail servers for a living.
const LAY: [(&str, &[&str]); 41] = [
    (
        "outgoing-blocked",
        &[
            "my emails are not delivered to anyone",
            "mail is stuck in the queue",
            "we get mail but cannot send any",
            "nobody receives what I send",
        ],
    ),
    (
        "ipv6-unreachable",
        &[
            "log says cannot assign requested address",
            "no route to host for ipv6 destinations",
            "IPv6 delivery does not work",
        ],
    ),
    (
        "names-not-resolved",
        &["name service error for gmail", "dns on the server is broken", "the server cannot resolve domains"],
    ),
    (
        "unauthenticated",
        &[
            "google rejects my mail, not authenticated",
            "outlook says authentication failed for our domain",
            "spf fail at the receiver",
            "dmarc fail",
        ],
    ),
    ("no-reverse-dns", &["they say my IP has no hostname", "reverse dns is missing", "rdns problem"]),
    (
        "provider-blocks-us",
        &["hotmail blocks our server", "my server is blacklisted", "our IP is on a blocklist", "t-online rejects us"],
    ),
    (
        "lands-in-spam",
        &["customers find our mails in the junk folder", "all my mails go to spam", "newsletter marked as spam"],
    ),
    (
        "user-unknown",
        &[
            "people say my address does not exist",
            "new account does not get mail",
            "my alias does not work",
            "550 5.1.1",
        ],
    ),
    ("loops", &["mails run in an endless loop", "too many hops", "mail goes round in circles"]),
    ("helo-rejected", &["our ehlo name is refused", "invalid helo name", "504 5.5.2 need fully qualified hostname"]),
    (
        "relay-denied",
        &[
            "relaying denied when sending to external addresses",
            "server says relay not permitted",
            "554 5.7.1 relay access denied",
        ],
    ),
    (
        "login-service-gone",
        &[
            "no sasl mechanism available",
            "454 4.7.0 temporary authentication failure",
            "cannot connect to the auth socket",
        ],
    ),
    (
        "sender-not-owned",
        &["I cannot send from my alias address", "not allowed to send as info@", "sender address not owned"],
    ),
    (
        "password-refused",
        &[
            "it does not accept my password",
            "wrong username or password",
            "I cannot sign in",
            "outlook keeps asking for my password",
        ],
    ),
    (
        "mail-late",
        &["mail takes forever to arrive", "confirmation codes arrive too late", "mails come with an hour delay"],
    ),
    (
        "all-incoming-refused",
        &[
            "every mail to us is rejected because of spamhaus",
            "error open resolver",
            "all incoming mails are refused by the blocklist",
        ],
    ),
    (
        "spam-through-us",
        &[
            "we are sending spam",
            "I think my server was hacked",
            "the hoster complains about spam from us",
            "my mail account was hacked",
        ],
    ),
    (
        "certificate-expired",
        &["ssl certificate is expired", "certificate no longer valid", "security certificate warning in outlook"],
    ),
    (
        "client-cannot-connect",
        &[
            "my iphone cannot get mail",
            "outlook cannot connect to the server",
            "imap does not work",
            "mail program is offline, no connection",
        ],
    ),
    (
        "old-device-tls",
        &[
            "the printer cannot send scans",
            "ssl handshake failed with wrong version number",
            "old android phone unsupported protocol",
        ],
    ),
    ("dkim", &["dkim signature is missing", "mails are not signed any more", "dkim=fail", "body hash did not verify"]),
    ("filter-unreachable", &["rspamd is not reachable", "cannot connect to milter", "451 4.7.1 service unavailable"]),
    (
        "not-put-into-mailbox",
        &[
            "mail is accepted but not in the mailbox",
            "incoming mail stays in the queue, lmtp",
            "my inbox stays empty although mail was delivered",
        ],
    ),
    (
        "forwarding-bounces",
        &[
            "forwarding to my gmail does not work",
            "forwarded mails come back",
            "mailing list mail is rejected by dmarc policy",
        ],
    ),
    ("virus-scanner", &["clamav crashed", "server is very slow and out of memory", "amavis is not running"]),
    (
        "port-in-use",
        &[
            "address already in use when starting postfix",
            "port 25 is taken by another program",
            "container does not start, port is already allocated",
        ],
    ),
    (
        "remote-tls",
        &[
            "server certificate not verified for one domain",
            "mail stuck: TLS is required but was not offered",
            "dane failure when sending to one domain",
        ],
    ),
    ("mta-sts", &["some providers cannot send to me", "mta-sts validation failed", "tls report shows failures"]),
    ("disk-full", &["disk is full", "no space left on device", "insufficient system storage"]),
    ("mailbox-full", &["the mailbox of alice is full", "quota exceeded", "user is over quota"]),
    (
        "bare-lf",
        &["bare newline received", "the scanner is rejected because of bare LF", "device sends wrong line endings"],
    ),
    (
        "banned-from-home",
        &[
            "works on mobile data but not at home",
            "I have been banned by fail2ban",
            "server unreachable from my office only",
        ],
    ),
    (
        "after-upgrade",
        &[
            "dovecot does not start after the upgrade",
            "since the update nothing works",
            "upgraded debian and now mail is broken",
        ],
    ),
    ("clock", &["the clock of the server is wrong", "time moved backwards", "certificate not yet valid"]),
    (
        "certificate-not-issued",
        &["certbot cannot get a certificate", "acme challenge failed", "letsencrypt renewal fails"],
    ),
    (
        "certificate-rate-limit",
        &["too many certificates already issued", "let's encrypt rate limit", "duplicate certificate limit reached"],
    ),
    (
        "chain-incomplete",
        &[
            "certificate not trusted on some phones",
            "intermediate certificate missing",
            "self signed certificate warning",
        ],
    ),
    ("record-invalid", &["mxtoolbox says my dkim record is invalid", "two spf records", "dmarc record not found"]),
    (
        "nothing-arrives",
        &[
            "I do not receive any mail",
            "no mail is coming in",
            "nobody can send me mail",
            "we get no emails since yesterday",
        ],
    ),
    (
        "change-has-no-effect",
        &["I changed the config but it has no effect", "my setting is ignored", "still the old configuration"],
    ),
    (
        "one-recipient",
        &[
            "my mail to a customer came back",
            "one customer does not get our mail",
            "undelivered mail returned to sender",
        ],
    ),
];

#[test]
fn each_symptom_is_reached_by_several_ways_to_say_it() {
    let mut wrong = Vec::new();
    let (mut first, mut all) = (0, 0);
    for (symptom, ways) in LAY {
        for said in ways {
            all += 1;
            let found: Vec<&str> = matching(said, 3).iter().map(|m| m.id).collect();
            if !found.contains(&symptom) {
                wrong.push(format!("'{said}': {found:?}, wanted {symptom}"));
            }
            first += usize::from(found.first() == Some(&symptom));
        }
    }
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(first * 100 >= all * 75, "only {first} of {all} at the first place");
}

#[test]
fn each_symptom_is_reached_by_its_own_title_and_phrases() {
    let mut wrong = Vec::new();
    for symptom in symptoms() {
        assert!(LAY.iter().any(|(id, ways)| *id == symptom.id && ways.len() >= 3), "no ways to say {}", symptom.id);
        for said in symptom.words.iter().chain([&symptom.title]) {
            let found: Vec<&str> = matching(said, 3).iter().map(|m| m.id).collect();
            if !found.contains(&symptom.id.as_str()) {
                wrong.push(format!("{}: '{said}': {found:?}", symptom.number));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What operators type at night: typing errors, another order, half German.
const EVERYDAY: [(&str, &[&str]); 79] = [
    ("gmail doesnt accept our mails anymore", &["unauthenticated", "provider-blocks-us", "no-reverse-dns"]),
    ("my boss cant send from his iphone", &["client-cannot-connect", "relay-denied", "password-refused"]),
    ("mails kommen nicht an", &["nothing-arrives"]),
    ("mail kommt nicht raus", &["outgoing-blocked"]),
    ("passwort wird nicht akzeptiert", &["password-refused"]),
    ("zertifikat abgelaufen", &["certificate-expired"]),
    ("postfach voll", &["mailbox-full"]),
    ("platte voll", &["disk-full"]),
    ("unsere mails landen im spam ordner", &["lands-in-spam"]),
    ("landen bei gmail immer im spam", &["lands-in-spam"]),
    ("wir stehen auf einer blacklist", &["provider-blocks-us"]),
    ("outlook lehnt unsere mails ab", &["provider-blocks-us", "unauthenticated"]),
    ("handy kann sich nicht verbinden", &["client-cannot-connect"]),
    ("thunderbird fragt dauernd nach dem passwort", &["password-refused"]),
    ("recieve works but sending doesnt", &["outgoing-blocked"]),
    ("everything stuck in the mail queue", &["outgoing-blocked"]),
    ("cant recieve any mail since yesterday", &["nothing-arrives"]),
    ("no mail coming in", &["nothing-arrives"]),
    ("inbox is empty, nothing comes in anymore", &["nothing-arrives"]),
    ("customers say their mails to us bounce", &["one-recipient", "user-unknown", "all-incoming-refused"]),
    ("new employee does not get mail, user unknown", &["user-unknown"]),
    ("mail to info@ bounces with no such user", &["user-unknown"]),
    ("iphone says certificate is not trusted", &["certificate-expired", "chain-incomplete"]),
    ("apple mail warns about the certifcate", &["certificate-expired", "chain-incomplete"]),
    ("outlook cannot connect to imap server", &["client-cannot-connect"]),
    ("connection timeout in thunderbird", &["client-cannot-connect"]),
    ("scan to email stopped working", &["old-device-tls"]),
    ("the office printer can not send scans", &["old-device-tls"]),
    ("fritzbox kann keine mails senden", &["old-device-tls", "relay-denied"]),
    ("wordpress mails get rejected relay denied", &["relay-denied"]),
    ("relaying not allowed", &["relay-denied"]),
    ("someone is using my server to send spam", &["spam-through-us"]),
    ("thousands of mails in the queue that i did not write", &["spam-through-us"]),
    ("i think we were hacked, spam goes out", &["spam-through-us"]),
    ("letsencrypt renewal failed", &["certificate-not-issued", "certificate-expired"]),
    ("lets encrypt rate limit", &["certificate-rate-limit"]),
    ("zertifikat kann nicht erneuert werden", &["certificate-not-issued", "certificate-expired"]),
    ("mail takes hours to arrive", &["mail-late"]),
    ("mails kommen verspätet an", &["mail-late"]),
    ("greylisting delays everything", &["mail-late"]),
    ("dkim signature missing", &["dkim"]),
    ("mail-tester says not signed with dkim", &["dkim"]),
    ("spf softfail in gmail headers", &["unauthenticated"]),
    ("dmarc fail", &["unauthenticated"]),
    ("reverse dns is missing says gmail", &["no-reverse-dns"]),
    ("PTR fehlt", &["no-reverse-dns"]),
    ("550 5.1.1 mailbox does not exist", &["user-unknown"]),
    ("from home i cannot reach the mailserver, mobile network works", &["banned-from-home"]),
    ("von zuhause geht es nicht, vom büro schon", &["banned-from-home"]),
    ("fail2ban banned me", &["banned-from-home"]),
    ("dovecot wont start after dist-upgrade", &["after-upgrade"]),
    ("nach dem update startet dovecot nicht mehr", &["after-upgrade"]),
    ("postfix does not start, address already in use", &["port-in-use"]),
    ("changed main.cf but no effect", &["change-has-no-effect"]),
    ("my dns record looks right but mxtoolbox says invalid", &["record-invalid"]),
    ("forwarding to gmail does not work any more", &["forwarding-bounces"]),
    ("weiterleitung an gmail wird abgelehnt", &["forwarding-bounces"]),
    ("mailing list mails are refused because of dmarc", &["forwarding-bounces"]),
    ("cannot send as info@, sender address rejected", &["sender-not-owned"]),
    ("alias darf nicht senden not owned by user", &["sender-not-owned"]),
    ("clamav uses all memory", &["virus-scanner"]),
    ("server very slow since virus scanner", &["virus-scanner"]),
    ("no space left on device", &["disk-full"]),
    ("too many hops", &["loops"]),
    ("time is wrong on the server", &["clock"]),
    ("helo command rejected", &["helo-rejected"]),
    ("mail accepted but not in inbox", &["not-put-into-mailbox", "nothing-arrives"]),
    ("lmtp socket no such file", &["not-put-into-mailbox"]),
    ("milter connection refused", &["filter-unreachable"]),
    ("rspamd not reachable", &["filter-unreachable"]),
    ("microsoft can't deliver to us because of mta-sts", &["mta-sts"]),
    ("server certificate not verified when sending to one domain", &["remote-tls"]),
    ("dns lookups fail, host not found", &["names-not-resolved"]),
    ("ipv6 network unreachable", &["ipv6-unreachable"]),
    ("t-online nimmt keine mails von uns an", &["provider-blocks-us"]),
    ("login geht nicht, passwort stimmt aber", &["password-refused"]),
    ("authentication failed in outlook", &["password-refused"]),
    ("unable to verify first certificate on old android", &["chain-incomplete"]),
    ("bare lf received", &["bare-lf"]),
];

#[test]
fn everyday_words_lead_to_the_symptom() {
    let mut wrong = Vec::new();
    for (said, expected) in EVERYDAY {
        let found: Vec<&str> = matching(said, 3).iter().map(|m| m.id).collect();
        if !expected.iter().any(|e| found.contains(e)) {
            wrong.push(format!("'{said}': {found:?}, wanted {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
