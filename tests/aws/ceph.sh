#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# ceph.sh start FOLDER | stop FOLDER: a Ceph of one monitor, one disk in memory and an S3
# gateway on 127.0.0.1, on ports that were free.  FOLDER/url says where; the key is
# TESTONLYACCESSKEY001, its secret testonlysecret0000000000000000000000001.
set -eu

free_port() {
	/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# cephx, as the gateway hangs without; short intervals, as nobody else votes.
configure() {
	cat >"$conf" <<TEXT
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$mon_port/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $dir/keyring
run dir = $dir/run
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
crash dir = $dir/log
mon cluster log file = $dir/log/cluster.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 2
paxos propose interval = 0.05
paxos min wait = 0.02
auth allow insecure global id reclaim = false
[mon]
mon data = $dir/mon.\$id
mon initial members = a
[osd]
osd data = $dir/osd.\$id
osd objectstore = memstore
memstore device bytes = 536870912
osd fast shutdown = false
osd crush update on start = false
osd class load list = *
osd class default list = *
[client.rgw.a]
rgw data = $dir/rgw.a
rgw frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:$s3_port
rgw thread pool size = 16
rgw enable ops log = false
rgw enable usage log = false
rgw dns name = 127.0.0.1
TEXT
}

keys() {
	ceph-authtool "$dir/keyring" --create-keyring --gen-key -n mon. --cap mon 'allow *'
	ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
	ceph-authtool "$dir/keyring" --gen-key -n client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx'
	ceph-authtool "$dir/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
}

disk() {
	local id
	id=$(cat /proc/sys/kernel/random/uuid)
	timeout 60 ceph -c "$conf" osd new "$id" 0
	ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$id"
	timeout 60 ceph -c "$conf" osd crush add osd.0 1.0 root=default host=localhost
	ceph-osd -c "$conf" -i 0
}

start() {
	mkdir -p "$dir"/{run,log,mon.a,osd.0,rgw.a}
	mon_port=$(free_port) s3_port=$(free_port)
	configure
	export CEPH_CONF=$conf
	{
		keys
		monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$conf")" \
			--addv a "[v2:127.0.0.1:$mon_port/0]" "$dir/monmap"
		ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
		ceph-mon -c "$conf" -i a
		disk
		radosgw -c "$conf" -n client.rgw.a
	} >"$dir/log/start.out" 2>&1
	for _ in $(seq 600); do
		! (: <"/dev/tcp/127.0.0.1/$s3_port") 2>/dev/null || break
		sleep 0.1
	done
	timeout 60 radosgw-admin -c "$conf" user create --uid=vault --display-name=vault \
		--access-key=TESTONLYACCESSKEY001 \
		--secret=testonlysecret0000000000000000000000001 >>"$dir/log/start.out" 2>&1
	printf 'http://127.0.0.1:%s\n' "$s3_port" >"$dir/url"
}

# Only the processes whose ids stand in FOLDER/run.
stop() {
	local name pid
	for name in client.rgw.a osd.0 mon.a; do
		pid=$(cat "$dir/run/$name.pid" 2>/dev/null) || continue
		kill "$pid" 2>/dev/null || continue
		for _ in $(seq 100); do
			kill -0 "$pid" 2>/dev/null || continue 2
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null || true
	done
}

dir=$(realpath -m "${2:?usage: ceph.sh start|stop FOLDER}") conf=$dir/ceph.conf
case $1 in
start) start ;;
stop) stop ;;
*) exit 2 ;;
esac
