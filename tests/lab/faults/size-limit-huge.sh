# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# message_size_limit is larger than the disk.
words='452 4.3.1 Insufficient system storage'
cause='disk-full|size-limit-too-high'
fix=automatic
inject() { set_main 'mailbox_size_limit=0'; set_main message_size_limit=900000000000; }
traffic() { send_in; }
prove() { arrives; }
