# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix is to keep more space free than the disk has.
words='our server answers 452 4.3.1 Insufficient system storage but the disk is half empty'
cause='size-limit-too-high'
fix=automatic
inject() { set_main queue_minfree=9000000000000; }
traffic() { send_in; }
prove() { arrives; }
