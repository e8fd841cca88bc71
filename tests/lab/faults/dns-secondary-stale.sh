# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The second name server holds an old SPF record.
words='half of the receivers say spf fail, the others say pass'
cause='zone-servers-disagree'
also='spf-wrong'
fix=instructions
inject() {
  lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 -all"'; sleep 2; lab secondary lag
  lab dns 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx -all"'
}
mend() { lab secondary sync; sleep 1; lab publish --phase all; }
