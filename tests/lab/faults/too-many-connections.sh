# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# One mailbox may be open once only.
words='outlook says too many connections'
cause='too-many-connections'
also='login-refused client-ports-closed'
fix=automatic
inject() { edit 's/mail_max_userip_connections = .*/mail_max_userip_connections = 1/' /etc/dovecot/dovecot.conf; vps systemctl restart dovecot; }
traffic() { client sh -c '(printf "a login alice@example.lab %s\r\n" "$0"; sleep 6) | timeout 8 openssl s_client -quiet -connect mail.example.lab:993 >/dev/null 2>&1 & sleep 2; printf "a login alice@example.lab %s\r\n" "$0" | timeout 4 openssl s_client -quiet -connect mail.example.lab:993; true' "$(password alice)"; }
