# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# One client may deliver one message a minute.
words='a sender says: 450 4.7.1 Error: too much mail from us'
cause='client-limits|edited-configuration'
fix=automatic
inject() { set_main smtpd_client_message_rate_limit=1; set_main smtpd_client_event_limit_exceptions=; }
traffic() { send_in; send_in; send_in; sleep 1; }
