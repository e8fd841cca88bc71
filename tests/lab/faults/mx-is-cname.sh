# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The MX leads to an alias name (CNAME).
words='some mail servers refuse to send to our domain'
cause='mx-wrong'
fix=instructions
inject() { lab dns 'add mx.example.lab. 60 CNAME mail.example.lab.' 'del example.lab. MX' 'add example.lab. 60 MX 10 mx.example.lab.'; }
mend() { lab dns 'del mx.example.lab. CNAME'; lab publish --phase all; }
