# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Two strangers are shut out; they are not the one who complains.
# quick
words='outlook cannot connect since this morning'
inject() { in_vps 'fail2ban-client set mailwizard banip 203.0.113.66; fail2ban-client set mailwizard banip 203.0.113.67'; }
