# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# Postfix asks a greylisting service that is not there.
words='every sender gets 451 4.3.5 Server configuration problem'
cause='policy-service-gone'
fix=automatic
inject() { set_main smtpd_policy_service_default_action='451 4.3.5 Server configuration problem'; set_main 'smtpd_recipient_restrictions=check_policy_service inet:127.0.0.1:10023'; }
traffic() { send_in; sleep 2; }
prove() { arrives; }
