# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Programs on the server cannot hand mail in: the folder of the queue is closed.
words='cron mails and php mail() fail: postdrop permission denied'
cause='queue-permissions'
fix=automatic
inject() { in_vps 'chown root:root /var/spool/postfix/maildrop; chmod 700 /var/spool/postfix/maildrop'; }
traffic() { in_vps 'printf "Subject: x\n\nx\n" | runuser -u nobody -- timeout 5 sendmail alice@example.lab; true'; }
prove() { in_vps 'printf "Subject: x\n\nx\n" | runuser -u nobody -- timeout 10 sendmail alice@example.lab'; }
mend() { in_vps 'chown postfix:postdrop /var/spool/postfix/maildrop; chmod 1730 /var/spool/postfix/maildrop'; }
