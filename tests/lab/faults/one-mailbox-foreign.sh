# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# One mailbox belongs to somebody else.
words='alice gets no mail, it stays in our queue'
cause='mailbox-of-another-owner'
fix=automatic
inject() { arrives; in_vps 'chown -R nobody:nogroup /var/vmail/example.lab/alice; chmod 700 /var/vmail/example.lab/alice; doveadm kick alice@example.lab; true'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
