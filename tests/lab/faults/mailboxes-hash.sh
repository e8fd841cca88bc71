# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The table of mailboxes has another kind than its file.
words='people get temporary lookup failure when they write to us'
cause='table-unreadable'
fix=automatic
inject() { set_main virtual_mailbox_maps=hash:/etc/postfix/mailwizard/mailboxes; }
traffic() { send_in; }
prove() { arrives; }
