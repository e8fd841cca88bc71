# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix has an old copy of resolv.conf.
words='Host or domain name not found, but dig works on the server'
cause='chroot-copies-stale'
# It was started past systemd, to which it is down.
also='postfix-down'
fix=automatic
inject() { in_vps 'systemctl stop postfix; echo nameserver 198.51.100.77 > /var/spool/postfix/etc/resolv.conf; postfix start >/dev/null 2>&1; echo nameserver 198.51.100.77 > /var/spool/postfix/etc/resolv.conf; postfix reload'; }
traffic() { send_out; sleep 12; }
prove() { leaves; }
