# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Another program holds port 25.
words='postfix does not start: address already in use'
cause='port-taken'
fix=instructions
also='postfix-down'
inject() { in_vps 'systemctl stop postfix; systemd-run -q --unit=other-mta python3 -m http.server 25; sleep 1; systemctl start postfix; true'; }
mend() { in_vps 'systemctl stop other-mta'; }
