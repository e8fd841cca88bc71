# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The certificate is for another name.
words='my phone says cannot verify server identity'
cause='certificate-for-another-name|certificate-untrusted'
fix=automatic
also='certificate-untrusted certificate-for-another-name'
inject() { in_vps 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/k.pem -out /tmp/c.pem -subj /CN=www.example.lab -addext subjectAltName=DNS:www.example.lab -days 30; cp /tmp/c.pem /etc/ssl/mailwizard/mail.example.lab/fullchain.pem; cp /tmp/k.pem /etc/ssl/mailwizard/mail.example.lab/privkey.pem; systemctl restart postfix dovecot'; }
prove() { imap_login alice@example.lab; }
