# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The mail folders belong to root, that of a mailbox with mail in it too.
words='mail is accepted but the inbox stays empty'
cause='mail-folder-permissions'
fix=automatic
inject() { arrives && in_vps 'chown -R root:root /var/vmail'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
