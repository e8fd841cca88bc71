//! What a naive check gets wrong, and the test that shows ours does not: the catalogue's last column as a table. A check
//! without a line here, and a line without its test, fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mailwizard::checks::CHECKS;

/// Check, the naive error, the file below `src` with the test, the test. Several checks share a line where one look
/// serves them all.
#[rustfmt::skip]
const ERRORS: &[(&[&str], &str, &str, &str)] = &[
    (&["host-fqdn"], "localhost.localdomain accepted; names compared with regard to case", "checks/host_fqdn.rs", "names_are_compared_without_case_and_mailname_may_be_a_domain"),
    (&["host-hosts-loopback"], "the name looked up through /etc/hosts, and the A record called wrong", "checks/host_fqdn.rs", "only_a_loopback_line_with_the_whole_name_is_a_trap"),
    (&["host-public-ip"], "one family only; temporary addresses; another address on the way out", "checks/host_public_ip.rs", "both_families_and_the_address_that_is_really_used_count"),
    (&["host-public-ip"], "an address behind NAT called wrong", "checks/host_public_ip.rs", "nat_is_told_from_a_missing_public_address"),
    (&["host-clock"], "a clock that nobody keeps from here, in a container", "checks/host_resources.rs", "a_clock_nobody_can_judge_is_unknown"),
    (&["host-disk"], "percent only; inodes forgotten", "checks/host_disk.rs", "one_large_message_must_fit_and_inodes_count"),
    (&["host-memory"], "MemFree; the machine's memory read inside a container", "checks/host_resources.rs", "in_a_container_its_own_limit_counts"),
    (&["host-reboot-updates"], "'apt-get update' run by a check", "checks/host_resources.rs", "packages_are_counted_by_what_is_known_already_and_nothing_is_fetched"),
    (&["host-mta-conflict"], "a connection succeeds, though exim4 took it", "checks/host_mta_conflict.rs", "exim_on_loopback_is_a_conflict_and_is_named"),
    (&["service-running"], "'active (exited)' of a wrapper unit", "checks/services.rs", "an_exited_wrapper_is_not_a_running_daemon"),
    (&["service-config-valid"], "the exit code trusted alone", "checks/services.rs", "a_warning_counts_though_the_checker_ends_with_zero"),
    (&["service-restart-needed"], "only the file on the disk looked at", "checks/service_restart.rs", "a_replaced_library_counts_and_shared_memory_does_not"),
    (&["service-restart-needed"], "a reload past systemd not seen", "checks/service_restart.rs", "a_setting_counts_as_read_when_the_daemon_says_so_past_systemd"),
    (&["firewall-local"], "the rules of one family only", "host/firewall/mod.rs", "ufw_must_let_both_families_in"),
    (&["firewall-outbound-25"], "a failure over IPv6 called fatal; one target", "checks/firewall.rs", "one_family_is_a_warning_and_none_is_a_failure_unless_a_relay_helps"),
    (&["inbound-port-open"], "the host tested from itself", "checks/inbound.rs", "from_the_host_itself_nothing_is_proven_either_way"),
    (&["container-client-ip"], "only IPv4 looked at", "checks/inbound.rs", "the_trap_is_in_ipv6_though_ipv4_logs_look_right"),
    (&["queue-size"], "lines of mailq counted", "checks/queue_size.rs", "messages_are_counted_not_lines_and_age_matters"),
    (&["perms-mail"], "files opened as root", "checks/perms_mail.rs", "more_open_than_wanted_is_named_and_tighter_is_fine"),
    (&["accounts-rfc2142", "smtp-rcpt-postmaster", "smtp-rcpt-local", "smtp-rcpt-null-sender"], "a table read in place of RCPT; postmaster without a domain, in capitals", "checks/smtp/recipients.rs", "the_server_is_asked_and_not_a_table_and_nothing_is_sent"),
    (&["accounts-rfc2142"], "greylisting taken for a refusal", "checks/smtp/recipients.rs", "missing_roles_are_named_and_greylisting_is_no_verdict"),
    (&["dns-resolver-local"], "systemd-resolved's stub taken for a resolver of one's own; a stale copy for Postfix", "checks/dns_resolver.rs", "resolvers_are_told_apart"),
    (&["dns-resolver-dnssec"], "AD believed over the network", "checks/dns_resolver.rs", "validation_counts_only_on_loopback"),
    (&["dns-zone-ns"], "only the zone's own NS asked for", "checks/dns_zone.rs", "servers_are_asked_one_by_one_and_the_parent_too"),
    (&["dns-zone-ns"], "the wrong zone cut", "probe/dns/tests.rs", "the_zone_cut_is_found_below_and_above"),
    (&["dns-host-a"], "addresses compared in order, and as text", "checks/dns_host.rs", "addresses_are_compared_as_sets_and_as_numbers"),
    (&["dns-host-cname"], "the resolver follows the alias silently", "checks/dns_host.rs", "an_alias_is_found_though_the_resolver_follows_it"),
    (&["dns-mx"], "preferences sorted as text", "checks/dns_mx.rs", "preferences_are_numbers"),
    (&["dns-mx"], "no MX taken for no mail; the implicit MX forgotten", "checks/dns_mx.rs", "without_an_mx_the_domains_own_address_counts"),
    (&["dns-mx-target-valid"], "an address as target; the final dot lost", "checks/dns_mx.rs", "targets_that_are_no_hosts_are_named"),
    (&["dns-mx-null"], "'.' taken for a host", "checks/dns_mx.rs", "a_null_mx_is_not_taken_for_a_host"),
    (&["dns-mx-duplicates"], "one machine under two names called a fault", "checks/dns_mx_duplicates.rs", "one_host_twice_is_a_warning_and_one_machine_twice_is_not"),
    (&["dns-ptr-v4", "dns-ptr-v6", "dns-fcrdns"], "only the first PTR; only IPv4; no look forward", "checks/dns_ptr.rs", "every_name_counts_and_each_family_by_itself"),
    (&["dns-fcrdns"], "names without end followed", "checks/dns_ptr.rs", "a_hundred_names_of_one_address_are_not_followed"),
    (&["dns-helo-name"], "myhostname looked at, while smtp_helo_name is sent", "checks/dns_ptr.rs", "the_name_is_the_one_that_is_sent_and_not_the_one_in_myhostname"),
    (&["dns-wildcard"], "a wildcard's answer taken for a record", "checks/dns_zone.rs", "wildcards_are_told_by_type"),
    (&["dns-txt-assembly"], "strings joined with a space; records joined", "checks/dns_txt_assembly.rs", "strings_of_one_record_are_joined_with_nothing_between"),
    (&["dns-txt-assembly"], "quotation marks and odd spaces passed over", "checks/dns_txt_assembly.rs", "what_forms_and_word_processors_leave_behind_is_named"),
    (&["dns-dnssec"], "AD of a resolver that does not validate", "checks/dns_dnssec.rs", "a_resolver_without_signatures_is_no_verdict"),
    (&["dns-caa"], "the climb ends at the first label; iodef, issuewild and issuemail forbid", "checks/dns_caa.rs", "the_nearest_records_count"),
    (&["dns-caa"], "SERVFAIL taken for no record", "checks/dns_caa.rs", "a_failing_server_is_unknown_because_the_ca_stops_there_too"),
    (&["dns-srv-client"], "'.' taken for a host; an alias not seen", "checks/dns_srv.rs", "a_dot_is_no_host_and_an_alias_is_followed"),
    (&["dns-autoconfig"], "a wildcard's answer taken for settings", "checks/dns_autoconfig.rs", "a_wildcard_is_nobodys_settings_and_absence_no_fault"),
    (&["dns-idn"], "'ß' made 'ss'; the local part encoded", "checks/dns_idn.rs", "sharp_s_stays_itself_and_the_local_part_is_no_name"),
    (&["dns-ttl"], "the resolver's remaining time judged", "checks/dns_ttl.rs", "what_a_resolver_has_left_is_no_time_to_live"),
    (&["spf-record-one", "spf-size"], "'v=spf10' accepted; a leading space; two records", "checks/spf_record.rs", "the_record_as_receivers_read_it"),
    (&["spf-syntax"], "reading ends at the first match", "records/spf.rs", "every_term_is_read_even_behind_a_match"),
    (&["spf-our-ips"], "the address searched for as text; IPv6 forgotten", "checks/spf_evaluate.rs", "the_evaluator_decides_and_not_the_text"),
    (&["spf-lookup-limit"], "a:host and redirect counted wrongly", "checks/spf_lookups.rs", "what_is_counted_and_what_is_not"),
    (&["spf-lookup-limit"], "only the most counted, not what it really costs", "checks/spf_lookups.rs", "terms_behind_the_match_cost_nothing_at_run_time"),
    (&["spf-void-lookups", "spf-include-none"], "SERVFAIL counted as void; a missing include taken for no match", "checks/spf_lookups.rs", "what_is_counted_and_what_is_not"),
    (&["spf-mx-ptr-subcount"], "addresses counted in place of hosts", "checks/spf_lookups.rs", "hosts_of_an_mx_are_counted_not_their_addresses"),
    (&["spf-all"], "terms behind 'all'; redirect beside it; 'all' of an included record", "checks/spf_record.rs", "the_record_as_receivers_read_it"),
    (&["spf-helo"], "mail without a sender forgotten", "checks/spf_evaluate.rs", "the_name_greeted_with_passes_by_itself"),
    (&["dkim-record", "dkim-revoked", "dkim-flags"], "'v=' required; several records; revoked called a syntax error", "checks/dkim_record.rs", "records_as_they_are_found"),
    (&["dkim-record"], "nothing said where no selector is known", "checks/dkim_record.rs", "without_a_selector_only_the_name_above_the_keys_can_tell"),
    (&["dkim-key-match"], "PKCS#1, white space and missing padding refused; a cut key not seen", "checks/dkim_record.rs", "records_as_they_are_found"),
    (&["dkim-key-size"], "base64 measured", "checks/dkim_record.rs", "size_is_that_of_the_modulus"),
    (&["dkim-signing-live"], "one of two keys not signing; 'l='; From not covered", "checks/delivery.rs", "both_keys_must_sign_for_the_very_domain"),
    (&["dkim-signing-domains"], "one domain's key signing for all", "checks/delivered.rs", "one_domains_key_for_all_is_a_failure_and_a_second_signature_is_not"),
    (&["dkim-key-perms"], "the folder's mode forgotten", "checks/dkim_key_perms.rs", "owner_and_mode_both_count"),
    (&["dkim-no-replace"], "a new key under a selector in use", "checks/dkim_no_replace.rs", "a_key_that_changes_under_its_selector_is_noticed_and_white_space_is_no_change"),
    (&["dmarc-record"], "the public suffix list in place of the walk", "probe/dmarc.rs", "the_organizational_domain_is_where_the_walk_says"),
    (&["dmarc-record"], "SERVFAIL taken for no record", "checks/dmarc_record.rs", "a_failing_server_is_no_missing_record"),
    (&["dmarc-location", "dmarc-syntax", "dmarc-policy"], "the zone's name twice; a version in small letters; a final ';'; p=none called a failure", "checks/dmarc_record.rs", "records_as_receivers_take_them"),
    (&["dmarc-rua-auth"], "one's own organisation made to agree; wildcards not seen", "checks/dmarc_rua.rs", "only_strangers_have_to_agree"),
    (&["dmarc-alignment"], "strict alignment with subdomains", "checks/delivered.rs", "strict_alignment_is_about_the_very_name"),
    (&["mtasts-record"], "absence called a failure", "checks/mta_sts/record.rs", "absence_is_no_failure_and_other_texts_do_not_count"),
    (&["mtasts-policy-fetch"], "the redirect followed", "checks/mta_sts/fetch.rs", "a_redirect_is_a_failure_though_every_http_client_would_follow_it"),
    (&["mtasts-policy-fetch"], "the certificate checked for another name", "checks/mta_sts/fetch.rs", "a_certificate_for_another_name_is_a_failure"),
    (&["mtasts-policy-parse"], "a wildcard for several labels; names not in A-labels", "records/mta_sts.rs", "a_wildcard_is_one_label_and_names_are_compared_in_a_labels"),
    (&["mtasts-mx-cover"], "exactly one 'mx' and 'enforce' demanded", "checks/mta_sts/cover.rs", "testing_and_several_hosts_are_healthy_too"),
    (&["mtasts-id-changed"], "only the id looked at", "checks/mta_sts/change.rs", "a_policy_that_changed_under_its_old_id_stays_a_fault_until_the_id_changes"),
    (&["tlsrpt-record"], "authorisation of others demanded", "checks/tlsrpt_record.rs", "of_ours_the_exact_record_is_wanted_of_others_one_that_works"),
    (&["dane-tlsa-present"], "name and dates checked for usage 3; the authority of usage 2 not served", "checks/dane/tlsa.rs", "name_and_dates_are_ignored_for_usage_3_and_count_for_usage_2"),
    (&["dane-tlsa-present"], "only one address compared", "checks/dane/present.rs", "each_address_is_compared_and_one_of_several_records_is_enough"),
    (&["dane-tlsa-present"], "a denial that is bogus taken for none", "checks/dane/present.rs", "what_dnssec_says_comes_first"),
    (&["dane-key-reuse"], "3 0 1 that changes with every renewal", "checks/dane/renewal.rs", "a_record_about_the_certificate_breaks_with_every_renewal"),
    (&["dane-rollover"], "a single record called a fault", "checks/dane/renewal.rs", "one_record_is_no_fault"),
    (&["bimi"], "absence called a fault", "checks/bimi.rs", "a_missing_or_useless_logo_is_no_fault"),
    (&["smtp-greeting", "smtp-ehlo"], "one line or one segment taken for the reply", "probe/tests.rs", "a_reply_is_one_reply_however_it_is_cut"),
    (&["smtp-greeting"], "the code not looked at", "checks/smtp/dialogue.rs", "a_greeting_is_judged_by_code_and_name"),
    (&["smtp-size-8bit", "smtp-starttls"], "SIZE 0 taken for no mail at all", "checks/smtp/dialogue.rs", "size_zero_is_no_limit"),
    (&["smtp-starttls-injection"], "what came before TLS kept in the buffer", "checks/starttls_injection.rs", "an_answer_inside_tls_is_told_from_silence_refusal_and_one_in_clear"),
    (&["smtp-starttls", "smtp-starttls-injection"], "our own buffer not emptied", "probe/tests.rs", "bytes_injected_before_tls_end_the_dialogue"),
    (&["smtp-tls-not-required-25"], "587's setting copied to 25", "checks/smtp/recipients.rs", "a_port_25_that_insists_on_tls_is_a_failure"),
    (&["smtp-auth-on-25"], "only one of the two EHLOs looked at", "checks/smtp/dialogue.rs", "auth_is_looked_for_in_both_lists"),
    (&["smtp-relay-open"], "run from an address that is trusted", "checks/smtp/relay.rs", "coming_from_a_trusted_network_proves_nothing"),
    (&["smtp-relay-open"], "a catch-all taken for a relay", "checks/smtp/relay.rs", "a_name_that_looks_foreign_at_a_catch_all_is_no_relay"),
    (&["smtp-rcpt-unknown"], "a catch-all called a fault; greylisting a verdict", "checks/smtp/recipients.rs", "an_unknown_address_is_judged_by_whether_there_is_a_catch_all"),
    (&["smtp-vrfy-expn"], "252 called a leak", "checks/smtp/recipients.rs", "neither_yes_nor_no_tells_nothing"),
    (&["smtp-pipelining-smuggle"], "a message that was refused taken for proof", "checks/smtp/smuggling.rs", "one_false_end_is_enough_and_a_refused_message_proves_nothing"),
    (&["smtp-banner-leak"], "a version called a warning", "checks/smtp/timing.rs", "a_version_is_never_a_warning_and_an_address_in_the_name_is_none"),
    (&["smtp-timing"], "a delay on purpose called a fault", "checks/smtp/timing.rs", "a_delay_on_purpose_is_no_fault"),
    (&["submission-465-implicit", "submission-587-starttls"], "both sides waiting for one another", "checks/submission/dialogue.rs", "the_two_ways_swapped_are_told_and_nobody_hangs"),
    (&["submission-auth-before-tls"], "a real password sent in clear", "checks/submission/dialogue.rs", "no_password_of_anybody_is_sent_in_clear"),
    (&["submission-auth-ok", "submission-auth-bad"], "454 taken for a wrong password", "checks/submission/login.rs", "a_service_that_is_down_is_no_wrong_password"),
    (&["submission-required"], "tried from an address that is trusted", "checks/smtp/relay.rs", "coming_from_a_trusted_network_proves_nothing"),
    (&["submission-spoof"], "a refusal for now taken for a verdict", "checks/submission/login.rs", "another_name_is_a_warning_and_a_refusal_for_now_no_verdict"),
    (&["submission-dkim-milter"], "only one of the two ways looked at", "checks/submission/milter.rs", "both_ways_are_looked_at"),
    (&["imap-993"], "untagged lines, literals and BYE", "probe/tests.rs", "imap_reads_greetings_in_pieces_literals_and_odd_orders"),
    (&["imap-143-starttls"], "a closed port called a fault", "checks/imap_143.rs", "a_closed_port_is_fine"),
    (&["imap-idle-special"], "what is missing not named", "checks/imap.rs", "each_missing_mark_is_named"),
    (&["pop-995", "pop-110-stls"], "USER before TLS passed over", "checks/pop.rs", "user_before_tls_is_a_log_in_in_clear"),
    (&["sieve-4190"], "TLS from the first byte expected", "checks/sieve_4190.rs", "there_is_no_implicit_tls_and_a_closed_port_is_fine"),
    (&["imap-e2e", "deliv-self-local"], "Junk not looked into; greylisting called a loss", "checks/delivery.rs", "the_way_of_a_message_is_judged_at_its_end"),
    (&["cert-served-each-port"], "the file looked at in place of the sockets", "checks/certificate/served.rs", "the_sockets_are_judged_and_not_the_file_alone"),
    (&["cert-name"], "a mismatch that goes by as success", "checks/certificate/served.rs", "a_name_that_is_wrong_counts_for_mail_programs_and_not_at_port_25"),
    (&["cert-chain"], "what is missing fetched or remembered", "checks/certificate/served.rs", "order_matters_and_a_root_too_many_does_not"),
    (&["cert-trust"], "a machine without roots", "checks/certificate/served.rs", "a_stand_in_fails_and_a_machine_without_roots_cannot_judge"),
    (&["cert-expiry"], "fixed days for certificates of six", "checks/certificate/served.rs", "a_fresh_six_day_certificate_is_fine_and_a_late_ninety_day_one_is_not"),
    (&["cert-renewal-works"], "a timer that does not survive a reboot", "checks/certificate/files.rs", "a_timer_must_run_survive_a_reboot_and_have_worked"),
    (&["cert-key-match"], "two pairs mixed", "keys/certificate.rs", "a_key_of_another_certificate_is_named"),
    (&["cert-key-size"], "ECDSA called short", "checks/certificate/key.rs", "the_length_is_that_of_the_modulus_and_ecdsa_is_fine"),
    (&["cert-sct-eku"], "clientAuth demanded", "checks/certificate/key.rs", "a_server_certificate_without_client_use_is_fine"),
    (&["tls-versions"], "a TLS library that cannot offer the old versions", "probe/hello.rs", "an_old_server_is_seen_and_one_that_insists_on_another_version_is_not"),
    (&["tls-versions"], "port 25 judged like 465", "checks/tls_versions.rs", "old_versions_are_worse_where_passwords_go"),
    (&["tls-ciphers"], "OCSP stapling missed; anonymous suites at port 25", "checks/tls_ciphers.rs", "anonymous_suites_are_harmless_at_port_25_only_and_stapling_is_not_asked_for"),
    (&["tls-kex"], "a TLS library that cannot offer a small group; TLS 1.3 alone called a fault", "checks/tls_handshake.rs", "a_small_group_and_stolen_keys_are_seen_and_a_port_of_tls_1_3_alone_is_well"),
    (&["tls-reneg", "tls-compression"], "one taken for the other", "checks/tls_handshake.rs", "renegotiation_and_compression_are_judged_apart"),
    (&["tls-0rtt", "tls-ocsp"], "stapling demanded", "checks/tls_session.rs", "leave_to_send_early_is_seen_in_the_ticket_and_no_stapling_is_no_fault"),
    (&["tls-outbound"], "opportunistic TLS called too little", "checks/tls_outbound.rs", "opportunistic_is_enough_and_a_relay_may_be_held_to_more"),
    (&["rep-dnsbl-ip"], "no test points; 127.255.255.x counted; hijacked answers", "checks/rep_dnsbl.rs", "only_a_list_that_passes_its_own_test_is_believed"),
    (&["rep-dnsbl-domain"], "error codes counted", "checks/rep_dnsbl_domain.rs", "error_codes_are_no_listings"),
    (&["rep-dnswl"], "absence called a fault", "checks/rep_dnswl.rs", "not_to_be_listed_is_no_fault"),
    (&["rep-domain-age"], "youth called a fault", "checks/rep_domain_age.rs", "a_young_domain_is_never_more_than_a_note"),
    (&["deliv-remote-probe"], "DATA sent; greylisting called a refusal", "checks/deliv_remote.rs", "it_stops_at_rcpt_and_greylisting_is_no_refusal"),
    (&["deliv-remote-full"], "results of another server believed", "checks/authentication_results.rs", "only_the_topmost_servers_word_counts"),
    (&["deliv-gmail-rules"], "List-Unsubscribe asked of ten mails a day", "checks/deliv_gmail_rules.rs", "a_small_sender_needs_only_one_of_the_two"),
    (&["deliv-loop"], "hops counted, the circle not seen", "checks/delivered.rs", "hops_are_counted_and_a_circle_shows_in_delivered_to"),
    (&["inbound-auth-verify"], "no header taken for a verdict", "checks/delivered.rs", "a_message_that_nobody_judged_is_no_verdict"),
    (&["backup-present"], "absence called a fault", "checks/backup_present.rs", "it_is_never_a_fault"),
];

#[test]
fn every_check_has_a_test_of_what_a_naive_one_gets_wrong() {
    let named: BTreeSet<&str> = ERRORS.iter().flat_map(|(ids, ..)| ids.iter().copied()).collect();
    let registered: BTreeSet<&str> = CHECKS.iter().map(|c| c.id).collect();
    assert_eq!(registered.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "checks without a line");
    assert_eq!(named.difference(&registered).collect::<Vec<_>>(), Vec::<&&str>::new(), "lines without a check");
}

#[test]
fn every_test_in_the_table_is_there() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    let mut missing = Vec::new();
    for (_, _, file, test) in ERRORS {
        let text = files.entry(file).or_insert_with(|| fs::read_to_string(source.join(file)).unwrap_or_default());
        if !text.contains(&format!("fn {test}()")) {
            missing.push(format!("{file}: {test}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
