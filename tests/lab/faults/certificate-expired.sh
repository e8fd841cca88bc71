# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The certificate has run out.
words='thunderbird says the certificate has expired'
cause='certificate-expired'
fix=automatic
inject() { in_vps 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/k.pem -out /tmp/c.pem -subj /CN=mail.example.lab -addext subjectAltName=DNS:mail.example.lab -not_before 20250101000000Z -not_after 20250201000000Z 2>/dev/null || faketime 2025-01-01 true; cp /tmp/c.pem /etc/ssl/mailwizard/mail.example.lab/fullchain.pem; cp /tmp/k.pem /etc/ssl/mailwizard/mail.example.lab/privkey.pem; systemctl restart postfix dovecot'; }
prove() { imap_login alice@example.lab; }
