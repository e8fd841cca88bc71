# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# master.cf names a program that does not exist.
words='other servers get no greeting from us, the connection is closed at once'
cause='postfix-program-missing'
fix=automatic
inject() { in_vps 'postconf -M "smtp/inet=smtp inet n - y - - smtpdd"; systemctl restart postfix'; }
traffic() { send_in; }
prove() { arrives; }
