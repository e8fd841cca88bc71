# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The disk that the queue is on was made read-only.
words='the server takes no mail any more, queue file write error'
cause='disk-read-only'
fix=instructions
inject() { in_vps 'mount --bind /var/spool/postfix /var/spool/postfix; mount -o remount,ro,bind /var/spool/postfix'; }
traffic() { send_in; }
mend() { in_vps 'systemctl stop postfix; umount -l /var/spool/postfix; systemctl start postfix'; }
