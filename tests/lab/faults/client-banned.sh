# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A client is banned after wrong passwords.
# quick
words='I cannot connect from my home 198.19.99.66, it works elsewhere'
cause='client-banned'
fix=instructions
inject() { vps fail2ban-client set mailwizard banip 198.19.99.66; }
