#!/bin/bash
# Who guesses passwords is banned from every mail port, over IMAP and SMTP alike; others are not.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
imap_login() { client curl -sS --max-time 4 --interface "$1" --cacert "$TRUST" -u "alice@example.lab:$2" imaps://mail.example.lab/; }
reaches() { client nc -4 -z -w 3 -s "$1" 198.51.100.10 "$2"; }
guess_imap() { local _; for _ in $(seq 12); do reaches 198.19.99.66 993 || return 0; imap_login 198.19.99.66 wrong; done; wait_for 20 shut_out 198.19.99.66 993; }
guess_smtp() { local _; for _ in $(seq 12); do reaches 198.19.99.66 587 || return 0
  spammer --server 198.51.100.10:587 --tls --auth-user alice@example.lab --auth-password wrong --quit-after AUTH; done; wait_for 20 shut_out 198.19.99.66 587; }
shut_out() { ! reaches "$1" "$2" 2>/dev/null; }

check 'the right password works' imap_login 198.19.99.66 "$(password alice)"
check 'guessing by IMAP is banned' guess_imap
for port in 25 465 587 993; do check "port $port is shut for who guessed" wait_for 5 shut_out 198.19.99.66 $port; done
check 'others still log in' imap_login 198.19.99.10 "$(password alice)"
check 'the ban can be lifted' vps fail2ban-client unban --all
check 'who was banned is let in again' wait_for 10 reaches 198.19.99.66 993
check 'guessing by SMTP is banned' guess_smtp
check 'it is shut out of IMAP too' wait_for 5 shut_out 198.19.99.66 993
check 'the server itself is not banned' vps timeout 3 bash -c '</dev/tcp/198.51.100.10/993'
finish
