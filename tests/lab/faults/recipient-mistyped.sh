# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The domain of the recipient does not exist.
words='mail to my customer bounces: domain not found'
cause='recipient-domain-missing'
fix=instructions
traffic() { new_subject; submit alice@example.lab alice@example.lab bob@remotte.lab; in_vps "printf 'Subject: x\n\nx\n' | sendmail -f alice@example.lab bob@remotte.lab"; sleep 1; }
