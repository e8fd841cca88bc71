# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A line of master.cf has too few fields.
words='since I edited master.cf no mail goes in or out'
cause='postfix-configuration-invalid'
fix=automatic
inject() { in_vps 'echo "extra inet n smtpd" >> /etc/postfix/master.cf; systemctl restart postfix; true'; }
traffic() { send_in; }
prove() { arrives; }
