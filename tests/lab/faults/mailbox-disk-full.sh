# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# One mailbox lies on a small file system of its own.
words='alice gets no mail any more: Disk quota exceeded'
cause='mailbox-disk-full'
inject() { in_vps 'mkdir -p /var/vmail/example.lab/alice && mount -t tmpfs -o size=64k,uid=5000,gid=5000,mode=770 none /var/vmail/example.lab/alice; head -c 60000 /dev/zero > /var/vmail/example.lab/alice/fill'; }
traffic() { send_in; sleep 3; }
mend() { in_vps 'umount -l /var/vmail/example.lab/alice'; }
