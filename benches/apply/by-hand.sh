#!/bin/sh
# The set-up that an experienced operator would type, as the yardstick for `mailwizard apply`: Postfix, Dovecot (2.3 or
# 2.4), Rspamd, unbound, fail2ban and a certificate for one domain and one account, on a VPS whose packages are there.
# usage: by-hand.sh DOMAIN HOST USER PASSWORD ACME_DIRECTORY ROOT_HINTS TRUST_ANCHOR
set -eu
D=$1 H=$2 U=$3 P=$4 DIRECTORY=$5 HINTS=$6 ANCHOR=$7
C=/etc/letsencrypt/live/$H

hostnamectl set-hostname "$H"
echo "$D" > /etc/mailname
sed -i "s/^127.0.1.1.*/127.0.1.1 $H ${H%%.*}/" /etc/hosts
REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt certbot certonly --standalone -n --agree-tos -m "postmaster@$D" \
  --key-type ecdsa --server "$DIRECTORY" -d "$H" > /dev/null 2>&1

id vmail > /dev/null 2>&1 || useradd -r -u 5000 -d /var/vmail -m -s /usr/sbin/nologin vmail
printf '%s@%s:%s::::::\n' "$U" "$D" "$(doveadm pw -s SHA512-CRYPT -p "$P")" > /etc/dovecot/users
chgrp dovecot /etc/dovecot/users
chmod 640 /etc/dovecot/users
{
  case $(dovecot --version) in
  2.4*)
    cat << X
ssl = required
ssl_server_cert_file = $C/fullchain.pem
ssl_server_key_file = $C/privkey.pem
mail_driver = maildir
mail_home = /var/vmail/%{user | domain}/%{user | username}
mail_path = ~/Maildir
mail_inbox_path = ~/Maildir
protocol lmtp {
  auth_username_format = %{user | lower}
}
passdb users {
  driver = passwd-file
  passwd_file_path = /etc/dovecot/users
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
  }
}
X
    ;;
  *)
    cat << X
ssl = required
ssl_cert = <$C/fullchain.pem
ssl_key = <$C/privkey.pem
mail_location = maildir:~/Maildir
mail_home = /var/vmail/%d/%n
passdb {
  driver = passwd-file
  args = scheme=SHA512-CRYPT username_format=%u /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/var/vmail/%d/%n
}
X
    ;;
  esac
  cat << X
mail_uid = vmail
mail_gid = vmail
first_valid_uid = 5000
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
} > /etc/dovecot/local.conf
sed -i 's/^!include auth-system.conf.ext/#&/' /etc/dovecot/conf.d/10-auth.conf
doveconf -n > /dev/null

mkdir -p /var/lib/rspamd/dkim
cd /var/lib/rspamd/dkim
rspamadm dkim_keygen -s mail -d "$D" -b 2048 -k "$D.mail.key" > "$D.mail.txt"
chown -R _rspamd: .
chmod 640 "$D.mail.key"
cat > /etc/rspamd/local.d/dkim_signing.conf << X
path = "/var/lib/rspamd/dkim/\$domain.\$selector.key";
selector = "mail";
allow_username_mismatch = true;
X
echo 'servers = "127.0.0.1";' > /etc/rspamd/local.d/redis.conf
rspamadm configtest > /dev/null

postconf -e "myhostname=$H" "mydomain=$D" myorigin=/etc/mailname mydestination=localhost inet_interfaces=all \
  "virtual_mailbox_domains=$D" virtual_mailbox_maps=hash:/etc/postfix/vmailbox virtual_transport=lmtp:unix:private/dovecot-lmtp \
  virtual_alias_maps=hash:/etc/postfix/virtual "smtpd_tls_cert_file=$C/fullchain.pem" "smtpd_tls_key_file=$C/privkey.pem" \
  smtpd_tls_security_level=may smtp_tls_security_level=dane smtp_dns_support_level=dnssec smtpd_sasl_type=dovecot \
  smtpd_sasl_path=private/auth smtpd_milters=inet:127.0.0.1:11332 non_smtpd_milters=inet:127.0.0.1:11332 \
  milter_default_action=tempfail internal_mail_filter_classes=bounce
printf '%s@%s x\n' "$U" "$D" > /etc/postfix/vmailbox
printf 'postmaster@%s %s@%s\nabuse@%s %s@%s\n' "$D" "$U" "$D" "$D" "$U" "$D" > /etc/postfix/virtual
postmap /etc/postfix/vmailbox /etc/postfix/virtual
submission='-o smtpd_sasl_auth_enable=yes -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject'
postconf -Me "submission/inet=submission inet n - y - - smtpd -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt $submission" \
  "submissions/inet=submissions inet n - y - - smtpd -o syslog_name=postfix/submissions -o smtpd_tls_wrappermode=yes $submission"
postfix check

printf '[postfix-sasl]\nenabled = true\nbackend = systemd\n[dovecot]\nenabled = true\nbackend = systemd\n[sshd]\nenabled = false\n' > /etc/fail2ban/jail.local
cp "$HINTS" /etc/unbound/root.hints
cp "$ANCHOR" /etc/unbound/root.key
printf 'server:\n  root-hints: /etc/unbound/root.hints\n  trust-anchor-file: /etc/unbound/root.key\n' \
  > /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf
unbound-checkconf > /dev/null
systemctl enable --quiet --now redis-server 2> /dev/null
systemctl enable --quiet unbound 2> /dev/null
# Debian's own start of it failed some times already, for want of the key.
systemctl reset-failed unbound
systemctl restart unbound
printf 'nameserver 127.0.0.1\noptions trust-ad\n' > /etc/resolv.conf
systemctl restart rspamd dovecot postfix fail2ban
# A service that does not answer yet is not set up: Rspamd compiles its patterns before its milter listens.
for port in 11332 25 465 587 993; do
  for _ in $(seq 600); do
    ss -ltn | grep -q ":$port " && continue 2
    sleep 0.05
  done
  echo "by-hand: nothing listens on $port" >&2
  exit 1
done
