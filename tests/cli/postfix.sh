#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: postfix.sh FOLDER PACKAGES   (in namespaces of its own for mounts, network and processes, as root there)
# Debian's Postfix, unpacked in PACKAGES, until stdin says `end`: mails for example.com, of those who log in as twokey
# with mail-password, go to FOLDER/maildir/new.  On 127.0.0.1: 587 with STARTTLS, 465 with TLS, 588 and 589 with
# certificates of another name (by FOLDER/ca-other.pem; the others by ca-server.pem) and of an authority that nobody
# knows.  FOLDER/ready when it listens.  A line `stop` on stdin stops the server, `start` starts it again; FOLDER/did
# has what was done.
set -eu -o pipefail
: "${TK_TOP:?}"

folder=$1 packages=$2
ip link set lo up
# All that Postfix wants of a machine, in this namespace alone.
mount -t overlay -o "lowerdir=$packages/usr:/usr" overlay /usr
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/etc /run/tls
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
mount -t tmpfs -o mode=755 none /var/lib
mount -t tmpfs -o mode=755 none /var/spool
rm -rf /etc/postfix
cp -a "$packages/etc/postfix" /etc
mkdir -p /var/spool/postfix /var/lib/postfix /etc/postfix/sasl
sed -i '/^post\(fix\|drop\):/d' /etc/passwd /etc/group
printf '%s\n' postfix:x:4721:4721::/var/spool/postfix:/usr/sbin/nologin keeper:x:4723:4723::/run:/bin/sh >>/etc/passwd
printf '%s\n' postfix:x:4721: postdrop:x:4722: keeper:x:4723: >>/etc/group
chown postfix /var/lib/postfix
# Nobody is asked for names.
: >/etc/resolv.conf

python3 - /run/tls <<'END'
import os
import sys

sys.path.insert(0, os.path.join(os.environ["TK_TOP"], "tests/aws"))
import ca

ca.make(sys.argv[1])
ca.make(sys.argv[1], label="stranger")
ca.make(sys.argv[1], names=("mail.example.net",), label="other")
END
chmod 0600 /run/tls/{server,stranger,other}.pem
cp /run/tls/ca-server.pem /run/tls/ca-other.pem "$folder"
printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' 'mech_list: PLAIN LOGIN' >/etc/postfix/sasl/smtpd.conf
printf mail-password | /usr/sbin/saslpasswd2 -p -c -u mail.example.com twokey
chown postfix /etc/sasldb2
mkdir -p "$folder/maildir"
chown keeper: "$folder/maildir"
cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
alias_maps =
alias_database =
notify_classes =
maillog_file = $folder/log
maillog_file_prefixes = $folder
virtual_mailbox_domains = example.com
virtual_mailbox_base = $folder
virtual_mailbox_maps = static:maildir/
virtual_uid_maps = static:4723
virtual_gid_maps = static:4723
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = /run/tls/server.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = mail.example.com
cyrus_sasl_config_path = /etc/postfix/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
END
cat >/etc/postfix/master.cf <<END
587 inet n - n - - smtpd
465 inet n - n - - smtpd
	-o smtpd_tls_wrappermode=yes
588 inet n - n - - smtpd
	-o smtpd_tls_cert_file=/run/tls/other.pem
589 inet n - n - - smtpd
	-o smtpd_tls_cert_file=/run/tls/stranger.pem
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END

# Half a minute and more is no trouble; never is.
until_done() {
	for ((i = 0; i < 900; i++)); do
		if "$@"; then return 0; fi
		sleep 0.1
	done
	return 1
}
listens() { ss -Hltn 'sport = :587' | grep -q .; }
silent() { ! listens; }
start() {
	/usr/sbin/postfix start
	until_done listens
}
stop() {
	/usr/sbin/postfix stop
	until_done silent
}
start
: >"$folder/ready"
while read -r word && [ "$word" != end ]; do
	"$word"
	printf '%s\n' "$word" >"$folder/did"
done
stop
