# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The disk has room, but no more inodes.
words='no space left on device, but df shows plenty'
cause='inodes-full'
fix=instructions
inject() { in_vps 'systemctl stop postfix; cp -a /var/spool /root/spool; mount -t tmpfs -o size=900m,nr_inodes=900 tmpfs /var/spool; cp -a /root/spool/. /var/spool/; systemctl start postfix; mkdir /var/spool/fill; for i in $(seq 900); do : > /var/spool/fill/$i || break; done'; }
traffic() { send_in; }
mend() { in_vps 'systemctl stop postfix; umount -l /var/spool; rm -rf /root/spool; systemctl start postfix'; }
