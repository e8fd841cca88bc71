# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The registry took the domain out: it was not paid for.
words='nobody can write to us any more, domain not found'
cause='domain-not-delegated'
inject() { ds=$(client dig +short example.lab DS @198.18.53.11); registry 'del example.lab. NS' 'del example.lab. DS'; vps systemctl restart unbound; }
traffic() { send_in; sleep 2; }
mend() {
  registry 'add example.lab. 60 NS ns1.dnshost.lab.' 'add example.lab. 60 NS ns2.dnshost.lab.' ${ds:+"add example.lab. 60 DS $ds"}
  vps systemctl restart unbound; lab exec resolver systemctl restart unbound
}
