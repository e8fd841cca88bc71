# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The filter script of a mailbox does not compile.
words='the filter rules of alice@example.lab do not work any more'
cause='sieve-script-broken'
fix=instructions
inject() { in_vps 'h=/var/vmail/example.lab/alice; mkdir -p $h; printf "require [\"fileinto\";\nfileinto \"x\";\n" > $h/.dovecot.sieve; chown -R vmail:vmail /var/vmail'; }
traffic() { send_in; sleep 3; }
