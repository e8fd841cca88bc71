# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The login name lacks the domain.
words='bob cannot log in, password rejected'
cause='login-name-wrong'
fix=instructions
also='wrong-password login-refused'
inject() { true; }
traffic() { imap_login bob canary; }
