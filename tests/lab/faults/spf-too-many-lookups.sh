# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The SPF record needs more than ten look-ups.
words='the checker says spf permerror'
cause='spf-wrong'
fix=instructions
inject() {
  local i text='v=spf1 mx' updates=()
  for i in 1 2 3 4 5 6 7 8 9 10 11; do updates+=("add s$i.example.lab. 60 TXT \"v=spf1 ip4:203.0.113.$i -all\""); text+=" include:s$i.example.lab"; done
  lab dns "${updates[@]}" 'del example.lab. TXT' "add example.lab. 60 TXT \"${text:0:200}\" \"${text:200} -all\""
}
mend() { local i; for i in 1 2 3 4 5 6 7 8 9 10 11; do lab dns "del s$i.example.lab. TXT"; done; lab dns 'del example.lab. TXT'; lab publish --phase all; }
