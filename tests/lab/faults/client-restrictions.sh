# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# main.cf refuses every client.
words='senders get an error, nothing arrives'
cause='recipients-refused|port-closed'
fix=automatic
inject() { set_main smtpd_client_restrictions=reject; }
traffic() { send_in; }
prove() { arrives; }
