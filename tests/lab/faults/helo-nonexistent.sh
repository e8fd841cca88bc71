# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix calls itself by a name that does not exist.
words='t-online rejects our mail because of the helo name'
cause='helo-wrong|host-name-wrong'
also='helo-wrong host-name-wrong'
fix=automatic
inject() { set_main myhostname=mx9.example.lab; }
traffic() { send_out; }
prove() { leaves; }
