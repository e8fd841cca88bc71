#![no_main]
//! A DNS answer as it comes from the network, read for each type of record that checks ask for.

use std::time::Duration;

use hickory_net::proto::op::Message;
use hickory_net::proto::rr::{Name, RecordType};
use libfuzzer_sys::fuzz_target;
use mailwizard::probe::dns::exchange::Question;
use mailwizard::probe::dns::interpret;

const KINDS: [RecordType; 10] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::CAA,
    RecordType::CNAME,
    RecordType::MX,
    RecordType::NS,
    RecordType::PTR,
    RecordType::SRV,
    RecordType::TLSA,
    RecordType::TXT,
];

fuzz_target!(|data: &[u8]| {
    let Ok(message) = Message::from_vec(data) else { return };
    let asked = message.queries.first().map(|q| q.name().clone());
    let name = asked.unwrap_or_else(|| Name::from_ascii("example.org.").expect("a name"));
    let reply = Ok(message);
    for kind in KINDS {
        let question = Question {
            server: ([127, 0, 0, 1], 53).into(),
            name: name.clone(),
            kind,
            recurse: true,
            dnssec: false,
            unjudged: false,
        };
        let answer = interpret::answer(&question, &reply, Duration::ZERO);
        let _ = (answer.line(), answer.state.said());
    }
});
