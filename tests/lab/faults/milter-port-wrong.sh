# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# smtpd_milters names a port where nothing listens.
words='every incoming mail is deferred 451 4.7.1'
cause='filter-unreachable'
fix=automatic
inject() { set_main smtpd_milters=inet:127.0.0.1:11339; }
traffic() { send_in; }
prove() { arrives; }
