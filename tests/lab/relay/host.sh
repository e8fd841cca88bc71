#!/bin/sh
# A relay with logins on a machine elsewhere: Postfix with Cyrus SASL on 587 (STARTTLS) and 465 (TLS from the first byte),
# sending from an address of its own. Reads the password of user 'mw-relay' from standard input.
set -eu
name=relay.dnshost.lab address=198.19.99.66 pki=/lab/pki
echo 'deb http://mirror.lab/debian bookworm main' > /etc/apt/sources.list
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends sasl2-bin >/dev/null
saslpasswd2 -p -c -u $name mw-relay
chown postfix /etc/sasldb2
printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n' > /etc/postfix/sasl/smtpd.conf
cd /etc/postfix
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout relay.key -out relay.csr 2>/dev/null
printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' $name > relay.ext
openssl x509 -req -in relay.csr -CA $pki/lab-ca.crt -CAkey $pki/lab-ca.key -CAcreateserial -CAserial /root/serial -days 30 -extfile relay.ext -out relay.crt 2>/dev/null
cat > main.cf <<C
compatibility_level = 3.6
myhostname = $name
mydestination =
mynetworks =
inet_interfaces = $address
inet_protocols = ipv4
smtp_bind_address = $address
smtpd_sasl_local_domain = $name
smtpd_sasl_auth_enable = yes
smtpd_sasl_authenticated_header = yes
smtpd_tls_auth_only = yes
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = /etc/postfix/relay.crt
smtpd_tls_key_file = /etc/postfix/relay.key
smtpd_tls_received_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
maillog_file = /var/log/relay.log
C
cat > master.cf <<'C'
submission inet n - n - - smtpd
submissions inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
C
systemctl unmask -q postfix 2>/dev/null || :
postfix start
