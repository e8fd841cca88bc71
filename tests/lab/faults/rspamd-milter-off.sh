# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Somebody took the filter out of main.cf: mail leaves unsigned.
words='our mails land in spam since I disabled the milter'
cause='dkim-not-signed'
fix=automatic
inject() { set_main smtpd_milters=; set_main non_smtpd_milters=; }
traffic() { send_out; }
prove() { leaves; }
