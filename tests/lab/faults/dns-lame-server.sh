# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# One of the name servers knows nothing of the zone.
words='some people cannot send to us: domain not found, others can'
cause='zone-servers-disagree'
fix=instructions
inject() {
  lab dns 'zone dnshost.lab.' 'add ns3.dnshost.lab. 60 A 198.18.53.10'; lab dns 'add example.lab. 60 NS ns3.dnshost.lab.'
  registry 'add example.lab. 60 NS ns3.dnshost.lab.'
}
mend() {
  registry 'del example.lab. NS ns3.dnshost.lab.'
  lab dns 'del example.lab. NS ns3.dnshost.lab.'; lab dns 'zone dnshost.lab.' 'del ns3.dnshost.lab.'
}
