# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A mailbox holds as much as it may.
words='people who write to alice@example.lab get the mail back'
cause='mailbox-full'
fix=instructions
inject() { in_vps 'mailwizard account quota alice@example.lab 1M --yes || mailwizard account quota alice@example.lab 1M'; client sh -c 'head -c 450000 /dev/zero | tr "\0" x | fold -w 70 > /tmp/large'; for i in 1 2 3; do new_subject; foreign bob@remote.lab alice@example.lab --body @/tmp/large; sleep 1; done; }
traffic() { send_in; sleep 1; }
