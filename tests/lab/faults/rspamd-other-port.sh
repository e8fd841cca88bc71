# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The filter listens on another port than Postfix asks at.
words='451 4.7.1 Service unavailable for all senders'
cause='filter-unreachable'
fix=automatic
inject() { in_vps 'sed -i s/11332/11399/ /etc/rspamd/local.d/worker-proxy.inc; systemctl restart rspamd; sleep 9'; }
traffic() { send_in; }
prove() { arrives; }
