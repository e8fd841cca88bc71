# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Port 465 speaks no TLS of its own any more.
words='outlook hangs when it sends through port 465'
cause='client-ports-closed'
fix=automatic
inject() { in_vps 'postconf -P submissions/inet/smtpd_tls_wrappermode=no; postfix reload'; }
traffic() { client sh -c 'curl -sS --max-time 6 smtps://mail.example.lab:465'; }
prove() { client sh -c 'curl -sS --max-time 6 --cacert /lab/pki/trust.pem smtps://mail.example.lab:465 -X NOOP'; }
