# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The private key is empty: Dovecot and Postfix cannot speak TLS.
words='neither imap nor smtp work with ssl any more'
cause='key-does-not-fit'
fix=automatic
inject() { in_vps ': > /etc/ssl/mailwizard/mail.example.lab/privkey.pem; systemctl restart postfix dovecot; true'; }
prove() { imap_login alice@example.lab; }
