# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Strangers guess passwords, try relaying and unknown addresses.
# quick
words='outgoing mail is not delivered'
inject() { imap_login alice@example.lab x; spammer --server mail.example.lab --from a@remote.lab --to b@remote.lab; spammer --server mail.example.lab --from a@remote.lab --to nobody@example.lab; true; }
