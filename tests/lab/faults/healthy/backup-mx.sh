# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The domain has a second MX elsewhere.
words='nothing arrives and there is nothing in the log'
inject() { lab dns 'add example.lab. 60 MX 50 mx.remote.lab.'; }
mend() { lab dns 'del example.lab. MX 50 mx.remote.lab.'; }
