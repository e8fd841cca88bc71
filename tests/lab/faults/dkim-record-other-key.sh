# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# The DKIM record holds another key.
words='dkim fails at the receiver: body hash or signature invalid'
cause='dkim-record-missing'
fix=instructions
inject() { s=$(vps ls /var/lib/mailwizard/dkim/example.lab | sed -n 's/.key//; /^r/p'); lab dns "del $s._domainkey.example.lab. TXT" "add $s._domainkey.example.lab. 60 TXT \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEJ0Wk3ws/UA/H2vKT8A5hUYc6mu8s5DgYkLqMQKdP7vHM8UHBdY3pPDGyLxUPtSzOe2GEIqmrbmGK1WDDYMGbmVpUuxz5a6ZnYrXQPyc5aH5Vb1nbz1cqY1l0v8t7gXfYpYE5vq2b0uYd3KbXK7Pk2yGv1KJ4+0qDqFqXHc5nOQIDAQAB\""; }
mend() { lab publish --phase all; }
