# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The operator keeps one message on hold.
words='mail is late'
inject() { new_subject; submit alice@example.lab alice@example.lab bob@remote.lab; in_vps "printf 'Subject: x\n\nx\n' | sendmail -f alice@example.lab bob@nowhere.lab; sleep 1; postsuper -h ALL"; }
