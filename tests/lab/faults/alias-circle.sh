# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Two aliases lead to each other.
words='mail to info goes round: too many hops'
cause='forwarding-loop'
also='edited-configuration'
fix=automatic
inject() { in_vps 'printf "info@example.lab sales@example.lab\nsales@example.lab info@example.lab\n" >> /etc/postfix/mailwizard/aliases; postfix reload'; }
traffic() { send_in info@example.lab; sleep 1; }
