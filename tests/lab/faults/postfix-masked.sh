# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix is masked and stopped.
words='the mail server is dead, nobody can send or receive'
cause='postfix-down'
fix=automatic
inject() { in_vps 'systemctl stop postfix postfix@- 2>/dev/null; systemctl mask postfix; true'; }
prove() { arrives; }
