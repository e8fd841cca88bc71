#!/bin/bash
# shellcheck disable=SC2016
# Each record of a healthy server broken in turn: the right check turns, and what depends on it, and nothing else.
# long
. "$(dirname "$0")/lib.sh"
fresh_vps stack
# the directory that says what the CA calls itself in CAA records
in_vps 'sed -i "s/acme.lab:14000/acme.lab:14001/" /root/answers/basic.toml'
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
tlsrpt_text=$(data _smtp._tls.example.lab. TXT)
srv=$(data _imaps._tcp.example.lab. SRV)
ed=$(vps sh -c 'ls /var/lib/mailwizard/dkim/example.lab/ | grep -o "e[0-9][0-9a-z]*" | head -n 1')._domainkey.example.lab.
ed_text=$(data "$ed" TXT)
six=0.1.0.0.$(printf '0.%.0s' {1..16})0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.

broken 'A leads elsewhere' "del $host A" "add $host 60 A 198.19.99.10" -- "del $host A" "add $host 60 A 198.51.100.10" -- \
  'fail dns-host-a' 'fail dns-fcrdns' 'fail dns-helo-name' 'fail spf-helo'
broken 'AAAA is missing' "del $host AAAA" -- "add $host 60 AAAA 2001:db8:100::10" -- \
  'fail dns-host-a' 'fail dns-fcrdns' 'fail dns-helo-name' 'fail spf-helo'
broken 'an IPv4 address in IPv6 clothes' "del $host AAAA" "add $host 60 AAAA ::ffff:198.51.100.10" -- \
  "del $host AAAA" "add $host 60 AAAA 2001:db8:100::10" -- 'fail dns-host-a' 'fail dns-fcrdns' 'fail dns-helo-name' 'fail spf-helo'
broken 'the MX is missing' 'del example.lab. MX' -- "add example.lab. 60 MX 10 $host" -- 'fail dns-mx'
broken 'another MX is preferred' 'add example.lab. 60 MX 5 mx.remote.lab.' -- 'del example.lab. MX' "add example.lab. 60 MX 10 $host" -- 'fail dns-mx'
broken 'a null MX beside it' 'add example.lab. 60 MX 0 .' -- 'del example.lab. MX' "add example.lab. 60 MX 10 $host" -- 'fail dns-mx' 'fail dns-mx-null'
broken 'an MX that is an address' 'del example.lab. MX' 'add example.lab. 60 MX 10 198.51.100.10.' -- 'del example.lab. MX' "add example.lab. 60 MX 10 $host" -- \
  'fail dns-mx' 'fail dns-mx-target-valid'
broken 'mail programs are sent elsewhere' 'del _imaps._tcp.example.lab. SRV' 'add _imaps._tcp.example.lab. 60 SRV 0 1 993 mx.remote.lab.' -- \
  'del _imaps._tcp.example.lab. SRV' "add _imaps._tcp.example.lab. 60 SRV $srv" -- 'fail dns-srv-client'
broken 'a wildcard text' 'add *.example.lab. 60 TXT "v=spf1 -all"' -- 'del *.example.lab. TXT' -- 'warn dns-wildcard'
broken 'no SPF' 'del example.lab. TXT' -- "add example.lab. 60 TXT $spf_text" -- 'fail spf-record-one'
broken 'two SPF records' 'add example.lab. 60 TXT "v=spf1 -all"' -- 'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-record-one'
broken 'SPF without this server' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 ip4:192.0.2.1 -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-our-ips'
broken 'SPF with an error behind the match' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx ipv4:192.0.2.1 -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-syntax'
broken 'SPF that lets everybody' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx +all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-all'
broken 'SPF that says nothing at its end' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx ?all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'warn spf-all'
broken 'SPF with eleven look-ups' 'del example.lab. TXT' "add example.lab. 60 TXT \"v=spf1$(printf ' a:mail.example.lab%.0s' {1..11}) -all\"" -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-lookup-limit'
broken 'SPF with three dead names' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx a:g1.example.lab a:g2.example.lab a:g3.example.lab -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-void-lookups'
broken 'SPF that includes nothing' 'del example.lab. TXT' 'add example.lab. 60 TXT "v=spf1 mx include:g1.example.lab -all"' -- \
  'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'fail spf-include-none'
broken 'no SPF at the host name' "del $host TXT" -- "add $host 60 TXT \"v=spf1 a -all\"" -- 'warn spf-helo'
broken 'no DKIM key' "del $dkim TXT" -- "add $dkim 60 TXT $dkim_text" -- 'fail dkim-record'
broken 'another DKIM key' "del $dkim TXT" "add $dkim 60 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu5oIUrFDWZK7F4thFxpZa2or6jBEX3cSL6b2TJdPkO5iNn9vHNXhNX31nOefN8FksX94YbLJ8NHcFPbaZTW8R2HthYxRaCyqodxlLHibg8aHdfa+bxKeiI/xABRuAM0WG0JEDSyakMFqIO\" \"40ghj/h7DUc/4OXNdeQhrKDTlgf2bd+FjpJ3bNAFcMYa3Oeju33b2Tp+PdtqIwXRZksfuXh7m0kuyavp3Uaso145DRBaJZA55lNxmHWMgMjO+YjNeuR6j4oQqyGwzPaVcSdOG8Js2mXt+J3Hr+nNmJGxZUUW4Uw5ws08wT9opRgSpn+ThX2d1AgQePpGrWOamC3PdcwwIDAQAB\"" -- \
  "del $dkim TXT" "add $dkim 60 TXT $dkim_text" -- 'fail dkim-key-match' 'warn dkim-no-replace'
broken 'a revoked DKIM key' "del $dkim TXT" "add $dkim 60 TXT \"v=DKIM1; k=rsa; p=\"" -- "del $dkim TXT" "add $dkim 60 TXT $dkim_text" -- 'fail dkim-revoked'
broken 'no Ed25519 key' "del $ed TXT" -- "add $ed 60 TXT $ed_text" -- 'fail dkim-record'
broken 'no DMARC' 'del _dmarc.example.lab. TXT' -- "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-record'
broken 'DMARC with its version in small letters' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=dmarc1; p=none"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-record'
broken 'DMARC with a tag of old' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=none; pct=50; rua=mailto:postmaster@example.lab"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'warn dmarc-syntax'
broken 'DMARC at the domain itself too' 'add example.lab. 60 TXT "v=DMARC1; p=none"' -- 'del example.lab. TXT' "add example.lab. 60 TXT $spf_text" -- 'warn dmarc-location'
broken 'reports to a mailbox that is not there' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=none; rua=mailto:nobody@example.lab"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-rua-auth'
broken 'reports to somebody who does not take them' 'del _dmarc.example.lab. TXT' 'add _dmarc.example.lab. 60 TXT "v=DMARC1; p=none; rua=mailto:x@remote.lab"' -- \
  'del _dmarc.example.lab. TXT' "add _dmarc.example.lab. 60 TXT $dmarc_text" -- 'fail dmarc-rua-auth'
broken 'no PTR' 'del 10.100.51.198.in-addr.arpa. PTR' -- "add 10.100.51.198.in-addr.arpa. 60 PTR $host" -- 'fail dns-ptr-v4' 'fail dns-fcrdns'
broken 'the reverse name of IPv6 leads elsewhere' "del $six PTR" "add $six 60 PTR client.remote.lab." -- "del $six PTR" "add $six 60 PTR $host" -- \
  'fail dns-ptr-v6' 'fail dns-fcrdns'
broken 'TLS-RPT twice' 'add _smtp._tls.example.lab. 60 TXT "v=TLSRPTv1; rua=mailto:x@example.lab"' -- 'del _smtp._tls.example.lab. TXT' "add _smtp._tls.example.lab. 60 TXT $tlsrpt_text" -- \
  'fail tlsrpt-record'
broken 'TLS-RPT without an address' 'del _smtp._tls.example.lab. TXT' 'add _smtp._tls.example.lab. 60 TXT "v=TLSRPTv1"' -- \
  'del _smtp._tls.example.lab. TXT' "add _smtp._tls.example.lab. 60 TXT $tlsrpt_text" -- 'fail tlsrpt-record'
broken 'MTA-STS with an id that is none' 'add _mta-sts.example.lab. 60 TXT "v=STSv1; id=2026-11-27"' -- 'del _mta-sts.example.lab. TXT' -- 'fail mtasts-record'
broken 'MTA-STS without a policy' 'add _mta-sts.example.lab. 60 TXT "v=STSv1; id=1"' -- 'del _mta-sts.example.lab. TXT' -- 'fail mtasts-policy-fetch'
broken 'TLSA of another certificate' "add _25._tcp.$host 60 TLSA 3 1 1 $(printf 'ab%.0s' {1..32})" -- "del _25._tcp.$host TLSA" -- 'fail dane-tlsa-present'
caa=$(data "$host" CAA)
broken 'a CAA record of another authority' "del $host CAA" "add $host 60 CAA 0 issue \"other-ca.example\"" -- "del $host CAA" "add $host 60 CAA $caa" -- 'fail dns-caa'

part 'a name server that lags'
lab secondary lag > "$WORK/out" 2>&1 || bad 'the second name server stops following' ''
lab dns 'add new.example.lab. 60 A 198.19.99.10' > "$WORK/out" 2>&1
look "$RECORDS" > "$WORK/turned"
expect 'the zone is named with both versions, and nothing else' '^warn dns-zone-ns example.lab$' cat "$WORK/turned"
check 'only that' test "$(wc -l < "$WORK/turned")" = 1
lab secondary sync > "$WORK/out" 2>&1
lab dns 'del new.example.lab. A' > "$WORK/out" 2>&1

part 'green again'
settle
sleep 6
look "$RECORDS" > "$WORK/out"
if [ -s "$WORK/out" ]; then bad 'no check warns or fails' 'some do'; else ok 'no check warns or fails'; fi
finish
