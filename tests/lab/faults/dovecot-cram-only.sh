# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# In the operator's own folder only a mechanism is left for which no password is kept.
words='Thunderbird says the server supports no authentication method'
cause='login-broken'
inject() { in_vps 'mkdir -p /etc/dovecot/local.d; if doveconf -n | grep -q dovecot_config_version; then printf "auth_mechanisms {\n plain = no\n login = no\n cram-md5 = yes\n}\n" > /etc/dovecot/local.d/x.conf; else echo "auth_mechanisms = cram-md5" > /etc/dovecot/local.d/x.conf; fi; systemctl restart dovecot'; }
traffic() { imap_login alice@example.lab || :; sleep 2; }
