# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# An application introduces itself with a word.
words='our web application gets Helo command rejected: invalid name'
cause='helo-refused'
also='helo-wrong'
fix=instructions
traffic() { spammer --ehlo 'my_app!' --server mail.example.lab --from a@remote.lab --to alice@example.lab; }
