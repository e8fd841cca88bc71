# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The signing key may be read by others, and OpenDKIM refuses it.
server=opendkim
words='our mail is not dkim signed any more'
cause='dkim-not-signed'
fix=automatic
inject() { in_vps 'chmod 644 /etc/opendkim/keys/*; chown root:root /etc/opendkim/keys/*; systemctl restart opendkim; sleep 1'; }
traffic() { send_out; sleep 2; }
prove() { leaves; }
