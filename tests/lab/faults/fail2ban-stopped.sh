# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Nobody is shut out any more.
words='the log is full of failed logins and attackers are never banned'
cause='ban-service-down'
fix=automatic
inject() { vps systemctl stop fail2ban; }
traffic() { imap_login alice@example.lab x; }
prove() { vps systemctl is-active fail2ban; }
