#!/bin/bash
# shellcheck disable=SC2016
# Each record of a healthy server broken in turn: the right check turns, and what depends on it, and nothing else.
# suites: trixie
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
set_up

# The checks that warn or fail, one a line, sorted: "id subject".
look() { # AREAS
  mw check --json --area "$1" > "$WORK/report.json" 2> "$WORK/errors" < /dev/null || :
  python3 - "$WORK/report.json" <<'PYTHON'
import json, sys
for result in json.load(open(sys.argv[1]))["results"]:
    if result["outcome"] in ("warn", "fail"):
        print(result["outcome"], result["id"], result["subject"])
PYTHON
}
RECORDS=dns,spf,dkim,dmarc,mta-sts,tlsrpt,dane,bimi
# broken NAME 'lab dns' LINES… -- EXPECTED…: an expected line is "outcome id"; each has to be there, and no other id.
broken() {
  local name=$1 changes=() undo=() expected=(); shift
  while [ "$1" != -- ]; do changes+=("$1"); shift; done; shift
  while [ "$1" != -- ]; do undo+=("$1"); shift; done; shift
  expected=("$@")
  lab dns "${changes[@]}" > "$WORK/out" 2>&1 || { bad "$name" 'the record could not be changed'; return; }
  settle
  look "$RECORDS" > "$WORK/turned"
  lab dns "${undo[@]}" > "$WORK/out" 2>&1 || bad "$name" 'the record could not be put back'
  printf '%s\n' "${expected[@]}" | sort -u > "$WORK/wanted"
  cut -d' ' -f1,2 "$WORK/turned" | sort -u > "$WORK/found"
  if diff "$WORK/wanted" "$WORK/found" > "$WORK/out" 2>&1; then ok "$name"; else bad "$name" 'not the checks that should have turned'; fi
}
# Both name servers of the provider have the same serial again: the second is told by NOTIFY.
settle() {
  wait_for 10 client sh -c '
    a=$(dig +short @198.18.53.20 example.lab SOA | cut -d" " -f3); b=$(dig +short @198.18.53.21 example.lab SOA | cut -d" " -f3)
    [ -n "$a" ] && [ "$a" = "$b" ]' || :
}
data() { client dig +short @198.18.53.20 "$1" "$2" | head -n 1; }   # as it is published now

part 'all green'
settle
look "$RECORDS,smtp,submission,imap,pop,sieve,tls,cert,delivery,reputation" > "$WORK/out"
if [ -s "$WORK/out" ]; then bad 'no check warns or fails' 'some do'; else ok 'no check warns or fails'; fi

part 'each record in turn'
host=mail.example.lab.
key=$(vps sh -c 'ls /var/lib/mailwizard/dkim/example.lab/ | grep -o "r[0-9a-z]*" | head -n 1')
dkim=$key._domainkey.example.lab.
dkim_text=$(data "$dkim" TXT)
spf_text=$(data example.lab. TXT)
dmarc_text=$(data _dmarc.example.lab. TXT)

broken 'A leads elsewhere' "del $host A" "add $host 60 A 198.19.99.10" -- "del $host A" "add $host 60 A 198.51.100.10" -- \
  'fail dns-host-a' 'fail dns-fcrdns' 'fail dns-helo-name' 'fail spf-helo'
broken 'AAAA is missing' "del $host AAAA" -- "add $host 60 AAAA 2001:db8:100::10" -- \
  'fail dns-host-a' 'fail dns-fcrdns' 'fail dns-helo-name' 'fail spf-helo'
broken 'the MX is missing' 'del example.lab. MX' -- "add example.lab. 60 MX 10 $host" -- 'fail dns-mx'
broken 'another MX is preferred' 'add example.lab. 60 MX 5 mx.remote.lab.' -- 'del example.lab. MX' "add example.lab. 60 MX 10 $host" -- 'fail dns-mx'
broken 'a null MX beside it' 'add example.lab. 60 MX 0 .' -- 'del example.lab. MX' "add example.lab. 60 MX 10 $host" -- 'fail dns-mx' 'fail dns-mx-null'
broken 'no SPF' 'del example.lab. TXT' -- "add example.lab. 60 TXT $spf_text" -- 'fail spf-record-one'
broken 'two SPF records' 'add example.lab. 60 TXT "v=spf1 -all"' -- 'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-record-one'
broken 'SPF without this server' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 ip4:192.0.2.1 -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-our-ips'
broken 'SPF with an error behind the match' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx ipv4:192.0.2.1 -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-syntax'
broken 'SPF that lets everybody' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx +all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-all'
broken 'no DKIM key' "del $dkim TXT" -- "add $dkim 60 TXT $dkim_text" -- 'fail dkim-record'
broken 'another DKIM key' "del $dkim TXT" "add $dkim 60 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu5oIUrFDWZK7F4thFxpZa2or6jBEX3cSL6b2TJdPkO5iNn9vHNXhNX31nOefN8FksX94YbLJ8NHcFPbaZTW8R2HthYxRaCyqodxlLHibg8aHdfa+bxKeiI/xABRuAM0WG0JEDSyakMFqIO\" \"40ghj/h7DUc/4OXNdeQhrKDTlgf2bd+FjpJ3bNAFcMYa3Oeju33b2Tp+PdtqIwXRZksfuXh7m0kuyavp3Uaso145DRBaJZA55lNxmHWMgMjO+YjNeuR6j4oQqyGwzPaVcSdOG8Js2mXt+J3Hr+nNmJGxZUUW4Uw5ws08wT9opRgSpn+ThX2d1AgQePpGrWOamC3PdcwwIDAQAB\"" -- \
  "del $dkim TXT" "add $dkim 60 TXT $dkim_text" -- 'fail dkim-key-match' 'warn dkim-no-replace'
broken 'a revoked DKIM key' "del $dkim TXT" "add $dkim 60 TXT \"v=DKIM1; k=rsa; p=\"" -- "del $dkim TXT" "add $dkim 60 TXT $dkim_text" -- 'fail dkim-revoked'
broken 'no DMARC' 'del _dmarc.example.lab. TXT' -- "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-record'
broken 'DMARC with its version in small letters' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=dmarc1; p=none"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-record'
broken 'reports to somebody who does not take them' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=none; rua=mailto:x@remote.lab"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-rua-auth'
broken 'no PTR' 'del 10.100.51.198.in-addr.arpa. PTR' -- "add 10.100.51.198.in-addr.arpa. 60 PTR $host" -- 'fail dns-ptr-v4'
broken 'TLS-RPT without an address' 'del _smtp._tls.example.lab. TXT' 'add _smtp._tls.example.lab. 60 TXT "v=TLSRPTv1"' -- \
  'del _smtp._tls.example.lab. TXT' 'add _smtp._tls.example.lab. 60 TXT "v=TLSRPTv1; rua=mailto:postmaster@example.lab"' -- 'fail tlsrpt-record'
broken 'MTA-STS without a policy' 'add _mta-sts.example.lab. 60 TXT "v=STSv1; id=1"' -- 'del _mta-sts.example.lab. TXT' -- 'fail mtasts-policy-fetch'
broken 'TLSA of another certificate' "add _25._tcp.$host 60 TLSA 3 1 1 $(printf 'ab%.0s' {1..32})" -- "del _25._tcp.$host TLSA" -- 'fail dane-tlsa-present'
broken 'a CAA record for another authority' "add $host 60 CAA 0 issue \"other.lab\"" -- "del $host CAA" -- 'fail dns-caa'

part 'green again'
settle
sleep 6
look "$RECORDS" > "$WORK/out"
if [ -s "$WORK/out" ]; then bad 'no check warns or fails' 'some do'; else ok 'no check warns or fails'; fi
finish
