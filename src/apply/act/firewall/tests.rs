use super::*;

fn rules(firewall: &str, zone: Option<&str>) -> Rules {
    Rules::remembered(firewall, zone, &[25, 465])
}

#[test]
fn ufw_loses_only_rules_with_our_comment() {
    assert_eq!(
        rules("ufw", None).way_back(),
        "for rule in 25/tcp 465/tcp; do\n  if ufw status | grep -q \"^$rule .*# mailwizard\"; then ufw --force delete allow \"$rule\"; fi\ndone\n"
    );
}

#[test]
fn firewalld_loses_the_ports_now_and_for_good_in_the_zone_they_were_opened_in() {
    assert_eq!(
        rules("firewalld", Some("external")).way_back(),
        "firewall-cmd --zone=external --remove-port=25/tcp --remove-port=465/tcp\n\
         firewall-cmd --permanent --zone=external --remove-port=25/tcp --remove-port=465/tcp\n"
    );
    assert!(rules("firewalld", None).way_back().starts_with("firewall-cmd --remove-port=25/tcp "));
}

#[test]
fn a_rule_of_ours_is_found_again_by_its_comment() {
    let ruleset = r#"{"nftables": [
        {"chain": {"family": "inet", "table": "filter", "name": "input", "type": "filter", "hook": "input", "policy": "drop"}}]}"#;
    let chains = Ruleset::parse(ruleset).unwrap().input_chains();
    let rule = nft_rule(&chains[0], &[25, 465]);
    assert_eq!(rule, "insert rule inet filter input tcp dport {25,465} accept comment \"mailwizard\"");
    assert!(rules("nftables", None).way_back().contains("/comment \"mailwizard\"/"));
}

#[test]
fn what_the_history_holds_of_older_versions_is_still_read() {
    let old = r#"{"kind":"ports","firewall":"firewalld","ports":[25]}"#;
    assert_eq!(
        serde_json::from_str::<Before>(old).unwrap(),
        Before::Ports { firewall: "firewalld".into(), zone: None, ports: vec![25] }
    );
}
