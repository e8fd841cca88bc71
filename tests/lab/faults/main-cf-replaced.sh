# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# An upgrade put Debian's own main.cf in the place of ours.
words='after apt upgrade nobody can write to us: relay access denied'
cause='domain-not-served|recipients-refused|edited-configuration|postfix-configuration-invalid'
also='edited-configuration starttls-missing login-broken client-ports-closed filter-unreachable helo-wrong'
fix=automatic
inject() { in_vps 'cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf; echo "compatibility_level = 3.6" >> /etc/postfix/main.cf; systemctl restart postfix'; }
traffic() { send_in; }
prove() { arrives; }
