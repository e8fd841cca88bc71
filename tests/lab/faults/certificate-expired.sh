# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The certificate has run out.
words='thunderbird says the certificate has expired'
cause='certificate-expired'
fix=automatic
inject() { in_vps 'set -e; mkdir -p /tmp/ca; cd /tmp/ca; : > index; echo 01 > serial
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/k.pem -out request -subj /CN=mail.example.lab -addext subjectAltName=DNS:mail.example.lab 2>/dev/null
  printf "[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = .\ndatabase = index\nserial = serial\ndefault_md = sha256\npolicy = p\ncopy_extensions = copy\n[p]\ncommonName = supplied\n" > config
  openssl ca -batch -config config -selfsign -keyfile /tmp/k.pem -in request -out /tmp/c.pem -notext -startdate 20250101000000Z -enddate 20250201000000Z 2>/dev/null
  cp /tmp/c.pem /etc/ssl/mailwizard/mail.example.lab/fullchain.pem; cp /tmp/k.pem /etc/ssl/mailwizard/mail.example.lab/privkey.pem; systemctl restart postfix dovecot'; }
prove() { imap_login alice@example.lab; }
