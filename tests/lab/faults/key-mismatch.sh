# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Key and certificate do not belong together.
words='no TLS any more: clients cannot connect, the certificate is broken'
cause='key-does-not-fit'
fix=automatic
inject() { in_vps 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out /etc/ssl/mailwizard/mail.example.lab/privkey.pem; systemctl restart postfix dovecot'; }
prove() { imap_login alice@example.lab; }
