# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Rspamd asks a name server that does not answer, and takes longer than anybody waits.
words='incoming mail takes very long and the sender times out'
cause='filter-slow'
inject() { in_vps 'printf "dns {\n  nameserver = [\"192.0.2.1\"];\n  timeout = 5s;\n  retransmits = 5;\n}\n" > /etc/rspamd/local.d/options.inc; systemctl restart rspamd'; }
traffic() { send_in; sleep 4; }
mend() { in_vps 'rm /etc/rspamd/local.d/options.inc; systemctl restart rspamd'; }
