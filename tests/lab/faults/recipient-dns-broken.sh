# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The name servers of the recipient's domain do not answer.
words='mail to one customer stays in the queue, bob@remote.lab'
cause='recipient-dns-broken'
fix=instructions
inject() { lab dns 'zone dnshost.lab.' 'add dead.dnshost.lab. 60 A 198.18.53.99'; registry 'del remote.lab. NS' 'add remote.lab. 60 NS dead.dnshost.lab.' 'del remote.lab. DS'; vps systemctl restart unbound; }
traffic() { in_vps "printf 'Subject: x\n\nx\n' | sendmail -f alice@example.lab bob@remote.lab"; send_out; sleep 20; }
mend() { registry 'del remote.lab. NS' 'add remote.lab. 60 NS ns1.dnshost.lab.' 'add remote.lab. 60 NS ns2.dnshost.lab.'; lab dns 'zone dnshost.lab.' 'del dead.dnshost.lab.'; vps systemctl restart unbound; }
