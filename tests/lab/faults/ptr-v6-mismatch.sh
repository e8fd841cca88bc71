# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The reverse DNS entry of the IPv6 address has another name.
words='gmail says our IPv6 address does not meet the sending guidelines regarding PTR'
cause='no-reverse-dns'
fix=instructions
inject() { lab dns 'zone 0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.' 'del 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR' 'add 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa. 60 PTR static.hoster.lab.'; }
mend() { lab dns 'zone 0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.' 'del 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR'; lab publish --phase all; }
