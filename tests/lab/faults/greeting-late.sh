# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 25 takes connections and greets after longer than anybody waits: it is seen only by who waits for it.
words='other servers get no greeting from us'
cause='port-closed'
fix=automatic
inject() { set_main 'smtpd_client_restrictions=sleep 90'; set_main smtpd_delay_reject=no; }
prove() { arrives; }
