# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The table of aliases is not read any more.
words='mail to postmaster@example.lab is refused: user unknown'
cause='recipients-refused|edited-configuration'
fix=automatic
inject() { set_main virtual_alias_maps=; }
traffic() { send_in postmaster@example.lab; sleep 2; }
prove() { new_subject; foreign bob@remote.lab postmaster@example.lab; }
