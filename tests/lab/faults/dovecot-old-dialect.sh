# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The configuration is of Dovecot 2.3, after an upgrade to 2.4.
words='after the upgrade dovecot does not start'
cause='dovecot-old-dialect|dovecot-configuration-invalid'
fix=automatic
inject() { in_vps 'printf "protocols = imap lmtp\nssl = required\nssl_cert = </etc/ssl/certs/x.pem\nmail_location = maildir:~/Maildir\ndisable_plaintext_auth = yes\npassdb {\n  driver = passwd-file\n  args = /etc/dovecot/missing\n}\nuserdb x {\n" > /etc/dovecot/dovecot.conf; systemctl restart dovecot; true'; }
prove() { imap_login alice@example.lab; }
