# SPDX-License-Identifier: ISC
"""The control protocol to the letter, and what it makes of nonsense (docs/protocol.md)."""
import json
import os
import re

import pytest

from conftest import ROOT
from rpc import INVALID_PARAMS, INVALID_REQUEST, LIMIT, NO_METHOD, NOT_FOUND, PARSE_ERROR, Closed, RpcError

INFO = {"jsonrpc": "2.0", "id": 1, "method": "daemon.info"}


def documented_methods():
    methods = (ROOT / "docs/protocol.md").read_text().partition("## Methods")[2].partition("### Events")[0]
    return set(re.findall(r"`((?!data\.)[a-z]+\.[a-z]+)[ `]", methods))


def test_discover_lists_what_the_documentation_lists(lab):
    listed = {m["name"] for m in lab.switchd().rpc("rpc.discover")["methods"]}
    assert listed - {"rpc.discover", "subscribe", "unsubscribe"} == documented_methods()


def test_info_tells_who_answers(lab):
    d = lab.switchd()
    info = d.rpc("daemon.info")
    assert info["pid"] == d.pid and info["clients"] >= 1 and info["version"] and info["uptime_s"] >= 0
    assert "config_file" not in info
    assert d.rpc("switch.list")["switches"][0]["name"] == "sw0"


@pytest.mark.parametrize("line, code", [
    ("{", PARSE_ERROR), ("}", PARSE_ERROR), ("nonsense", PARSE_ERROR), ('{"jsonrpc":"2.0",}', PARSE_ERROR),
    ('{"a":1} {"b":2}', PARSE_ERROR), ('{"a":1,"a":2}', PARSE_ERROR), (b'{"a":"\xff\xfe"}', PARSE_ERROR),
    (b'{"a":"\x00"}', PARSE_ERROR), ("'single'", PARSE_ERROR), ("NaN", PARSE_ERROR),
    ("1" * 40, PARSE_ERROR), ('{"a":1e999}', PARSE_ERROR),
    ("1", INVALID_REQUEST), ('"x"', INVALID_REQUEST), ("null", INVALID_REQUEST), ("{}", INVALID_REQUEST),
    ("[]", INVALID_REQUEST), ('{"jsonrpc":"1.0","id":1,"method":"daemon.info"}', INVALID_REQUEST),
    ('{"id":1,"method":"daemon.info"}', INVALID_REQUEST), ('{"jsonrpc":"2.0","id":1}', INVALID_REQUEST),
    ('{"jsonrpc":"2.0","id":1,"method":5}', INVALID_REQUEST),
    ('{"jsonrpc":"2.0","id":{},"method":"daemon.info"}', INVALID_REQUEST),
    ('{"jsonrpc":"2.0","id":[1],"method":"daemon.info"}', INVALID_REQUEST),
    ('{"jsonrpc":"2.0","id":1,"method":"daemon.info","params":5}', INVALID_REQUEST),
    ('{"jsonrpc":"2.0","id":1,"method":"daemon.info","params":"x"}', INVALID_REQUEST),
], ids=lambda x: repr(x)[:40])
def test_a_line_that_is_no_request_gets_the_right_error(lab, line, code):
    d = lab.switchd()
    c = d.client()
    answer = c.ask(line)
    assert answer["error"]["code"] == code and answer["error"]["message"], answer
    assert answer["jsonrpc"] == "2.0" and "id" in answer and "result" not in answer
    assert c("daemon.info")["pid"] == d.pid, "the connection is of use still"


def test_a_parse_error_names_the_column(lab):
    c = lab.switchd().client()
    message = c.ask('{"jsonrpc":"2.0", oops}')["error"]["message"]
    assert re.search(r"\b(18|19|2[0-2])\b", message), message


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused_and_32_levels_are_not(lab, opening, closing):
    d = lab.switchd()
    c = d.client()
    for depth in 33, 1000, 100_000:
        inner = opening * depth + "1" + closing * depth
        for line in inner, '{"jsonrpc":"2.0","id":1,"method":"daemon.info","params":{"x":%s}}' % inner:
            assert c.ask(line)["error"]["code"] in (PARSE_ERROR, INVALID_REQUEST)
    ok = '{"jsonrpc":"2.0","id":1,"method":"daemon.info","params":{"x":%s}}' % (opening * 30 + "1" + closing * 30)
    assert c.ask(ok)["error"]["code"] == INVALID_PARAMS


@pytest.mark.parametrize("size", [(1 << 20) + 1, 3 << 20])
def test_a_line_of_more_than_a_mebibyte_is_refused_and_others_do_not_notice(lab, size):
    d = lab.switchd()
    c = d.client()
    try:
        c.send_line('{"jsonrpc":"2.0","id":1,"method":"' + "x" * size + '"}')
        assert c.answer()["error"]["code"] in (INVALID_REQUEST, PARSE_ERROR)
    except (Closed, BrokenPipeError, ConnectionResetError):
        pass  # to hang up is an answer as well
    assert d.rpc("daemon.info")["pid"] == d.pid


def test_a_line_of_almost_a_mebibyte_is_read(lab):
    c = lab.switchd().client()
    line = json.dumps({**INFO, "id": "x" * ((1 << 20) - 100)})
    assert len(line) < 1 << 20
    assert c.ask(line)["result"]["pid"]


def test_an_id_comes_back_as_it_was(lab):
    c = lab.switchd().client()
    for i in 0, -1, 2 ** 53, "text", "", None, 1.5:
        assert c.ask(json.dumps({**INFO, "id": i}))["id"] == i
    assert c.ask(b'{"jsonrpc":"2.0","id":"\\u00e4\\n","method":"daemon.info"}')["id"] == "\u00e4\n"


def test_a_batch_is_answered_by_one_array(lab):
    d = lab.switchd()
    c = d.client()
    batch = [INFO, {**INFO, "id": 2, "method": "nope"}, {"jsonrpc": "2.0", "method": "daemon.info"}, 5,
             {**INFO, "id": "last"}]
    answers = c.ask(json.dumps(batch))
    assert isinstance(answers, list) and len(answers) == 4
    by_id = {a["id"]: a for a in answers}
    assert by_id[1]["result"]["pid"] == d.pid and "result" in by_id["last"]
    assert by_id[2]["error"]["code"] == NO_METHOD and by_id[None]["error"]["code"] == INVALID_REQUEST


def test_notifications_are_carried_out_and_not_answered(lab):
    d = lab.switchd()
    c = d.client()
    c.send_line('{"jsonrpc":"2.0","method":"switch.add","params":{"switch":"silent"}}')
    c.send_line('{"jsonrpc":"2.0","method":"no.such.method"}')
    c.send_line('[{"jsonrpc":"2.0","method":"switch.add","params":{"switch":"too"}}]')
    assert c.ask(json.dumps(INFO))["id"] == 1, "the first answer is that to the first question"
    assert [s["name"] for s in c("switch.list")["switches"]] == ["sw0", "silent", "too"]


def test_parameters_go_by_position_too(lab):
    d, a = lab.lan(1)
    methods = {m["name"]: m["params"] for m in d.rpc("rpc.discover")["methods"]}
    names = [p["name"] for p in methods["mac.add"]]
    values = {"switch": "sw0", "mac": "02:00:00:00:01:00", "port": "h1", "vlan": 5, "remote": ""}
    c = d.client()
    assert c.call("mac.add", [values[n] for n in names]) == {}
    assert d.where("02:00:00:00:01:00", 5) == "h1"
    with pytest.raises(RpcError) as e:
        c.call("daemon.info", [1, 2, 3])
    assert e.value.code == INVALID_PARAMS


def test_spaces_carriage_returns_and_empty_lines_do_no_harm(lab):
    c = lab.switchd().client()
    for line in json.dumps(INFO) + "\r", "   " + json.dumps(INFO) + "  ", "\t" + json.dumps(INFO):
        assert "result" in c.ask(line)


def test_a_request_in_pieces_and_many_in_one_piece(lab):
    c = lab.switchd().client()
    for byte in json.dumps(INFO):
        c.sock.sendall(byte.encode())
    c.sock.sendall(b"\n")
    assert "result" in c.answer()
    c.sock.sendall(b"".join(json.dumps({**INFO, "id": i}).encode() + b"\n" for i in range(500)))
    assert [c.answer()["id"] for _ in range(500)] == list(range(500)), "answers come in the order of the requests"


@pytest.mark.parametrize("typed, meant", [
    ("mac.lsit", "mac.list"), ("port.ad", "port.add"), ("daemon.inf", "daemon.info"),
])
def test_an_unknown_method_suggests_the_nearest(lab, typed, meant):
    with pytest.raises(RpcError) as e:
        lab.switchd().rpc(typed)
    assert e.value.code == NO_METHOD and meant in e.value.message and typed in e.value.message


@pytest.mark.parametrize("method, params, meant", [
    ("port.add", {"port": "p", "mtuu": 1500}, "mtu"), ("port.add", {"port": "p", "ifnam": "x"}, "ifname"),
    ("port.add", {"prot": "p"}, "port"), ("mac.list", {"prot": "h1"}, "port"),
    ("switch.set", {"ageing": 5}, "ageing_s"),
    ("switch.add", {"switch": "x", "max_mac": 5}, "max_macs"), ("subscribe", {"event": ["mac"]}, "events"),
])
def test_an_unknown_parameter_is_refused_with_the_nearest(lab, method, params, meant):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        d.rpc(method, **params)
    assert e.value.code == INVALID_PARAMS and f"{meant}" in e.value.message, e.value.message
    assert d.ports() == {} and len(d.rpc("switch.list")["switches"]) == 1


def test_settings_of_a_switch_are_checked(lab):
    d = lab.switchd()
    for bad in ({"ageing_s": -1}, {"ageing_s": 1000001}, {"ageing_s": "300"}, {"ageing_s": 1.5}, {"max_macs": 15},
                {"max_macs": 4194305}, {"max_macs": None, "ageing_s": True}, {"link_local": "both"}):
        with pytest.raises(RpcError) as e:
            d.rpc("switch.set", **bad)
        assert e.value.code == INVALID_PARAMS, bad
        assert any(k in e.value.message or k in str(e.value.data.get("path")) for k in bad)
    assert d.rpc("switch.list")["switches"][0]["settings"].items() >= {"ageing_s": 300, "max_macs": 65536, "link_local": "drop"}.items()


def test_switches_are_added_and_deleted(lab):
    d = lab.switchd()
    assert d.rpc("switch.add", switch="two", ageing_s=7) == {}
    assert {s["name"]: s["settings"]["ageing_s"] for s in d.rpc("switch.list")["switches"]} == {"sw0": 300, "two": 7}
    with pytest.raises(RpcError) as e:
        d.rpc("port.add", port="t0")  # which of the two?
    assert e.value.code == INVALID_PARAMS and "switch" in e.value.message
    d.rpc("port.add", switch="two", port="t0")
    for bad in "", "a/b", "x" * 32, "a b", 5:
        with pytest.raises(RpcError) as e:
            d.rpc("switch.add", switch=bad)
        assert e.value.code == INVALID_PARAMS
    with pytest.raises(RpcError, match="two"):
        d.rpc("switch.add", switch="two")
    d.rpc("switch.del", switch="two")
    with pytest.raises(RpcError) as e:
        d.rpc("port.list", switch="two")
    assert e.value.code == NOT_FOUND


def test_the_number_of_switches_is_limited(lab):
    d = lab.switchd()
    with pytest.raises(RpcError) as e:
        for i in range(65):
            d.rpc("switch.add", switch=f"s{i}")
    assert e.value.code == LIMIT and len(d.rpc("switch.list")["switches"]) == 64


def test_every_drop_is_explained(lab):
    d = lab.switchd()
    reasons = {r["reason"]: r for r in d.rpc("drops.explain")["reasons"]}
    assert {"runt", "oversize", "link_local", "same_port", "egress_mtu"} <= set(reasons)
    assert all(len(r["text"]) > 20 and r["direction"] in ("in", "out") for r in reasons.values())
    assert d.rpc("drops.explain", reason="runt")["reasons"] == [reasons["runt"]]
    with pytest.raises(RpcError) as e:
        d.rpc("drops.explain", reason="rant")
    assert "runt" in e.value.message


def test_list_limits_are_checked(lab):
    d = lab.switchd()
    for bad in ({"limit": 0}, {"limit": 1001}, {"limit": -5}, {"limit": "10"}, {"after": "x"}, {"after": -1},
                {"mac": "02"}, {"vlan": 4096}):
        with pytest.raises(RpcError) as e:
            d.rpc("mac.list", **bad)
        assert e.value.code == INVALID_PARAMS, bad
    assert d.rpc("mac.list", after=10 ** 6) == {"macs": [], "next": None, "total": 0}


def test_events_are_chosen_by_name_group_and_switch(lab):
    d = lab.switchd()
    d.rpc("switch.add", switch="two")
    everything, ports, one = d.subscribe(), d.subscribe("port"), d.client()
    one("subscribe", events=["port.added"], switch="two")
    d.rpc("port.add", switch="sw0", port="t0")
    d.rpc("port.add", switch="two", port="t1")
    d.rpc("switch.del", switch="two")
    assert [(e["event"], e["port"]) for e in one.events_so_far()] == [("port.added", "t1")]
    names = [e["event"] for e in ports.events_so_far()]
    assert "port.added" in names and "port.removed" in names and all(n.startswith("port.") for n in names)
    assert "switch.removed" in [e["event"] for e in everything.events_so_far()]
    with pytest.raises(RpcError) as e:
        one("subscribe", events=["mac.lerned"])
    assert e.value.code == INVALID_PARAMS and "mac.learned" in e.value.message
    assert everything("unsubscribe") == {"subscribed": False}
    d.rpc("port.add", switch="sw0", port="t2")
    assert everything.events_so_far() == []


def test_changes_are_logged_with_who_asked(lab):
    d = lab.switchd()
    d.rpc("port.add", port="t0")
    assert re.search(rf"port\.add .*asked by pid {os.getpid()} ", d.log()), d.log_tail()


def test_every_change_is_logged_not_only_the_first_ones(lab):
    """A limit of what is logged is for what repeats by itself, not for who changed what."""
    d = lab.switchd()
    for i in range(30):
        d.rpc("switch.add", switch=f"s{i}")
    assert [i for i in range(30) if f'"s{i}"' not in d.log()] == []
