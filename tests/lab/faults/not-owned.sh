# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# An account sends under a foreign address.
words='sender address rejected not owned by user'
cause='not-owned'
fix=instructions
inject() { true; }
traffic() { submit alice@example.lab bob@second.lab bob@remote.lab; }
