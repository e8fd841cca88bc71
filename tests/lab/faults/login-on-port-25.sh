# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The program logs in on port 25.
words='sending fails: authentication not enabled'
cause='relay-refused'
fix=instructions
traffic() { client sh -c '(printf "EHLO x.remote.lab\r\n"; sleep 1; printf "AUTH PLAIN AGFsaWNlAHg=\r\n"; sleep 1; printf "QUIT\r\n") | timeout 5 nc -q 3 mail.example.lab 25'; }
