# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The disk that the queue is on is full.
words='452 4.3.1 Insufficient system storage'
cause='disk-full'
fix=instructions
inject() { in_vps 'systemctl stop postfix; cp -a /var/spool /root/spool; mount -t tmpfs -o size=40m tmpfs /var/spool; cp -a /root/spool/. /var/spool/; systemctl start postfix; dd if=/dev/zero of=/var/spool/fill bs=1M count=39'; }
traffic() { send_in; }
mend() { in_vps 'systemctl stop postfix; umount -l /var/spool; rm -rf /root/spool; systemctl start postfix'; }
