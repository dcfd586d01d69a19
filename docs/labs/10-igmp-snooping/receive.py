#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
receive.py GROUP SECONDS - join a multicast group for a time, and tell what arrives

The kernel sends the IGMP report that the switch listens for, and a leave at the end.
"""
import socket
import sys
import time

PORT = 5000


def main(group, seconds):
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((group, PORT))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + bytes(4))
        received = 0
        while (left := end - time.monotonic()) > 0:
            s.settimeout(left)
            try:
                s.recv(2000)
                received += 1
            except TimeoutError:
                pass
    print(f"{received} datagrams of {group}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
