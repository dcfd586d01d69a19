#!/bin/sh
# SPDX-License-Identifier: ISC
# What udhcpc(8) calls with what a server has given it.
# shellcheck disable=SC2154 # the variables are from there
case $1 in
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/${mask:-24}" dev "$interface"
	[ -z "$router" ] || ip route replace default via "$router"
	echo "address $ip from server $serverid, router ${router:-none}"
	;;
leasefail) echo "nobody gave an address" ;;
esac
