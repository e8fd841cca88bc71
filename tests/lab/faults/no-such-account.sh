# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The recipient does not exist.
words='people get user unknown when they write to carol@example.lab'
cause='no-such-account'
fix=instructions
inject() { true; }
traffic() { send_in carol@example.lab; }
