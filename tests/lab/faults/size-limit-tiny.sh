# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# message_size_limit is a few kilobytes.
words='nobody can send us attachments: message size exceeds fixed limit'
cause='message-too-large'
fix=automatic
inject() { set_main message_size_limit=5000; }
traffic() { new_subject; foreign bob@remote.lab alice@example.lab --body "$(head -c 20000 /dev/zero | tr '\0' x)"; spammer --server mail.example.lab --from a@remote.lab --to alice@example.lab --header "X-Size: $(head -c 9000 /dev/zero | tr '\0' x)"; sleep 2; }
prove() { new_subject; foreign bob@remote.lab alice@example.lab --header "X-Size: $(head -c 900 /dev/zero | tr '\0' x)" --body "$(head -c 20000 /dev/zero | tr '\0' x)"; wait_for 40 read_mail alice@example.lab INBOX; }
