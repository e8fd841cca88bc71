# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# mynetworks holds the whole world.
words='somebody sends spam through my server'
cause='open-relay'
fix=automatic
inject() { set_main 'mynetworks=0.0.0.0/0 [::]/0'; }
traffic() { spammer --server mail.example.lab --from a@remote.lab --to bob@remote.lab; }
prove() { ! spammer --server mail.example.lab --from a@remote.lab --to bob@remote.lab; }
