# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The folder of Postfix's sockets belongs to root.
words='nothing gets delivered any more since I tidied up permissions'
cause='queue-permissions'
fix=automatic
inject() { in_vps 'chmod 0700 /var/spool/postfix/private /var/spool/postfix/public; chown root /var/spool/postfix/private; systemctl restart postfix'; }
traffic() { send_in; send_out; sleep 3; }
prove() { arrives; }
