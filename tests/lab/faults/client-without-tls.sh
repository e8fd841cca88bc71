# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The mail program sends without TLS on 587.
words='my mail program cannot send: must issue a STARTTLS command first'
cause='client-without-tls'
fix=instructions
traffic() { swaks --server mail.example.lab:587 --from alice@example.lab --to bob@remote.lab; }
