# shellcheck shell=bash disable=SC2034,SC2016,SC2154
# mynetworks lacks the machine itself.
words='our web application on this server gets relay access denied since I changed mynetworks'
cause='own-programs-refused'
fix=automatic
inject() { set_main mynetworks=192.0.2.1; }
traffic() { in_vps '(printf "EHLO web.example.lab\r\nMAIL FROM:<alice@example.lab>\r\nRCPT TO:<bob@remote.lab>\r\nQUIT\r\n"; sleep 1) | timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/25; cat >&3; cat <&3" | tail -3'; }
prove() { in_vps 'postconf -h mynetworks | grep -q 127.0.0.0/8'; }
