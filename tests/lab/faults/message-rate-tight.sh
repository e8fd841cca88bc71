# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix allows a client one message a minute.
words='sending from Outlook fails: 450 4.7.1 Error: too much mail from'
cause='client-limits'
fix=automatic
inject() { set_main smtpd_client_message_rate_limit=1; set_main smtpd_client_event_limit_exceptions=; }
traffic() { send_out; send_out; send_out; sleep 2; }
prove() { leaves; }
