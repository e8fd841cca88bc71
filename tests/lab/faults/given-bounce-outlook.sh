# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Outlook lists the network.
bounce=outlook.eml
words='this came back'
cause='microsoft-blocks'
