# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The TLSA record of the receiver is not that of its certificate.
words='mail to one domain is stuck: Server certificate not trusted'
cause='remote-tls-policy'
fix=instructions
inject() { lab dns 'zone remote.lab.' 'add _25._tcp.mx.remote.lab. 60 TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000'; settle; vps systemctl restart unbound; }
traffic() { send_out; sleep 1; }
mend() { lab dns 'zone remote.lab.' 'del _25._tcp.mx.remote.lab. TLSA'; vps systemctl restart unbound; }
