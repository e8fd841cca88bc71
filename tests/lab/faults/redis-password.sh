# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Redis was given a password, and Rspamd was not told.
words='greylisting and ratelimits do nothing, rspamd says NOAUTH'
cause='redis-refuses'
inject() { in_vps 'echo "requirepass geheim" >> /etc/redis/redis.conf; systemctl restart redis-server'; }
traffic() { send_in; sleep 3; }
mend() { in_vps 'sed -i /^requirepass/d /etc/redis/redis.conf; systemctl restart redis-server rspamd'; }
