#!/bin/sh
# A mail server made by hand on a VPS of the lab, without mailwizard: Postfix + Dovecot (2.3 or 2.4) + Rspamd (DKIM) for one domain. It proves
# that the lab itself works, and is what the time of `mailwizard apply` is measured against.
# Packages must be installed (the layer "stack", and certbot unless NOCERT=1: a self-signed one then).  usage: native.sh DOMAIN HOST USER PASSWORD
set -eu
D=$1 H=$2 U=$3 P=$4
hostnamectl set-hostname $H; echo $D > /etc/mailname
grep -q " $H" /etc/hosts || sed -i "s/^127.0.1.1.*/127.0.1.1 $H ${H%%.*}/" /etc/hosts
# certificate
C=/etc/letsencrypt/live/$H
if [ "${NOCERT:-0}" = 1 ]; then
  mkdir -p "$C"
  [ -e "$C/fullchain.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$H" -addext "subjectAltName=DNS:$H" \
    -keyout "$C/privkey.pem" -out "$C/fullchain.pem" 2>/dev/null
  cp "$C/fullchain.pem" "$C/cert.pem"
elif [ ! -e "$C/fullchain.pem" ]; then
  REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    certbot certonly --standalone -n --agree-tos -m "postmaster@$D" --key-type ecdsa --server https://acme.lab:14000/dir -d "$H"
fi
# virtual mail
id vmail >/dev/null 2>&1 || useradd -r -u 5000 -d /var/vmail -m -s /usr/sbin/nologin vmail
printf '%s@%s:%s::::::\n' $U $D "$(doveadm pw -s SHA512-CRYPT -p "$P")" > /etc/dovecot/users; chmod 640 /etc/dovecot/users; chgrp dovecot /etc/dovecot/users
case $(dovecot --version) in
2.4*) cat > /etc/dovecot/local.conf <<X
# Dovecot 2.4
ssl = required
ssl_server_cert_file = $C/fullchain.pem
ssl_server_key_file = $C/privkey.pem
mail_driver = maildir
mail_home = /var/vmail/%{user | domain}/%{user | username}
mail_path = ~/Maildir
mail_inbox_path = ~/Maildir
mail_uid = vmail
mail_gid = vmail
first_valid_uid = 5000
# Debian's conf.d/20-lmtp.conf strips the domain for LMTP: every virtual user would be "550 User doesn't exist"
protocol lmtp {
  auth_username_format = %{user | lower}
}
passdb lab {
  driver = passwd-file
  passwd_file_path = /etc/dovecot/users
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
  }
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    user = postfix
    group = postfix
    mode = 0660
  }
}
X
;;
2.3*) cat > /etc/dovecot/local.conf <<X
# Dovecot 2.3
ssl = required
ssl_cert = <$C/fullchain.pem
ssl_key = <$C/privkey.pem
mail_location = maildir:~/Maildir
mail_home = /var/vmail/%d/%n
mail_uid = vmail
mail_gid = vmail
first_valid_uid = 5000
passdb {
  driver = passwd-file
  args = scheme=SHA512-CRYPT username_format=%u /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/var/vmail/%d/%n
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    user = postfix
    group = postfix
    mode = 0660
  }
}
X
;;
esac
sed -i 's/^!include auth-system.conf.ext/#&/' /etc/dovecot/conf.d/10-auth.conf
doveconf -n > /dev/null
# rspamd signs
mkdir -p /var/lib/rspamd/dkim; cd /var/lib/rspamd/dkim
[ -e $D.mail.key ] || rspamadm dkim_keygen -s mail -d $D -b 2048 -k $D.mail.key > $D.mail.txt
chown -R _rspamd: .; chmod 640 $D.mail.key
cat > /etc/rspamd/local.d/dkim_signing.conf <<X
path = "/var/lib/rspamd/dkim/\$domain.\$selector.key";
selector = "mail";
allow_username_mismatch = true;
X
echo 'servers = "127.0.0.1";' > /etc/rspamd/local.d/redis.conf
echo 'enabled = false;' > /etc/rspamd/local.d/greylist.conf  # for the test only
# postfix
postconf -e myhostname=$H mydomain=$D "myorigin=/etc/mailname" "mydestination=localhost" "inet_interfaces=all" \
  "virtual_mailbox_domains=$D" "virtual_mailbox_maps=hash:/etc/postfix/vmailbox" "virtual_transport=lmtp:unix:private/dovecot-lmtp" \
  "virtual_alias_maps=hash:/etc/postfix/virtual" \
  "smtpd_tls_cert_file=$C/fullchain.pem" "smtpd_tls_key_file=$C/privkey.pem" "smtpd_tls_security_level=may" \
  "smtp_tls_security_level=dane" "smtp_dns_support_level=dnssec" "smtp_tls_loglevel=1" "smtpd_sasl_type=dovecot" "smtpd_sasl_path=private/auth" \
  "smtpd_milters=inet:127.0.0.1:11332" "non_smtpd_milters=inet:127.0.0.1:11332" "milter_default_action=tempfail" "internal_mail_filter_classes=bounce" \
  "maillog_file=/var/log/mail.log"
printf '%s@%s x\n' $U $D > /etc/postfix/vmailbox; printf 'postmaster@%s %s@%s\nabuse@%s %s@%s\n' $D $U $D $D $U $D > /etc/postfix/virtual
postmap /etc/postfix/vmailbox /etc/postfix/virtual
postconf -Me 'submission/inet=submission inet n - y - - smtpd -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject' \
  'submissions/inet=submissions inet n - y - - smtpd -o syslog_name=postfix/submissions -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject'
systemctl restart redis-server rspamd dovecot postfix
# rspamd says "started" long before its milter listens (it compiles its patterns first)
for i in $(seq 600); do ss -ltn | grep -q ":11332 " && break; sleep 0.2; done; echo "rspamd listens after $i x 0.2 s"
# what has to go into the DNS
k=$(sed -n 's/.*"\(p=[^"]*\)".*/\1/p; s/^[[:space:]]*"\([A-Za-z0-9+\/=]*\)".*/\1/p' $D.mail.txt | tr -d '\n')
tlsa=$(openssl x509 -in $C/cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
echo "DKIM v=DKIM1; k=rsa; $k"; echo "TLSA 3 1 1 $tlsa"
