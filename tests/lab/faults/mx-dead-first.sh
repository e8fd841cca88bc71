# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The first MX is a machine that does not answer.
words='mail from some people arrives hours late'
cause='mx-wrong'
fix=instructions
inject() { lab dns 'add old.example.lab. 60 A 198.51.100.99' 'add example.lab. 60 MX 5 old.example.lab.'; }
mend() { lab dns 'del old.example.lab. A' 'del example.lab. MX 5 old.example.lab.'; lab publish --phase all; }
