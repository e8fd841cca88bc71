#!/bin/bash
# Who guesses passwords is banned from every mail port, over IMAP and SMTP and both address families alike; others are not.
# usually: trixie
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up
# One who guesses, and our server, in each family. The address is there for those who ask for it only.
client ip -6 addr add 2001:db8:99::66/64 dev eth0 nodad preferred_lft 0
V4=(198.19.99.66 198.51.100.10) V6=(2001:db8:99::66 2001:db8:100::10)
imap_login() { client curl -sS --max-time 4 --interface "$1" --cacert "$TRUST" -u "alice@example.lab:$2" imaps://mail.example.lab/; }
reaches() { client nc -z -w 3 -s "$1" "$2" "$3"; } # FROM TO PORT
shut_out() { ! reaches "$@" 2>/dev/null; }
guess_imap() { local _; for _ in $(seq 12); do reaches "$1" "$2" 993 || return 0; imap_login "$1" wrong; done; wait_for 20 shut_out "$1" "$2" 993; }
smtp_login() { client curl -sS --max-time 6 --interface "$1" --ssl-reqd --cacert "$TRUST" -u "alice@example.lab:$2" --mail-from alice@example.lab --mail-rcpt alice@example.lab -T /dev/null smtp://mail.example.lab:587; }
guess_smtp() { local _; for _ in $(seq 12); do reaches "$1" "$2" 587 || return 0; smtp_login "$1" wrong; done; wait_for 20 shut_out "$1" "$2" 587; }

check 'the right password works' imap_login "${V4[0]}" "$(password alice)"
check 'guessing by IMAP is banned' guess_imap "${V4[@]}"
for port in 25 465 587 993; do check "port $port is shut for who guessed" wait_for 5 shut_out "${V4[@]}" $port; done
check 'others still log in' imap_login 198.19.99.10 "$(password alice)"
check 'the ban can be lifted' vps fail2ban-client unban --all
check 'who was banned is let in again' wait_for 10 reaches "${V4[@]}" 993
check 'guessing by SMTP is banned' guess_smtp "${V4[@]}"
check 'it is shut out of IMAP too' wait_for 5 shut_out "${V4[@]}" 993

part 'over IPv6'
check 'the right password works' imap_login "${V6[0]}" "$(password alice)"
check 'guessing by IMAP is banned' guess_imap "${V6[@]}"
for port in 25 465 587 993; do check "port $port is shut for who guessed" wait_for 5 shut_out "${V6[@]}" $port; done
check 'others still log in' imap_login 2001:db8:99::10 "$(password alice)"
check 'the ban can be lifted' vps fail2ban-client unban --all
check 'who was banned is let in again' wait_for 10 reaches "${V6[@]}" 993
check 'guessing by SMTP is banned' guess_smtp "${V6[@]}"
check 'it is shut out of IMAP too' wait_for 5 shut_out "${V6[@]}" 993

for address in 198.51.100.10 2001:db8:100::10; do
  check "the server itself is not banned ($address)" vps timeout 3 bash -c "</dev/tcp/$address/993"
done
finish
