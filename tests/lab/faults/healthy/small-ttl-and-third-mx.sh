# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Odd numbers: a TTL of 30 seconds, MX 0, and a second name for the server.
words='some people cannot send to us'
inject() { lab dns 'del example.lab. MX' 'add example.lab. 30 MX 0 mail.example.lab.' 'add smtp.example.lab. 30 CNAME mail.example.lab.'; }
mend() { lab dns 'del smtp.example.lab. CNAME'; lab publish --phase all; }
