# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Outgoing mail is to leave from an address that the machine does not have.
words='since we moved to a new IP no outgoing mail is delivered'
cause='source-address-missing'
fix=automatic
inject() { set_main smtp_bind_address=198.51.100.77; set_main smtp_bind_address6=2001:db8:100::77; set_main smtp_bind_address_enforce=yes; }
traffic() { send_out; sleep 3; }
prove() { leaves; }
