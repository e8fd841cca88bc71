# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# virtual_transport names a transport that does not exist.
words='incoming mail is accepted but never delivered'
cause='delivery-transport-wrong'
fix=automatic
inject() { set_main virtual_transport=dovecot; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
