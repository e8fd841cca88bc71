# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# docker-mailserver sees every client as the gateway of its network.
log=dms-gateway.log
words='spam is sent through my server and spf fails for everyone'
cause='client-address-lost'
