# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Nobody may enter the folder of all mailboxes.
words='mail stays in the queue, nobody gets new mail'
cause='mail-folder-permissions'
fix=automatic
inject() { in_vps 'chmod 000 /var/vmail; doveadm kick "*"; true'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
