# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# OpenDKIM, which signs, is stopped.
server=opendkim
words='outgoing mail is deferred: 451 4.7.1 try again later'
cause='opendkim-down'
fix=automatic
inject() { vps systemctl stop opendkim; }
traffic() { send_out; }
prove() { leaves; }
