# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The device speaks TLS 1.0 only.
words='an old phone cannot connect: unsupported protocol'
cause='client-tls-too-old'
fix=instructions
traffic() { client sh -c 'echo | timeout 5 openssl s_client -tls1 -cipher DEFAULT@SECLEVEL=0 -connect mail.example.lab:993; echo | timeout 5 openssl s_client -tls1 -cipher DEFAULT@SECLEVEL=0 -connect mail.example.lab:465'; }
