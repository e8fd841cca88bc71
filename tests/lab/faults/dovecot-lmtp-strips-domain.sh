# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Dovecot looks up recipients without their domain.
words='mail to us bounces: user does not exist, but the account is there'
cause='mailbox-refused'
fix=automatic
inject() { in_vps 'if doveconf -h auth_username_format >/dev/null 2>&1 && dovecot --version | grep -q "^2\.4"; then sed -i "s/^protocol lmtp {/protocol lmtp {\n  auth_username_format = %{user | username | lower}/" /etc/dovecot/dovecot.conf; else sed -i "s/^protocol lmtp {/protocol lmtp {\n  auth_username_format = %Ln/" /etc/dovecot/dovecot.conf; fi; systemctl restart dovecot'; }
traffic() { send_in; sleep 3; }
prove() { arrives; }
