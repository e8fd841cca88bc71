# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The mail program asks at port 143, which is not served.
words='thunderbird gets connection refused on port 143'
cause='client-wrong-port'
fix=instructions
traffic() { client sh -c 'timeout 3 bash -c "< /dev/tcp/198.51.100.10/143"'; }
