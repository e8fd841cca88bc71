# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A switch of a test was forgotten.
words='mail to a mistyped address comes back only after days'
cause='soft-bounce-on'
fix=automatic
inject() { set_main soft_bounce=yes; }
traffic() { new_subject; foreign bob@remote.lab nobody-here@example.lab || :; sleep 2; }
prove() { arrives; }
