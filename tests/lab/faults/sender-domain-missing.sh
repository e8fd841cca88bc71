# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The sender has a domain that does not exist.
words='the monitoring cannot send us mail: sender address rejected, domain not found'
cause='sender-domain-missing'
fix=instructions
traffic() { spammer --server mail.example.lab --from monitor@nowhere.lab --to alice@example.lab; }
