#!/bin/bash
# shellcheck disable=SC2016
# usually: trixie
# `mailwizard check` of this server, of others and of many, in every format; politeness; `mailwizard status`.
. "$(dirname "$0")/lib.sh"
fresh_vps stack
must 'records as JSON' mw records --answers /root/answers/basic.toml --format json
set_up
must 'the program for who looks from elsewhere' lab put client "$PROGRAM" /usr/local/bin/mailwizard
PY='import json,sys; r=json.load(sys.stdin)'
json_of() { client sh -c 'mailwizard check "$@" --json 2>/dev/null' check "$@"; }   # exit code of check
outcome() { # ID ARGUMENT…: the outcomes of one check, a line each
  local id=$1; shift
  json_of "$@" | python3 -c "$PY; [print(x['outcome'], x['subject'], x['found']) for x in r['results'] if x['id'] == '$id']"
}
seconds() { local began; began=$(date +%s%N); "$@" >/dev/null 2>&1; echo $(( ($(date +%s%N) - began) / 1000000 )); }

part 'our own server'
check 'all is well' mw check
expect 'no failure, nothing to look at' '"warn":0,"fail":0,"unknown":0' mw check --json
expect 'at most 40 MB' '^([0-9]|[1-3][0-9]|40) MB$' in_vps '
  mailwizard check >/dev/null & pid=$!; most=0
  while kill -0 $pid 2>/dev/null; do
    now=$(awk "/VmHWM/ { print \$2 }" /proc/$pid/status 2>/dev/null); [ "${now:-0}" -gt $most ] && most=$now; sleep 0.05
  done; echo "$((most / 1000)) MB"'

part 'a server seen from elsewhere'
check 'a domain' client mailwizard check example.lab
expect 'its MX is looked at' 'pass mail.example.lab:25' outcome smtp-starttls example.lab
check 'a host, with its ports for mail programs' client mailwizard check mail.example.lab --skip cert-trust,cert-chain
expect 'the certificate of every port' 'pass mail.example.lab ' outcome cert-served-each-port mail.example.lab
expect 'what only the server can know is skipped' 'skipped this host only the server itself' outcome host-disk example.lab
expect 'relaying is not tried at a stranger' "skipped mail.example.lab:25 .*--intrusive" outcome smtp-relay-open mail.example.lab example.lab
expect 'it is tried where the owner allows it' 'pass mail.example.lab:25' outcome smtp-relay-open example.lab --intrusive mail.example.lab
expect 'a DKIM key by its selector' 'pass r[0-9]+a._domainkey.example.lab' outcome dkim-record example.lab --selector \
  "$(in_vps 'ls /var/lib/mailwizard/dkim/example.lab/' | grep -o 'r[0-9]*a' | head -n 1)"
new_subject
check 'a message to the foreign server' submit alice@example.lab alice@example.lab bob@remote.lab
check 'it arrives' wait_for 60 judged
judged > "$WORK/message" 2>/dev/null < /dev/null
lab put client "$WORK/message" /root/message.eml
expect 'its headers name the keys' 'pass e[0-9]+a._domainkey.example.lab' outcome dkim-record example.lab --headers /root/message.eml
expect 'and what the other side found' 'pass this host .*spf=pass' outcome deliv-remote-full example.lab --headers /root/message.eml
expect 'pasted on standard input too' '^exit 0$' client sh -c 'mailwizard check example.lab --only deliv-remote-full --headers - < /root/message.eml >/dev/null; echo exit $?'
refuse 'names and a message cannot both be pasted' client mailwizard check - --headers -
took=$(seconds client mailwizard check mail.example.lab example.lab)
check "a full check from outside in less than 3 s ($took ms)" test "$took" -lt 3000
expect 'a domain that is not there fails' '^exit 1$' client sh -c 'mailwizard check nothere.lab >/dev/null; echo exit $?'
expect 'a name that is none is wrong usage' '^exit 2$' client sh -c 'mailwizard check mail_1.example.lab >/dev/null 2>&1; echo exit $?'

part 'many, and formats'
expect 'standard input with comments' '^remote.lab: .* ok' client sh -c 'printf "# ours\nexample.lab\nremote.lab # theirs\n\n" | mailwizard check -'
expect 'every name once' '^2$' sh -c "$(declare -f lab client json_of); ROOT=$ROOT json_of example.lab remote.lab example.lab | python3 -c \"$PY; print(len([x for x in r['results'] if x['id'] == 'dns-mx']))\""
check 'Markdown' client sh -c 'mailwizard check remote.lab --markdown | grep -q "^## \`remote.lab\`"'
check 'JUnit is XML' sh -c "$(declare -f lab client); ROOT=$ROOT client sh -c 'mailwizard check remote.lab --junit' | python3 -c 'import sys, xml.etree.ElementTree as t; assert t.parse(sys.stdin).getroot().tag == \"testsuites\"'"
expect 'metrics' '^mailwizard_check\{check="dns-mx",area="dns",subject="remote.lab",outcome="pass"\} 1$' client mailwizard check remote.lab --prometheus
refuse 'two formats at once' client mailwizard check remote.lab --json --junit

part 'what changed'
mw status >/dev/null 2>&1
expect 'nothing' '^Nothing changed since' mw status
check 'a timer hears nothing' test -z "$(mw status --changes 2>&1)"
lab dns 'del example.lab. MX' 'add example.lab. 60 MX 10 elsewhere.lab.' >/dev/null
settle
expect 'the changed MX is told' '^failed: dns-mx, example.lab' mw status --changes
check 'only once' test -z "$(mw status --changes 2>&1)"
expect 'it is still failing' '^still failing: dns-mx, example.lab' mw status
lab dns 'del example.lab. MX' 'add example.lab. 60 MX 10 mail.example.lab.' >/dev/null
settle
expect 'and when it is well again' '^well again: dns-mx, example.lab' mw status --changes
expect 'as metrics' '^mailwizard_changes 0$' mw status --prometheus
finish
