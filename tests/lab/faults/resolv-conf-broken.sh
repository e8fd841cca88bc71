# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# resolv.conf names a server that does not answer.
words='mail stays in the queue: name service error, try again'
cause='resolver-broken'
fix=automatic
inject() { in_vps 'chattr -i /etc/resolv.conf 2>/dev/null; rm -f /etc/resolv.conf; echo nameserver 198.51.100.77 > /etc/resolv.conf; cp /etc/resolv.conf /var/spool/postfix/etc/; systemctl restart postfix'; }
traffic() { send_out; }
prove() { leaves; }
