# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The intermediate certificate is not served.
words='some phones only: unable to verify the first certificate'
cause='certificate-incomplete'
fix=automatic
inject() { in_vps 'f=/etc/ssl/mailwizard/mail.example.lab/fullchain.pem; openssl x509 -in $f > /tmp/leaf.pem; cp /tmp/leaf.pem $f; systemctl restart postfix dovecot'; }
prove() { imap_login alice@example.lab; }
