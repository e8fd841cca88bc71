# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Certificates of others are demanded to be good, which hardly any mail server's is.
words='mail to bob@remote.lab stays in the queue: Server certificate not verified'
cause='edited-configuration'
fix=automatic
inject() { set_main smtp_tls_security_level=verify; }
traffic() { send_out; sleep 3; }
prove() { leaves; }
