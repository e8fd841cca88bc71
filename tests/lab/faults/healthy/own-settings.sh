# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The operator has settings of his own where they belong.
words='I changed a setting but nothing happens'
inject() { in_vps 'mkdir -p /etc/mailwizard/local; echo "maximal_queue_lifetime = 3d" > /etc/mailwizard/local/main.cf; mailwizard apply --yes'; }
