# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 25 offers no TLS any more.
words='google says our server does not support TLS encryption'
cause='starttls-missing'
fix=automatic
inject() { set_main smtpd_tls_security_level=none; }
traffic() { send_in; }
