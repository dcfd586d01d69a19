#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""send.py GROUP SECONDS - send a stream to a multicast group: 100 datagrams of 1000 bytes a second"""
import socket
import sys
import time

PORT = 5000
PER_SECOND = 100


def main(group, seconds):
    count = int(seconds * PER_SECOND)
    begin = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i in range(count):
            s.sendto(bytes(1000), (group, PORT))
            time.sleep(max(0, begin + (i + 1) / PER_SECOND - time.monotonic()))
    print(f"sent {count} datagrams to {group}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
