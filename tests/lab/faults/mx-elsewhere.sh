# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The MX names another host.
# quick
words='nothing arrives and there is nothing in the log'
cause='mx-wrong'
fix=instructions
inject() { lab dns 'del example.lab. MX' 'add example.lab. 60 MX 10 mx.remote.lab.'; }
mend() { lab publish --phase all; }
