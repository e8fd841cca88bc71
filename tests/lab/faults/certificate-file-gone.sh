# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The certificate file is gone.
words='clients get no secure connection, tls handshake error'
cause='key-does-not-fit'
also='certificate-untrusted'
fix=automatic
inject() { in_vps 'rm /etc/ssl/mailwizard/mail.example.lab/fullchain.pem; systemctl restart postfix dovecot; true'; }
prove() { imap_login alice@example.lab; }
