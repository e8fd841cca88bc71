# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# As it was set up.
# quick
words='nothing arrives any more'
