# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Much ordinary traffic, everything looked for.
words='--all'
inject() { local n; for n in 1 2 3; do send_in; send_out; done; imap_login alice@example.lab; imap_login nobody@example.lab x; spammer --server mail.example.lab --from a@remote.lab --to b@remote.lab; sleep 2; }
