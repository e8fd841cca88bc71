# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# In the operator's own folder Dovecot speaks nothing older than TLS 1.3.
words='an old Outlook cannot connect any more, TLS error'
cause='client-tls-too-old'
inject() { in_vps 'mkdir -p /etc/dovecot/local.d; echo "ssl_min_protocol = TLSv1.3" > /etc/dovecot/local.d/x.conf; systemctl restart dovecot'; }
traffic() { client curl -sS --max-time 6 --tls-max 1.2 --cacert "$TRUST" -u alice@example.lab:x imaps://mail.example.lab/ || :; sleep 2; }
