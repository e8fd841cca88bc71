# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Another web server holds port 80, and the renewal fails.
words='the certificate cannot be renewed'
cause='acme-port-taken'
also='renewal-broken'
fix=instructions
inject() { in_vps 'systemd-run -q --unit=other-web python3 -m http.server 80; sleep 1; mailwizard cert issue'; }
mend() { vps systemctl stop other-web; }
