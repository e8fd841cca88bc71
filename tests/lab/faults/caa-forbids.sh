# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# A CAA record lets nobody issue.
words="let's encrypt does not issue a certificate"
cause='caa-forbids'
fix=instructions
inject() { lab dns 'del mail.example.lab. CAA' 'del example.lab. CAA' 'add example.lab. 60 CAA 0 issue ";"'; sleep 2; }
mend() { lab dns 'del example.lab. CAA'; lab publish --phase all; }
