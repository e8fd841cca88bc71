# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A log of another server on which mail goes both ways.
log=healthy.log
words='nothing arrives any more'
