# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The script that puts spam into Junk was edited, and does not compile.
words='after I changed the sieve script mail is not delivered but stays in the queue'
cause='dovecot-configuration-invalid'
fix=automatic
inject() { in_vps 'f=/var/lib/dovecot/mailwizard/junk.sieve; echo "require [\"fileinto\"; keep" > $f; rm -f ${f%.sieve}.svbin; systemctl reload dovecot'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
