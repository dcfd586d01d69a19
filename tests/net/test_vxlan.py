# SPDX-License-Identifier: ISC
"""vxlan ports: the kernel's own vxlan devices, other daemons and hand-made datagrams as peers."""
import itertools
import socket
import struct

import pytest

from daemon import SANITIZED
from frames import BROADCAST, eth, sized, station, tagged
from netns import sh
from rpc import INVALID_PARAMS, SYSTEM, RpcError
from sites import DEVICE, PORT, Sites, receive, send_raw, unwrapped, wrapped
from traffic import Stream, tcp_transfer, udp_echo
from wait import wait_until

MIB = 1 << 20
SIZE = (1 if SANITIZED else 4) * MIB
IP_TOS, IPV6_TCLASS = 1, 67
FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])


def reason(d, port="far"):
    return d.port(port).get("reason", "")


def ipv4(src, dst, tos=0, ttl=33, df=False, sport=1000, dport=2000, size=40):
    """An Ethernet frame with a UDP datagram, whose checksums nobody here looks at."""
    udp = struct.pack("!HHHH", sport, dport, 8 + size, 0) + bytes(size)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(udp), 7, 0x4000 if df else 0, ttl, 17, 0,
                       bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return eth(dst, src, head[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + head[12:] + udp, 0x0800)


def ipv6(src, dst, tos=0, hops=33, size=40):
    udp = struct.pack("!HHHH", 1000, 2000, 8 + size, 0) + bytes(size)
    return eth(dst, src, struct.pack("!IHBB", 6 << 28 | tos << 20, len(udp), 17, hops) + bytes(32) + udp, 0x86DD)


def one_port(lab, *remotes, family=4, mtu=1600, n=2, settings=None, **options):
    """A daemon on the first machine, a host at its switch, and sockets on the other machines."""
    s = Sites(lab, n, mtu, family)
    d, h = s.site(0, *(remotes or range(1, n)), settings=settings, **options)
    h.wire.drain()
    return s, d, h


# with the kernel's vxlan devices

@FAMILIES
def test_a_vxlan_device_of_the_kernel_and_a_tap_form_a_lan(lab, family):
    s = Sites(lab, family=family)
    d, a = s.site(0, 1)
    b = s.kernel(1, "local", s.addresses[1], "remote", s.addresses[0])
    b.ip_cmd(f"link set {b.ifname} mtu 1500")
    assert a.ping(b, count=3) == 0 and b.ping(a, count=3, size=1472) == 0
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    udp_echo(a, b, [0, 1, 512, 1472, 1473, 9000])
    assert d.drops("far") == {} and d.where(b.mac) == "far"
    p = d.port("far")
    assert p["state"] == "up" and "reason" not in p
    assert p["local"] == s.at(0) and p["peer"] == s.at(1)


@pytest.mark.parametrize("family, local", [(4, "any"), (4, "one"), (6, "any")])
def test_a_group_carries_what_is_for_nobody_known(lab, family, local):
    s = Sites(lab, 3, family=family)
    group = "239.1.1.1" if family == 4 else "ff05::1:1"
    for m in s.hosts:
        if family == 4:  # for the kernel's device; IPv6 has such a route of its own
            m.ip_cmd(f"route add 224.0.0.0/4 dev {DEVICE}")
    any_address = {"local": f"0.0.0.0:{PORT}" if family == 4 else f"[::]:{PORT}"} if local == "any" else {}
    d, a = s.site(0, group=group, ifname=DEVICE, any_source=True, **any_address)
    b = s.kernel(1, "group", group, "dev", DEVICE)
    e, c = s.site(2, group=group, ifname=DEVICE, any_source=True, **any_address)
    assert a.ping(b, count=2) == 0 and c.ping(b, count=2) == 0 and a.ping(c, count=2) == 0
    tcp_transfer(a, c, MIB)
    assert d.port("far")["peer"] == f"group {group}"
    assert d.drops("far") == {} and e.drops("far") == {}
    assert d.stats("h")["tx_frames"] < 2000 and d.where(a.mac) == "h", "own frames came back"
    s.hosts[0].ip_cmd(f"link del {DEVICE}")
    assert DEVICE in d.wait_port("far", "lost")["reason"]


# two daemons, three daemons

@FAMILIES
def test_two_daemons_carry_full_frames_both_ways(lab, family):
    s = Sites(lab, mtu=1600, family=family)
    (d, a), (e, b) = s.site(0, 1), s.site(1, 0)
    assert a.ping(b, count=3, size=1472) == 0
    tcp_transfer(a, b, SIZE)
    tcp_transfer(b, a, SIZE, seed=2)
    udp_echo(a, b, [0, 1, 1472, 1473, 60000])
    for daemon in d, e:
        assert set(daemon.drops("far")) <= {"queue_full"} and reason(daemon) == ""
    assert d.stats("far")["rx_super"] > 0, "nothing was joined"


def test_three_sites_are_one_lan_and_nothing_comes_twice(lab):
    s = Sites(lab, 3)
    sites = [s.site(i, *({0, 1, 2} - {i})) for i in range(3)]
    hosts = [h for _, h in sites]
    for h in hosts:
        h.wire.drain()
    for a in hosts:
        frame = sized(BROADCAST, a.mac, 200 + a.number)
        a.wire.send(frame)
        for b in hosts:
            if b is not a:
                assert b.wire.recv() == frame
    assert not any(h.wire.drain() for h in hosts), "a frame came twice, or back: remote to remote"
    for h in hosts:
        assert all(h.ping(o, count=2) == 0 for o in hosts if o is not h)


def test_a_frame_from_one_remote_never_goes_to_another(lab):
    s, d, h = one_port(lab, 1, 2, n=3)
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        for dst in BROADCAST, "01:00:5e:00:00:01", station(0x99):
            frame = sized(dst, station(0x91), 100)
            b.sendto(wrapped(frame), (s.addresses[0], PORT))
            assert h.wire.recv() == frame
        c.sendto(wrapped(sized(station(0x91), station(0x92), 100)), (s.addresses[0], PORT))  # to whom is behind b
        wait_until(lambda: d.drops("far") == {"same_port": 1}, what="the frame to be dropped")
        h.wire.send(mark := sized(BROADCAST, h.mac, 300))
        for sock in b, c:
            assert unwrapped(sock.recv(2000)) == (42, mark), "something came before"


def test_a_trace_says_which_remotes_a_frame_goes_to(lab):
    s, d, h = one_port(lab, 1, 2, n=3)

    def peers(dst):
        return next(p for p in d.rpc("switch.trace", port="h", frame=sized(dst, h.mac, 100).hex())["ports"] if p["port"] == "far")["peers"]
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        assert sorted(peers(BROADCAST)) == sorted(peers(station(0x91))) == sorted(s.addresses[1:])
        c.sendto(wrapped(sized(BROADCAST, station(0x91), 100)), (s.addresses[0], PORT))
        wait_until(lambda: d.where(station(0x91)) == "far")
        assert peers(station(0x91)) == [s.addresses[2]] and sorted(peers(BROADCAST)) == sorted(s.addresses[1:])
        h.wire.send(frame := sized(station(0x91), h.mac, 100), mark := sized(BROADCAST, h.mac, 300))
        assert [unwrapped(c.recv(2000))[1] for _ in range(2)] == [frame, mark]
        assert unwrapped(b.recv(2000)) == (42, mark), "what was said happens, and a trace sends nothing"
    text = d.swctl("trace", "--in", "h", "--dst", BROADCAST).stdout
    assert "it leaves here; to " in text and all(a in text for a in s.addresses[1:])
    d.rpc("port.set", port="far", remotes="")
    assert peers(BROADCAST) == []
    assert "no remote to send it to (no_remote)" in d.swctl("trace", "--in", "h", "--dst", BROADCAST).stdout


# who is heard, and what

def test_only_remotes_are_heard_from_any_port(lab):
    s, d, h = one_port(lab, 1, n=3)
    with s.socket(1) as b, s.socket(2, PORT) as stranger:
        stranger.sendto(wrapped(sized(BROADCAST, station(0x80), 100)), (s.addresses[0], PORT))
        frame = sized(BROADCAST, station(0x81), 100)
        b.sendto(wrapped(frame), (s.addresses[0], PORT))
        assert h.wire.recv() == frame
        assert d.drops("far") == {"wrong_peer": 1} and d.where(station(0x80)) is None


def test_headers_are_taken_as_the_rfc_says(lab):
    s, d, h = one_port(lab)
    frame = sized(BROADCAST, station(0x81), 100)
    with s.socket(1) as b:
        def send(data):
            b.sendto(data, (s.addresses[0], PORT))
        send(wrapped(frame, flags=0xFF, reserved=(0xFFFFFF, 0xFF)))  # reserved bits are not looked at
        assert h.wire.recv() == frame
        for bad in b"", wrapped(b"")[:7], wrapped(frame, flags=0), wrapped(frame, flags=0xF7):
            send(bad)
        for vni in 0, 41, 43, 0xFFFFFF:
            send(wrapped(frame, vni))
        send(wrapped(b""))
        send(wrapped(frame[:13]))
        send(wrapped(mark := sized(BROADCAST, station(0x81), 200)))
        assert h.wire.recv() == mark
    assert d.drops("far") == {"bad_vxlan": 4, "unknown_vni": 4, "runt": 2}


def test_senders_that_are_nobody_are_not_heard(lab):
    """Addresses that only this host itself could send from: the kernel lets none of them in."""
    s, d, h = one_port(lab, 1, any_source=True)

    def datagram(src, frame):
        udp = struct.pack("!HHHH", 50000, PORT, 16 + len(frame), 0) + wrapped(frame)
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, socket.inet_aton(src),
                           socket.inet_aton(s.addresses[0])) + udp
    for src in "127.0.0.1", s.addresses[0], "255.255.255.255", "239.1.1.1":
        send_raw(s.hosts[1], datagram(src, sized(BROADCAST, station(0x91), 100)))
    send_raw(s.hosts[1], datagram("192.0.2.99", mark := sized(BROADCAST, station(0x92), 100)))
    assert h.wire.recv() == mark and d.where(station(0x91)) is None
    assert d.stats("far")["rx_frames"] == 1


def test_any_source_is_heard_and_answered_where_it_is(lab):
    s, d, h = one_port(lab, 1, n=3, any_source=True)
    with s.socket(1, PORT) as b, s.socket(2, PORT) as stranger:
        stranger.sendto(wrapped(sized(h.mac, station(0x82), 100)), (s.addresses[0], PORT))
        assert len(h.wire.recv()) == 100
        h.wire.send(direct := sized(station(0x82), h.mac, 101), flood := sized(BROADCAST, h.mac, 102))
        assert receive(stranger)[1] == direct
        assert receive(b)[1] == flood
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):  # who was only heard is not flooded to
            stranger.recv(2000)
        d.rpc("port.set", port="far", any_source=False)
        stranger.setblocking(True)
        stranger.sendto(wrapped(sized(h.mac, station(0x82), 100)), (s.addresses[0], PORT))
        wait_until(lambda: d.drops("far") == {"wrong_peer": 1}, what="the stranger to be refused")
        h.wire.send(direct)
        assert receive(b)[1] == direct, "he is forgotten, so it is flooded"


def test_more_strangers_than_there_is_room_for(lab):
    s, d, h = one_port(lab, 1, any_source=True)
    m = s.hosts[1]
    many = [f"192.0.2.{n}" for n in range(2, 250)] + [f"192.0.3.{n}" for n in range(1, 251)]
    m.ip_cmd("addr flush dev " + DEVICE, *(f"addr add {a}/23 dev {DEVICE}" for a in many))
    for n, a in enumerate(many):
        with s.socket(1, address=a) as b:
            b.sendto(wrapped(sized(BROADCAST, station(0x1000 + n), 100)), (s.addresses[0], PORT))
    wait_until(lambda: d.stats("far")["rx_frames"] == len(many), what="all to be received")
    assert len(h.wire.drain()) == len(many) and d.drops("far") == {}


# who is where

def test_a_known_station_is_reached_through_its_remote_alone(lab):
    s, d, h = one_port(lab, 1, 2, n=3)
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        def heard(sock, vid=None):
            frame = sized(h.mac, station(0x91), 100)
            sock.sendto(wrapped(tagged(frame, (vid,)) if vid else frame), (s.addresses[0], PORT))
            assert h.wire.recv()

        def goes_to(vid=None):
            frame, mark = sized(station(0x91), h.mac, 100), sized(BROADCAST, h.mac, 200)
            h.wire.send(tagged(frame, (vid,)) if vid else frame, mark)
            got = []
            for sock in b, c:
                while (frame := receive(sock)[1]) != mark:
                    got.append(sock)
            return got

        assert goes_to() == [b, c]
        heard(b)
        assert goes_to() == [b]
        heard(c)  # it has moved
        assert goes_to() == [c]
        assert goes_to(7) == [b, c], "of another VLAN nothing is known"
        heard(b, 7)
        assert goes_to(7) == [b] and goes_to() == [c]
        d.rpc("port.set", port="far", max_remote_macs=100)  # another table
        assert goes_to(7) == [b] and goes_to() == [c]
        d.rpc("mac.del", mac=station(0x91), vlan=7)
        assert goes_to(7) == [b, c] and goes_to() == [c]
        d.rpc("mac.flush", vlan=7)
        assert goes_to() == [c]
        d.rpc("mac.flush")
        assert goes_to() == [b, c]


def test_stations_behind_remotes_age(lab):
    s, d, h = one_port(lab, 1, 2, n=3, settings={"ageing_s": 1})
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        def reaches_c():
            h.wire.send(frame := sized(station(0x91), h.mac, 111))
            return _arrives(c, frame)

        b.sendto(wrapped(sized(h.mac, station(0x91), 100)), (s.addresses[0], PORT))
        assert h.wire.recv() and not reaches_c()
        wait_until(reaches_c, what="the station to be forgotten")


def _arrives(sock, frame):
    try:
        return receive(sock, lambda got: got == frame, 0.2)[1] == frame
    except TimeoutError:
        return False


def test_a_remote_that_fills_the_table_crowds_out_only_itself(lab):
    s, d, h = one_port(lab, 1, 2, n=3, max_remote_macs=16)
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        def heard(sock, number):
            sock.sendto(wrapped(sized(h.mac, station(number), 100)), (s.addresses[0], PORT))
            assert h.wire.recv()

        def reached(number):
            h.wire.send(frame := sized(station(number), h.mac, 100), mark := sized(BROADCAST, h.mac, 200))
            got = []
            for sock in b, c:
                while (f := receive(sock)[1]) != mark:
                    got += [sock] * (f == frame)
            return got
        for n in range(1000, 1100):
            heard(b, n)
        assert reached(1000) == [b] and reached(1099) == [b, c], "there is room for sixteen"
        for n in range(2000, 2005):
            heard(c, n)
        assert all(reached(n) == [c] for n in range(2000, 2005))
        for n in range(1100, 1200):
            heard(b, n)
        assert all(reached(n) == [c] for n in range(2000, 2005))
    assert d.drops("far") == {}


def test_many_networks_share_one_socket_and_stay_apart(lab):
    s = Sites(lab)
    hosts = [lab.host(f"h{n}") for n in range(8)]
    d = s.switchd(0, {})
    switches = {f"sw{n}": {"ports": {"h": lab.tap(h), "far": s.vxlan(0, 1, vni=n)}} for n, h in enumerate(hosts)}
    d.rpc("config.apply", config={"switches": switches})
    for h in hosts:
        h.wire.drain()
    with s.socket(1, PORT) as b:
        for n, h in enumerate(hosts):
            b.sendto(wrapped(sized(BROADCAST, station(0x91), 100 + n), n), (s.addresses[0], PORT))
            assert len(h.wire.recv()) == 100 + n
            h.wire.send(frame := sized(BROADCAST, h.mac, 200 + n))
            vni, got, _ = receive(b)
            assert (vni, got) == (n, frame)
        assert not any(h.wire.drain() for h in hosts)
        assert s.hosts[0].run("ss", "-Hlun", f"sport = {PORT}").stdout.count(f":{PORT} ") == 1
        b.sendto(wrapped(bytes(60), 4711), (s.addresses[0], PORT))
        wait_until(lambda: d.drops("far", switch="sw0") == {"unknown_vni": 1}, what="it to be counted")
        d.rpc("switch.del", switch="sw0")  # the one that has had the address longest
        b.sendto(wrapped(bytes(60), 0), (s.addresses[0], PORT))
        wait_until(lambda: d.drops("far", switch="sw1") == {"unknown_vni": 1}, what="it to be counted")
        b.sendto(wrapped(sized(BROADCAST, station(0x91), 100), 5), (s.addresses[0], PORT))
        assert hosts[5].wire.recv()


def test_a_network_that_comes_and_goes_leaves_the_others_be(lab):
    s = Sites(lab)
    (d, a), (_, b) = s.site(0, 1), s.site(1, 0)
    stream = Stream(b, a)  # comes through the socket that both networks have
    with s.socket(1) as c:
        for n in range(10):
            d.rpc("switch.add", switch="sw1")
            d.rpc("port.add", switch="sw1", port="other", **s.vxlan(0, 1, vni=43))
            for _ in range(50):
                c.sendto(wrapped(sized(BROADCAST, station(0x91), 100), 43), (s.addresses[0], PORT))
            wait_until(lambda: d.stats("other", switch="sw1")["rx_frames"] == 50, what="its frames")
            if n % 2:
                d.rpc("port.del", switch="sw1", port="other")
            d.rpc("switch.del", switch="sw1")
            c.sendto(wrapped(sized(BROADCAST, station(0x91), 100), 43), (s.addresses[0], PORT))
            stream.flow_on(20)
    stream.finish()
    assert d.drops("far") == {"unknown_vni": 10}


def test_one_network_has_one_port(lab):
    s = Sites(lab)
    d = s.switchd(0, {"far": s.vxlan(0, 1)})
    for bad, says in ({"vni": 42}, "VNI 42 at 192.0.2.1:4789 is that of port far"), \
                     ({"vni": 43, "local": f"0.0.0.0:{PORT}"}, "in use"):
        with pytest.raises(RpcError) as e:
            d.rpc("port.add", port="more", type="vxlan", **{"local": s.at(0), **bad})
        assert e.value.code == SYSTEM and e.value.data["errno"] == "EADDRINUSE" and says in e.value.message
    d.rpc("port.add", port="more", type="vxlan", local=s.at(0), vni=43)
    d.rpc("port.del", port="far")
    d.rpc("port.del", port="more")
    with s.socket(0, PORT):
        pass  # the last has taken the socket along


# changes at run time

def test_remotes_change_under_traffic_and_nobody_else_notices(lab):
    s = Sites(lab, 3)
    (d, a), (e, b) = s.site(0, 1), s.site(1, 0)
    stream = Stream(a, b)
    with s.socket(2, PORT) as c:
        for n in range(10):
            d.rpc("port.set", port="far", remotes=",".join(s.addresses[i] for i in ([1, 2], [2, 1], [1])[n % 3]))
            d.rpc("port.set", port="far", any_source=n % 2 == 0, src_ports=f"{50000 + n}-50100", tos=str(4 * n),
                  df=("set", "inherit", "unset")[n % 3], udp_csum=n % 4 != 0, max_remote_macs=1000 + n)
            stream.flow_on(50)
        assert d.where(b.mac) == "far" and not _arrives(c, b"")
    assert stream.finish() > 500


def test_a_remote_that_goes_takes_its_stations_along(lab):
    s, d, h = one_port(lab, 1, 2, n=3)
    with s.socket(1, PORT) as b, s.socket(2, PORT) as c:
        b.sendto(wrapped(sized(h.mac, station(0x91), 100)), (s.addresses[0], PORT))
        assert h.wire.recv()
        d.rpc("port.set", port="far", remotes=s.addresses[2])
        assert d.port("far")["peer"] == s.at(2)
        h.wire.send(frame := sized(station(0x91), h.mac, 100))
        assert receive(c)[1] == frame
        b.sendto(wrapped(sized(h.mac, station(0x91), 100)), (s.addresses[0], PORT))
        wait_until(lambda: d.drops("far") == {"wrong_peer": 1}, what="it to be refused")
        d.rpc("port.set", port="far", remotes=f"{s.addresses[1]}:4790,{s.addresses[2]}")
        with s.socket(1, 4790) as other:
            h.wire.send(frame)
            assert receive(other)[1] == frame and receive(c)[1] == frame
        d.rpc("port.set", port="far", remotes="")
        assert "no remotes" in reason(d)
        h.wire.send(frame)
        wait_until(lambda: d.drops("far").get("no_remote") == 1, what="it to be counted")


def test_a_change_that_fails_changes_nothing(lab):
    s, d, h = one_port(lab)
    for bad in {"remotes": "192.0.2.2,nonsense"}, {"remotes": "[fe80::2%nowhere]"}, {"group": "239.1.1.1"}, \
               {"group": "239.1.1.1", "ifname": "nowhere"}, {"vni": 43}, {"vni": None}, {"df": "maybe"}, {"tos": "3"}:
        with pytest.raises(RpcError) as e:
            d.rpc("port.set", port="far", ttl=7, **bad)
        assert e.value.code in (INVALID_PARAMS, SYSTEM), bad
    assert d.port("far")["config"] == s.vxlan(0, 1) and d.port("far")["state"] == "up"
    with s.socket(1, PORT) as b:
        h.wire.send(frame := sized(BROADCAST, h.mac, 100))
        assert receive(b)[1] == frame


def test_another_vni_is_opened_anew(lab):
    s, d, h = one_port(lab)
    ports = {"h": lab.tap(h), "far": s.vxlan(0, 1, vni=43)}
    changes = d.rpc("config.apply", config={"switches": {"sw0": {"ports": ports}}})["changes"]
    assert [(c["op"], c["path"]) for c in changes] == [("reopen", "switches.sw0.ports.far.vni")]
    with s.socket(1, PORT) as b:
        h.wire.send(frame := sized(BROADCAST, h.mac, 100))
        assert receive(b)[:2] == (43, frame)


# what shows on the wire

def outer_of(s, h, capture, frame):
    h.wire.send(frame)
    return capture.next(lambda o: o.frame == frame)


@FAMILIES
def test_ttl_tos_and_df_are_as_set(lab, family):
    s, d, h = one_port(lab, family=family)
    cap = s.capture(1)
    frame = ipv4(h.mac, BROADCAST, tos=0xB8, ttl=33, df=True)
    six = ipv6(h.mac, BROADCAST, tos=0xB8, hops=34)
    other = sized(BROADCAST, h.mac, 100)
    o = outer_of(s, h, cap, frame)
    assert (o.tos, o.ttl, o.df) == (0, 64, family == 6) and o.checksum and o.vxlan == bytes.fromhex("0800000000002a00")
    d.rpc("port.set", port="far", ttl=5, tos="0x10", df="set")
    o = outer_of(s, h, cap, frame)
    assert (o.tos, o.ttl, o.df) == (0x10, 5, True)
    d.rpc("port.set", port="far", ttl=0, tos="inherit", df="inherit")
    o = outer_of(s, h, cap, frame)
    assert (o.tos, o.ttl, o.df) == (0xB8, 33, True)
    o = outer_of(s, h, cap, six)
    assert (o.tos, o.ttl, o.df) == (0xB8, 34, True)
    o = outer_of(s, h, cap, ipv4(h.mac, BROADCAST, ttl=33))
    assert (o.tos, o.ttl, o.df) == (0, 33, family == 6)
    o = outer_of(s, h, cap, other)
    assert (o.tos, o.ttl, o.df) == (0, 64, family == 6)
    d.rpc("port.set", port="far", udp_csum=False)
    o = outer_of(s, h, cap, frame)
    assert o.checksum == 0


@FAMILIES
def test_congestion_shows_outside_and_comes_back_in(lab, family):
    s, d, h = one_port(lab, family=family)
    cap = s.capture(1)
    for ecn in range(4):
        assert outer_of(s, h, cap, ipv4(h.mac, BROADCAST, tos=ecn)).tos == ecn
        assert outer_of(s, h, cap, ipv6(h.mac, BROADCAST, tos=0x20 | ecn)).tos == ecn
    with s.socket(1) as b:
        def marked(outer, frame):
            if family == 4:
                b.setsockopt(socket.IPPROTO_IP, IP_TOS, outer)
            else:
                b.setsockopt(socket.IPPROTO_IPV6, IPV6_TCLASS, outer)
            b.sendto(wrapped(frame), (s.addresses[0], PORT))
        src = station(0x91)
        h.wire.drain()
        for make in ipv4, ipv6:
            marked(3, make(src, h.mac, tos=2))
            assert h.wire.recv() == make(src, h.mac, tos=3)
            marked(1, make(src, h.mac, tos=2))
            assert h.wire.recv() == make(src, h.mac, tos=1)
            marked(2, make(src, h.mac, tos=0))
            assert h.wire.recv() == make(src, h.mac, tos=0)
            marked(3, make(src, h.mac, tos=0))
        marked(3, arp := sized(h.mac, src, 100))
        assert h.wire.recv() == arp
    assert d.drops("far") == {"congestion": 2}


def test_flows_show_in_the_source_port(lab):
    s, d, h = one_port(lab)
    ports = {}
    with s.socket(1, PORT) as b:
        def sport(flow, size=40):
            frame = ipv4(h.mac, BROADCAST, sport=flow, size=size)
            h.wire.send(frame)
            return receive(b, lambda got: got == frame)[2][1]
        for flow in range(1000, 1060):
            ports[flow] = sport(flow)
        assert all(49152 <= p for p in ports.values()) and 10 <= len(set(ports.values())) <= 16
        assert all(sport(flow, 50 + flow % 7) == p for flow, p in ports.items())
        d.rpc("port.set", port="far", src_ports="50000-50001")
        assert {sport(flow) for flow in ports} == {50000, 50001}
        with s.socket(0, 50003), s.socket(0, 50004):
            with pytest.raises(RpcError, match="src_ports"):
                d.rpc("port.set", port="far", src_ports="50003-50004")
            d.rpc("port.set", port="far", src_ports="50003-50005")
        assert {sport(flow) for flow in ports} == {50005}


@FAMILIES
def test_datagrams_without_a_checksum_are_taken(lab, family):
    s = Sites(lab, family=family)
    (d, a), (e, b) = s.site(0, 1, udp_csum=False), s.site(1, 0)
    assert a.ping(b, count=2) == 0
    tcp_transfer(a, b, MIB)
    assert d.drops("far") == {} and e.drops("far") == {}


# a network that is too narrow

@FAMILIES
def test_a_narrow_network_is_told_of_and_frames_go_in_fragments(lab, family):
    s = Sites(lab, mtu=1500, family=family)
    (d, a), (e, b) = s.site(0, 1), s.site(1, 0)
    overhead = 50 if family == 4 else 70
    wait_until(lambda: f"of 1500 need {1500 + overhead}" in reason(d), what="the port to warn")
    assert s.at(1) in reason(d) and f"to {1500 - overhead}" in reason(d) and "fragments" in reason(d)
    assert reason(d) in d.log() and d.port("far")["state"] == "up"
    assert a.ping(b, count=2, size=1472) == 0
    tcp_transfer(a, b, MIB)
    d.rpc("port.set", port="far", df="set")
    wait_until(lambda: "are dropped" in reason(d), what="the port to warn")
    a.wire.send(sized(BROADCAST, a.mac, 1514), sized(BROADCAST, a.mac, 1515 - overhead))
    wait_until(lambda: d.drops("far").get("path_mtu") == 2, what="the frames to be counted")
    tx = d.stats("far")["tx_frames"]
    a.wire.send(*[sized(BROADCAST, a.mac, 1514 - overhead)] * 3)
    wait_until(lambda: d.stats("far")["tx_frames"] == tx + 3, what="those that fit to be sent")
    for host in s.hosts:
        host.ip_cmd(f"link set {DEVICE} mtu 1600")
    wait_until(lambda: reason(d) == "", what="the warning to go")


def test_every_way_is_looked_at_where_devices_change_all_the_time(lab):
    s = Sites(lab)
    d, _ = s.site(0, remotes=",".join(f"198.51.100.{n}" for n in range(1, 41)))
    m = s.hosts[0]
    m.ip_cmd(f"route add 198.51.100.0/24 dev {DEVICE}", f"route add 198.51.100.40/32 dev {DEVICE} mtu lock 1000")
    mtu = itertools.cycle((9000, 9001))

    def warned():
        m.ip_cmd(f"link set lo mtu {next(mtu)}")
        return "198.51.100.40:4789 carries 1000" in reason(d)
    wait_until(warned, what="the port to warn of the last remote")


# a network that fails

def test_absent_remotes_are_told_of_and_the_others_are_reached(lab):
    s = Sites(lab, 3)
    d, a = s.site(0, 1, 2)
    e, b = s.site(1, 0, 2)
    for _ in range(3):
        a.wire.send(sized(BROADCAST, a.mac, 100))
    wait_until(lambda: "nobody receives" in reason(d), what="the port to say so")
    assert s.at(2) in reason(d) and d.port("far")["state"] == "up" and "nobody receives" in d.log()
    assert a.ping(b, count=3) == 0
    assert d.cpu_share() < 0.3, "it spins"
    f, c = s.site(2, 0, 1)
    assert c.ping(a, count=2) == 0
    wait_until(lambda: reason(d) == "", what="the reason to go")
    assert d.drops("far") == {}


def test_a_local_address_that_goes_and_comes_back(lab):
    s = Sites(lab)
    (d, a), (_, b) = s.site(0, 1), s.site(1, 0)
    assert a.ping(b) == 0
    s.hosts[0].ip_cmd(f"addr del 192.0.2.1/24 dev {DEVICE}", f"addr add 192.0.2.77/24 dev {DEVICE}")
    a.wire.send(*[sized(BROADCAST, a.mac, 100)] * 3)
    wait_until(lambda: d.drops("far").get("unreachable", 0) >= 3, what="the frames to be counted")
    s.hosts[0].ip_cmd(f"addr add 192.0.2.1/24 dev {DEVICE}")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")
    assert d.port("far")["state"] == "up"


def test_link_local_addresses_go_and_come_with_their_device(lab):
    s = Sites(lab, family=6)
    for i, m in enumerate(s.hosts):
        m.ip_cmd(f"addr add fe80::{i + 1}/64 dev {DEVICE} nodad")
    at = [f"[fe80::{i + 1}%{DEVICE}]" for i in range(2)]
    d, a = s.site(0, local=f"{at[0]}:{PORT}", remotes=at[1])
    e, b = s.site(1, local=f"[::]:{PORT}", remotes=at[0])
    assert a.ping(b, count=2) == 0
    for n in 1, 2:
        sh("ip", "link", "del", f"wan-{n}")
    assert DEVICE in d.wait_port("far", "lost")["reason"]
    assert e.port("far")["state"] == "up"
    for i, m in enumerate(s.hosts):
        sh("ip", "link", "add", f"wan-{i + 1}", "master", "wan0", "up", "type", "veth",
           "peer", "name", DEVICE, "netns", m.name)
        m.ip_cmd(f"link set {DEVICE} up", f"addr add fe80::{i + 1}/64 dev {DEVICE} nodad")
    d.wait_port("far")
    wait_until(lambda: a.ping(b, wait=1) == 0, what="pings to be answered")


# for people

def test_a_plain_user_may_have_vxlan_ports(lab):
    s = Sites(lab)
    d = lab.switchd(prefix=["nsenter", "--net=/run/netns/m1", "setpriv", "--reuid=65534", "--regid=65534",
                            "--clear-groups"])
    _, b = s.site(1, 0)
    d.rpc("port.add", port="far", **s.vxlan(0, 1))
    b.wire.send(sized(BROADCAST, b.mac, 100))
    wait_until(lambda: d.where(b.mac) == "far")
    assert d.port("far")["state"] == "up"


@pytest.mark.parametrize("bad, says", [
    ({}, "\"vni\" is missing"),
    ({"vni": 1 << 24}, "16777215"),
    ({"vni": -1}, "16777215"),
    ({"vni": 1, "remotes": "239.1.1.1"}, "set with group"),
    ({"vni": 1, "remotes": "2001:db8::1"}, "[::]:4789"),
    ({"vni": 1, "local": "192.0.2.1:4789", "remotes": "192.0.2.1"}, "hear itself"),
    ({"vni": 1, "group": "239.1.1.1", "ifname": "eth0"}, "any_source"),
    ({"vni": 1, "mtu": 65478}, "65477"),
], ids=lambda v: " ".join(map(str, v.values())) or "nothing" if isinstance(v, dict) else "")
def test_an_impossible_vxlan_port_is_refused_with_the_reason(lab, bad, says):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="far", type="vxlan", **bad)
    assert e.value.code == INVALID_PARAMS and says in e.value.message, e.value.message
    assert d.ports() == {}


def test_swctl_makes_shows_and_sets_one(lab):
    s = Sites(lab, 3)
    d = s.switchd(0, {})
    out = d.swctl("add", "port", "far", "--type", "vxlan", "--vni", "42", "--local", s.at(0), "--remotes",
                  "192.0.2.2,192.0.2.3")
    assert out.stdout == "port far added on sw0: up, 192.0.2.1:4789 to 2 remotes\n"
    told = d.swctl("show", "port", "far").stdout
    for line in "type:       vxlan", "local:      192.0.2.1:4789", "peer:       2 remotes":
        assert line in told.splitlines()
    assert "remotes 192.0.2.2,192.0.2.3" in told
    many = ",".join(f"198.51.100.{n}" for n in range(1, 101))
    d.swctl("set", "port", "far", "--remotes", many, "--tos", "inherit")
    assert d.port("far")["config"] == {"type": "vxlan", "vni": 42, "local": s.at(0), "remotes": many, "tos": "inherit"}
    bad = d.swctl("set", "port", "far", "--tos", "3", check=False)
    assert bad.returncode == 2 and "multiple of 4" in bad.stdout
