# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The device speaks STARTTLS on 465.
words='our scanner cannot send mail: wrong version number'
cause='client-tls-too-old'
fix=instructions
traffic() { swaks --server mail.example.lab:465 --tls --timeout 4 --auth-user alice@example.lab --auth-password x --from alice@example.lab --to bob@remote.lab; }
