# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Somebody scans the ports and speaks nonsense to them.
words='nobody can log in any more'
inject() { client sh -c 'for p in 25 465 587 993; do printf "GET / HTTP/1.0\r\n\r\n" | timeout 3 nc -q 1 mail.example.lab $p; timeout 2 nc -z mail.example.lab $p; done; echo | timeout 3 openssl s_client -tls1_1 -connect mail.example.lab:993; echo | timeout 3 openssl s_client -connect mail.example.lab:465 -cipher NULL' ; true; }
