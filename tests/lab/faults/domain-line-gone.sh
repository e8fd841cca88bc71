# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The line of the domain was deleted from the table of domains.
words='mail from outside bounces: mail for example.lab loops back to myself'
cause='loops-back|domain-not-served|edited-configuration'
fix=automatic
inject() { in_vps 'sed -i /^example.lab/d /etc/postfix/mailwizard/domains; systemctl reload postfix'; }
traffic() { send_in; sleep 2; }
prove() { arrives; }
