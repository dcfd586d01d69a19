# SPDX-License-Identifier: ISC
"""Is every checksum of a frame right?  And what is inside of it?"""
import struct

IPV4, IPV6 = 0x0800, 0x86DD
TAGS = (0x8100, 0x88A8)
TCP, UDP = 6, 17


def ones_sum(data):
    """RFC 1071: 0xffff for what has a right checksum in it."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


class Packet:
    """A whole IP packet in an Ethernet frame, of TCP or UDP: checked while it is taken apart."""

    def __init__(self, frame):
        l3 = 14
        while struct.unpack_from("!H", frame, l3 - 2)[0] in TAGS:
            l3 += 4
        self.size = len(frame) - l3  # as an MTU counts it
        kind = struct.unpack_from("!H", frame, l3 - 2)[0]
        ip = frame[l3:]
        if kind == IPV4:
            header = (ip[0] & 15) * 4
            total, self.ip_id, offset = struct.unpack_from("!HHH", ip, 2)
            assert ones_sum(ip[:header]) == 0xFFFF, "the IP header checksum is wrong"
            assert not offset & 0x3FFF, "a fragment"
            self.proto, addresses = ip[9], ip[12:20]
        else:
            assert kind == IPV6, hex(kind)
            header, total, self.ip_id = 40, 40 + struct.unpack_from("!H", ip, 4)[0], None
            self.proto, addresses = ip[6], ip[8:40]
        assert total == len(ip), f"{total} bytes by the IP header, {len(ip)} in the frame"
        self.l4 = ip[header:]
        pseudo = addresses + struct.pack("!IBBBB", len(self.l4), 0, 0, 0, self.proto)
        field = struct.unpack_from("!H", self.l4, 16 if self.proto == TCP else 6)[0]
        assert field or self.proto == TCP, "UDP without a checksum"
        assert ones_sum(pseudo + self.l4) == 0xFFFF, "the checksum behind the IP header is wrong"
        if self.proto == TCP:
            self.seq, self.flags = struct.unpack_from("!I", self.l4, 4)[0], self.l4[13]
            self.payload = self.l4[(self.l4[12] >> 4) * 4:]
        else:
            assert struct.unpack_from("!H", self.l4, 4)[0] == len(self.l4)
            self.payload = self.l4[8:]
