# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The password in the mail program is wrong.
words='alice@example.lab cannot log in, the password is refused'
cause='wrong-password'
fix=instructions
inject() { true; }
traffic() { imap_login alice@example.lab wrong; }
