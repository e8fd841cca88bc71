# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The disk of the mailboxes is full.
words='new mail is not stored: quota or disk problem'
cause='disk-full'
fix=instructions
inject() { in_vps 'mount -t tmpfs -o size=2m,uid=5000 tmpfs /var/vmail; chown vmail:vmail /var/vmail; chmod 770 /var/vmail; dd if=/dev/zero of=/var/vmail/fill bs=1M count=3; true'; }
traffic() { send_in; sleep 3; }
mend() { in_vps 'umount -l /var/vmail'; }
