# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 25 takes nothing without TLS: a partner's old server is turned away.
words='a partner says our server answers 530 Must issue a STARTTLS command first'
cause='port-25-demands-tls'
fix=automatic
inject() { set_main smtpd_tls_security_level=encrypt; }
traffic() { new_subject; swaks --server mail.example.lab --from bob@remote.lab --to alice@example.lab || :; sleep 1; }
prove() { arrives; }
