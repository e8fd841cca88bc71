# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A mail domain stands in mydestination.
# quick
words='people get user unknown in local recipient table'
cause='domain-in-both'
fix=automatic
inject() { set_main 'mydestination=mail.example.lab, localhost, example.lab'; }
traffic() { send_in; }
prove() { arrives; }
