# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A program sends on port 25 without a login.
# quick
words='my program says relay access denied'
cause='relay-refused'
fix=instructions
inject() { true; }
traffic() { spammer --server mail.example.lab --from alice@example.lab --to bob@remote.lab; }
