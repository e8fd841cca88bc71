//! The client against servers that run and misbehave on loopback.

use std::time::{Duration, Instant};

use super::test_server::{Manner, Running, World};
use super::{DnsClient, Look, NoZone, RecordType, Watch};
use crate::records::{AnswerState, Phase, Record, RecordKind, RecordState};
use crate::spec::{Domain, Fqdn};

fn client(world: &Running) -> DnsClient {
    DnsClient::at(world.resolver).authoritative_port(world.port)
}

fn example(lines: &str) -> World {
    World::new().zone("example.org.", &["127.9.0.10", "127.9.0.11"], lines)
}

#[tokio::test]
async fn every_server_is_asked_and_nothing_twice() {
    let world = example("example.org. 60 MX 10 Mail.Example.org.\nmail.example.org. 60 A 192.0.2.10").run().await;
    let dns = client(&world);
    let (seen, again, address) = tokio::join!(
        dns.observe("example.org", RecordType::MX),
        dns.observe("example.org.", RecordType::MX),
        dns.observe("mail.example.org", RecordType::A),
    );
    assert_eq!(seen.authoritative, again.authoritative);
    assert_eq!(seen.authoritative.len(), 2);
    assert_eq!(seen.authoritative[0].server, "n10.ns.org");
    assert_eq!(seen.authoritative[0].serial, Some(7));
    assert_eq!(seen.verdict().unwrap().data, ["10 mail.example.org."]);
    assert_eq!(seen.verdict().unwrap().ttl, Some(60));
    assert_eq!(seen.resolver.unwrap().data, ["10 mail.example.org."]);
    assert_eq!(address.verdict().unwrap().data, ["192.0.2.10"]);
    assert_eq!(seen.zone.as_deref(), Some("example.org."));
    assert_eq!(dns.queries_sent(), world.received(), "one question, one datagram");
    let before = dns.queries_sent();
    dns.observe("mail.example.org", RecordType::A).await;
    assert_eq!(dns.queries_sent(), before, "all of it is known");
    assert_eq!(dns.fresh().queries_sent(), 0);
}

#[tokio::test]
async fn kinds_of_no_are_told_apart() {
    let world = example("mail.example.org. 60 A 192.0.2.10").run().await;
    let dns = client(&world);
    let nodata = dns.observe("mail.example.org", RecordType::AAAA).await;
    assert_eq!(nodata.verdict().unwrap().state, AnswerState::NoData);
    assert_eq!(nodata.verdict().unwrap().ttl, Some(300), "the SOA's minimum is below its TTL");
    let nxdomain = dns.observe("no.example.org", RecordType::A).await;
    assert_eq!(nxdomain.verdict().unwrap().state, AnswerState::NxDomain);
    let nowhere = dns.observe("mail.not-registered.net", RecordType::A).await;
    assert!(nowhere.no_servers.as_deref().unwrap().contains("no zone above it is delegated"), "{nowhere:?}");
}

#[tokio::test]
async fn servers_in_trouble_give_no_verdict() {
    for (manner, state) in [
        (Manner::ServFail, AnswerState::ServFail),
        (Manner::Refused, AnswerState::Refused),
        (Manner::Lame, AnswerState::Lame),
        (Manner::Silent, AnswerState::TimedOut),
    ] {
        let world = example("example.org. 60 MX 10 mail.example.org.").manner("127.9.0.11", manner).run().await;
        let seen = client(&world).observe("example.org", RecordType::MX).await;
        assert_eq!(seen.authoritative[1].answer.state, state, "{manner:?}");
        assert_eq!(seen.authoritative[0].answer.state, AnswerState::Found, "{manner:?}");
        assert!(seen.disagreeing().is_empty(), "silence is no contradiction");
    }
}

#[tokio::test]
async fn a_cut_answer_is_fetched_over_tcp() {
    let world = example(&format!("example.org. 60 TXT \"{}\"", "a".repeat(200)))
        .manner("127.9.0.10", Manner::Truncating)
        .run()
        .await;
    let seen = client(&world).observe("example.org", RecordType::TXT).await;
    assert_eq!(seen.authoritative[0].answer.data, ["a".repeat(200)], "{seen:?}");
}

#[tokio::test]
async fn strings_of_one_record_are_joined_and_records_kept_apart() {
    let world = example("example.org. 60 TXT \"v=spf1 \" \"mx\" \" -all\"\nexample.org. 60 TXT \"other\"").run().await;
    let seen = client(&world).observe("example.org", RecordType::TXT).await;
    assert_eq!(seen.verdict().unwrap().data, ["other", "v=spf1 mx -all"]);
}

#[tokio::test]
async fn an_alias_is_seen_by_its_owner_and_followed_into_another_zone() {
    let world = example("mail.example.org. 60 CNAME host.other.org.")
        .zone("other.org.", &["127.9.0.12"], "host.other.org. 30 A 192.0.2.7")
        .run()
        .await;
    let dns = client(&world);
    let seen = dns.observe("mail.example.org", RecordType::A).await;
    let found = seen.verdict().unwrap();
    assert_eq!(
        (found.canonical_name.as_deref(), found.data.as_slice()),
        (Some("host.other.org."), &["192.0.2.7".to_owned()][..])
    );
    let alias = dns.observe("mail.example.org", RecordType::CNAME).await;
    assert_eq!(alias.verdict().unwrap().data, ["host.other.org."]);
    assert_eq!(seen.zone.as_deref(), Some("example.org."), "the alias is not a zone of its own");
}

#[tokio::test]
async fn a_wildcard_is_recognised() {
    let world =
        example("*.example.org. 60 TXT \"v=spf1 -all\"\n_dmarc.example.org. 60 TXT \"v=DMARC1; p=none\"").run().await;
    let dns = client(&world);
    assert!(dns.observe("x._domainkey.example.org", RecordType::TXT).await.is_from_wildcard());
    assert!(!dns.observe("_dmarc.example.org", RecordType::TXT).await.is_from_wildcard());
}

#[tokio::test]
async fn a_server_that_lags_is_seen_with_its_serial() {
    let world = example("example.org. 60 MX 10 mail.example.org.")
        .lagging("127.9.0.11", "example.org.", "example.org. 60 MX 10 old.example.org.")
        .run()
        .await;
    let seen = client(&world).observe("example.org", RecordType::MX).await;
    assert_eq!(seen.disagreeing().iter().map(|a| a.server.as_str()).collect::<Vec<_>>(), ["n11.ns.org"]);
    assert_eq!(seen.authoritative.iter().map(|a| a.serial).collect::<Vec<_>>(), [Some(7), Some(6)]);
}

#[tokio::test]
async fn the_zone_cut_is_found_below_and_above() {
    let world = example("mail.sub.example.org. 60 A 192.0.2.10")
        .zone("deep.example.org.", &["127.9.0.12"], "mail.deep.example.org. 60 A 192.0.2.11")
        .zone("2.0.192.in-addr.arpa.", &["127.9.0.13"], "10.2.0.192.in-addr.arpa. 60 PTR mail.example.org.")
        .run()
        .await;
    let dns = client(&world);
    assert_eq!(dns.zone_of("mail.sub.example.org").await.unwrap().apex, "example.org.");
    assert_eq!(dns.zone_of("mail.deep.example.org").await.unwrap().apex, "deep.example.org.");
    let ptr = dns.observe_ptr("192.0.2.10".parse().unwrap()).await;
    assert_eq!(ptr.verdict().unwrap().data, ["mail.example.org."]);
    assert_eq!(ptr.zone.as_deref(), Some("2.0.192.in-addr.arpa."));
    assert!(matches!(dns.zone_of("a.b.nowhere").await, Err(NoZone::NotDelegated { .. })));
}

#[tokio::test]
async fn a_reverse_zone_of_ipv6_is_found_where_ever_it_is_cut() {
    // A /36: nine nibbles, none of the usual cuts.
    let apex = "1.8.b.d.0.1.0.0.2.ip6.arpa.";
    let owner = crate::records::reverse_name("2001:db8:1000::10".parse().unwrap());
    let world = World::new().zone(apex, &["127.9.0.10"], &format!("{owner} 60 PTR mail.example.org.")).run().await;
    let seen = client(&world).observe(&owner, RecordType::PTR).await;
    assert_eq!(seen.zone.as_deref(), Some(apex));
    assert_eq!(seen.verdict().unwrap().data, ["mail.example.org."]);
}

#[tokio::test]
async fn a_broken_zone_is_asked_through_its_parent() {
    let world = example("").cached("example.org.", RecordType::NS, &[]).manner("127.9.0.10", Manner::Lame).run().await;
    let zone = client(&world).zone_of("mail.example.org").await.unwrap();
    assert_eq!(zone.apex, "example.org.");
    assert_eq!(zone.servers.len(), 2);
}

#[tokio::test]
async fn a_stale_resolver_is_shown_beside_the_truth() {
    let world = example("example.org. 60 MX 10 mail.example.org.")
        .cached("example.org.", RecordType::MX, &["example.org. 2400 MX 10 old.example.org."])
        .run()
        .await;
    let seen = client(&world).observe("example.org", RecordType::MX).await;
    assert_eq!(seen.verdict().unwrap().data, ["10 mail.example.org."]);
    let resolver = seen.resolver.unwrap();
    assert_eq!((resolver.data.as_slice(), resolver.ttl), (&["10 old.example.org.".to_owned()][..], Some(2400)));
}

#[tokio::test]
async fn an_observation_costs_three_round_trips() {
    let world = example("mail.example.org. 60 A 192.0.2.10").delay(Duration::from_millis(60)).run().await;
    let start = Instant::now();
    let seen = client(&world).observe("mail.example.org", RecordType::A).await;
    assert_eq!(seen.authoritative.len(), 2);
    let trips = start.elapsed().as_secs_f64() / 0.060;
    assert!((3.0..4.0).contains(&trips), "{trips} round trips");
}

fn wanted_mx() -> Record {
    Record {
        name: "example.org.".into(),
        kind: RecordKind::Mx,
        ttl: 3600,
        data: "10 mail.example.org.".into(),
        zone: "org.".into(),
        why: "Brings mail here.".into(),
        required: true,
        phase: Phase::After,
    }
}

#[tokio::test]
async fn a_watch_reports_each_record_and_then_the_time() {
    let world = example("example.org. 60 MX 10 mail.example.org.").run().await;
    let hostname = Fqdn::parse("mail.example.org").unwrap();
    let clock = || jiff::Timestamp::from_second(1_000_000).unwrap();
    let mut watch = Watch::start(client(&world), vec![wanted_mx()], hostname, clock);
    for expected_pause in [5, 10, 20] {
        let Some(Look::Compared(compared)) = watch.next().await else { panic!("no record") };
        assert_eq!((compared.index, compared.record.state), (0, RecordState::Ok));
        assert_eq!(compared.record.servers, ["n10.ns.org", "n11.ns.org"]);
        let Some(Look::Done { at, next_in }) = watch.next().await else { panic!("no end") };
        assert_eq!((at.as_second(), next_in.as_secs()), (1_000_000, expected_pause), "nothing changed: less often");
        watch.look_now();
    }
}

#[tokio::test]
async fn what_is_published_is_found_and_placed() {
    let world = example("example.org. 60 TXT \"v=spf1 -all\"\nexample.org. 60 MX 5 old.net.").run().await;
    let dns = client(&world);
    let domain = Domain::parse("example.org").unwrap();
    let published = dns.published([&domain]).await;
    assert_eq!(published[&domain].txt, ["v=spf1 -all"]);
    assert_eq!(published[&domain].mx, ["5 old.net."]);
    let mut records = [wanted_mx()];
    dns.place(&mut records).await;
    assert_eq!(records[0].zone, "example.org.");
}
