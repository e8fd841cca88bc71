# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The timer that renews the certificate is switched off.
words='the certificate renewal does not run'
cause='renewal-broken'
fix=automatic
inject() { vps systemctl disable --now mailwizard-renew.timer; }
