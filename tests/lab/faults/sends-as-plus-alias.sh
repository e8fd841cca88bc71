# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A program sends as an address of another account.
words='553 5.7.1 Sender address rejected when I send as the shared address'
cause='not-owned'
fix=instructions
traffic() { submit alice@example.lab info@example.lab bob@remote.lab; }
