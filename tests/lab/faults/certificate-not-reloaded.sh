# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The certificate was renewed, and no daemon was told.
words='the certificate was renewed but clients still see the old one'
cause='certificate-not-taken-up'
fix=automatic
inject() { in_vps 'd=/etc/ssl/mailwizard/mail.example.lab; cp -L $d/fullchain.pem /tmp/old.pem; cp -L $d/privkey.pem /tmp/old.key; mailwizard cert issue; cp -L $d/fullchain.pem /tmp/new.pem; cp -L $d/privkey.pem /tmp/new.key
  cat /tmp/old.key > $d/privkey.pem; cat /tmp/old.pem > $d/fullchain.pem; systemctl restart postfix dovecot; sleep 1; cat /tmp/new.key > $d/privkey.pem; cat /tmp/new.pem > $d/fullchain.pem'; }
prove() { imap_login alice@example.lab; }
