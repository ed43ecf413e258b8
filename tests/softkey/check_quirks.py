#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each profile and quirk behaves as it is named. `check_quirks.py NAME' runs one check."""
import subprocess
import sys
import threading

from fido2.ctap1 import Ctap1

from client import *
from softkey_device import SOFTKEY, Softkey

PIN = "1234"
HMAC = {"hmac-secret": True}


def extensions(c):
    return c.auth_data.extensions or {}


def check_profiles_all():
    """Every listed profile makes a key that can register and assert."""
    out = subprocess.run([SOFTKEY, "profiles"], stdout=subprocess.PIPE, check=True).stdout.decode()
    names = [line.split()[0] for line in out.splitlines()]
    assert len(names) > 30
    for name in names:
        if name == "u2f-only":
            continue
        with Softkey(name, pin=PIN) as k:
            ctap = k.ctap()
            c = make(ctap, PIN, name="a")
            verify(c, get(ctap, listed(c), PIN))
    for bad in (["--profile", "nonsense"], ["--quirk", "nonsense=1"], ["--quirk", "ctap=3.0"], ["--quirk", "max-creds=65"],
                ["--quirk", "firmware=1.2"], ["--pin", "123"]):
        assert subprocess.run([SOFTKEY, "new", "/nonexistent/x"] + bad, stderr=subprocess.DEVNULL).returncode != 0


def check_ctap20():
    """One secret, no credProtect, no permissions, protocol 1: the PIN protects nothing."""
    with Softkey("ctap20", pin=PIN) as k:
        ctap = k.ctap()
        i = ctap.info
        assert i.versions == ["U2F_V2", "FIDO_2_0"] and i.pin_uv_protocols == [1] and i.algorithms is None
        assert i.extensions == ["hmac-secret"] and "pinUvAuthToken" not in i.options and "makeCredUvNotRqd" not in i.options
        with Fails(ERR.PIN_REQUIRED):
            make(ctap)
        c = make(ctap, PIN, ext={"hmac-secret": True, "credProtect": 3})
        assert extensions(c) == HMAC
        _, with_pin = get(ctap, listed(c), PIN, salts=SALT1)
        a, without = get(ctap, listed(c), salts=SALT1)
        assert with_pin == without and not a.auth_data.is_user_verified()
        with Fails(ERR.UNSUPPORTED_OPTION):
            get(ctap, listed(c), PIN, uv=True)


def check_ctap21pre():
    with Softkey("ctap21pre", pin=PIN) as k:
        i = k.ctap().info
        assert "FIDO_2_1_PRE" in i.versions and "FIDO_2_1" not in i.versions and i.options["credentialMgmtPreview"]
        make(k.ctap(), PIN, rk=True)
        assert manage(k.ctap(), PIN).get_metadata() == {1: 1, 2: 24}


def check_uv_change():
    """Before enrolment a bare touch gives the secret without UV, after it the one with UV."""
    with Softkey("uv-change", pin=PIN) as k:
        ctap = k.ctap()
        assert ctap.info.options["uv"] is False
        c = make(ctap, PIN, ext=HMAC)
        a, before = get(ctap, listed(c), salts=SALT1)
        assert not a.auth_data.is_user_verified()
        k.ctl("fingerprint", "enrol")
        assert ctap.get_info().options["uv"] is True
        a, after = get(ctap, listed(c), salts=SALT1)
        assert a.auth_data.is_user_verified() and after != before


def check_fingerprint():
    with Softkey("fingerprint", pin=PIN) as k:
        ctap = k.ctap()
        c = make(ctap, PIN, ext=HMAC)
        a, secret = get(ctap, listed(c), uv=True, salts=SALT1)
        assert a.auth_data.is_user_verified() and secret == get(ctap, listed(c), PIN, salts=SALT1)[1]
        assert not get(ctap, listed(c)).auth_data.is_user_verified()
        cp = client_pin(ctap)
        param = cp.protocol.authenticate(cp.get_uv_token(2, RP), CDH)
        k.ctl("button", "ignore")  # the sensor's touch was the touch
        a = ctap.get_assertion(RP, CDH, listed(c), pin_uv_param=param, pin_uv_protocol=2)
        assert a.auth_data.is_user_verified() and a.auth_data.is_user_present()
        k.ctl("button", "auto")
        k.ctl("fingerprint", "fail")
        for left in (2, 1, 0):
            with Fails(ERR.UV_INVALID, ERR.UV_BLOCKD):
                cp.get_uv_token(2, RP)
            assert cp.get_uv_retries()[0] == left
        with Fails(ERR.UV_BLOCKD):
            cp.get_uv_token(2, RP)
        k.ctl("fingerprint", "match")
        get(ctap, listed(c), PIN)
    with Softkey(pin=PIN) as k:
        with Fails(ERR.INVALID_OPTION):
            get(k.ctap(), listed(b"x"), uv=True)


def check_hmac():
    with Softkey("no-hmac", pin=PIN) as k:
        assert "hmac-secret" not in k.ctap().info.extensions
        c = make(k.ctap(), ext=HMAC)
        assert not extensions(c) and get(k.ctap(), listed(c), salts=SALT1)[1] is None
    with Softkey("one-secret", pin=PIN) as k:
        c = make(k.ctap(), ext=HMAC)
        assert get(k.ctap(), listed(c), salts=SALT1)[1] == get(k.ctap(), listed(c), PIN, salts=SALT1)[1]
    for profile, answers in (("default", False), ("hmac-uncreated", True)):
        with Softkey(profile, pin=PIN) as k:
            secret = get(k.ctap(), listed(make(k.ctap())), PIN, salts=SALT1)[1]
            assert (secret is not None) == answers
    for profile, code in (("default", ERR.UNSUPPORTED_OPTION), ("hmac-noup-invalid", ERR.INVALID_OPTION)):
        with Softkey(profile) as k:
            with Fails(code):
                get(k.ctap(), listed(make(k.ctap(), ext=HMAC)), up=False, salts=SALT1)
    with Softkey("hmac-noup") as k:
        c = make(k.ctap(), ext=HMAC)
        assert get(k.ctap(), listed(c), up=False, salts=SALT1)[1] == get(k.ctap(), listed(c), salts=SALT1)[1]


def check_cred_protect():
    with Softkey("protect-ignored", pin=PIN) as k:
        c = make(k.ctap(), PIN, ext={"credProtect": 3})
        assert extensions(c) == {"credProtect": 3}
        assert not get(k.ctap(), listed(c)).auth_data.is_user_verified()
    with Softkey("protect3-pin", pin=PIN) as k:
        with Fails(ERR.PIN_REQUIRED):
            get(k.ctap(), listed(make(k.ctap(), PIN, ext={"credProtect": 3})), up=False)


def check_preflight():
    with Softkey("always-uv", pin=PIN) as k:
        ctap = k.ctap()
        assert ctap.info.options["alwaysUv"] is True and ctap.info.options["makeCredUvNotRqd"] is False
        with Fails(ERR.PIN_REQUIRED):
            make(ctap)
        c = make(ctap, PIN)
        for up in (None, False):
            with Fails(ERR.NO_CREDENTIALS):
                get(ctap, listed(c), up=up)
        verify(c, get(ctap, listed(c), PIN))
    with Softkey("fingerprint", always_uv="yes") as k:
        a = get(k.ctap(), listed(make(k.ctap())))
        assert a.auth_data.is_user_verified() and k.stats()["touches"] == 2
    with Softkey("preflight-broken", pin=PIN) as k:
        c = make(k.ctap())
        get(k.ctap(), listed(c))
        with Fails(ERR.UNSUPPORTED_OPTION):
            get(k.ctap(), listed(c), up=False)
    with Softkey(preflight="pin-required") as k:
        with Fails(ERR.PIN_REQUIRED):
            get(k.ctap(), listed(make(k.ctap())), up=False)


def check_allow_list():
    for profile, picked in (("default", 0), ("pick-last", 1)):
        with Softkey(profile) as k:
            c = [make(k.ctap()), make(k.ctap())]
            a = get(k.ctap(), listed(b"\0" * 70, c[0], b"\0" * 134, c[1], b"\0" * 70))
            assert a.credential["id"] == cred_id(c[picked])
    for profile, limit, id_len in (("list8", 8, 134), ("default", 16, 70), ("list20", 20, 176), ("list-absent", None, 70)):
        with Softkey(profile) as k:
            ctap = k.ctap()
            c = make(ctap)
            assert ctap.info.max_creds_in_list == limit and len(cred_id(c)) == id_len
            assert ctap.info.max_cred_id_length >= id_len
            verify(c, get(ctap, listed(*[b"\0" * 70] * ((limit or 40) - 1) + [c])))
            if limit:
                with Fails(ERR.LIMIT_EXCEEDED):
                    get(ctap, listed(*[b"\0" * 70] * limit + [c]))


def check_touch():
    """Unknown credentials, and the three codes for no touch."""
    cases = (("default", True, ERR.OPERATION_DENIED), ("touch-first", False, 0x3A), ("user-timeout", True, ERR.USER_ACTION_TIMEOUT))
    for profile, at_once, code in cases:
        with Softkey(profile, touch_timeout=50) as k:
            ctap = k.ctap()
            c = make(ctap)
            for button in ("ignore", "refuse"):
                k.ctl("button", button)
                with Fails(ERR.NO_CREDENTIALS if at_once else code):
                    get(ctap, listed(b"\0" * 70))
                with Fails(code):
                    get(ctap, listed(c))
            k.ctl("button", "auto")
            with Fails(ERR.NO_CREDENTIALS):
                get(ctap, listed(b"\0" * 70))


def check_stray_cancel():
    """After a cancel one more reply comes; a fresh channel is clean."""
    for profile, stray in (("default", False), ("stray-cancel", True)):
        with Softkey(profile, keepalive=20) as k:
            ctap = k.ctap()
            k.ctl("button", "wait")
            stop = threading.Event()
            with Fails(ERR.KEEPALIVE_CANCEL):
                ctap.selection(event=stop, on_keepalive=lambda _: stop.set())
            k.ctl("button", "auto")
            reply = ctap.device.call(0x10, b"\x06\xa2\x01\x02\x02\x01")
            assert (reply == b"\0") == stray, reply
            assert client_pin(k.ctap()).get_pin_retries()[0] == 8


def check_attestation():
    with Softkey("self-attestation") as k:
        for alg in (-7, -8):
            c = make(k.ctap(), algs=(alg,))
            assert c.fmt == "packed" and set(c.att_statement) == {"alg", "sig"} and c.att_statement["alg"] == alg
            c.auth_data.credential_data.public_key.verify(c.auth_data + CDH, c.att_statement["sig"])
    with Softkey("no-attestation") as k:
        c = make(k.ctap())
        assert c.fmt == "none" and c.att_statement == {}
    with Softkey("foreign-attestation") as k:
        assert not attested(make(k.ctap()), root())


def check_algorithms():
    for profile in ("es256", "no-attestation"):
        with Softkey(profile) as k:
            with Fails(ERR.UNSUPPORTED_ALGORITHM):
                make(k.ctap(), algs=(-8,))
            assert make(k.ctap(), algs=(-8, -7)).auth_data.credential_data.public_key[3] == -7
            listed_algs = k.ctap().info.algorithms
            assert listed_algs is None if profile == "no-attestation" else [a["alg"] for a in listed_algs] == [-7]


def check_pin_protocols():
    for profile, has in (("protocol1", 1), ("protocol2", 2)):
        with Softkey(profile, pin=PIN) as k:
            ctap = k.ctap()
            assert ctap.info.pin_uv_protocols == [has]
            make(ctap, PIN)
            with Fails(ERR.INVALID_PARAMETER):
                make(ctap, PIN, protocol=3 - has)


def check_pin_to_create():
    for profile, said in (("default", True), ("pin-to-create", False), ("ctap21pre", None)):
        with Softkey(profile, pin=PIN) as k:
            ctap = k.ctap()
            assert ctap.info.options.get("makeCredUvNotRqd") is said
            if said:
                make(ctap)
            else:
                with Fails(ERR.PIN_REQUIRED):
                    make(ctap)
            with Fails(ERR.PIN_REQUIRED):
                make(ctap, rk=True)


def check_counters():
    def run(profile):
        with Softkey(profile) as k:
            c = [make(k.ctap()), make(k.ctap())]
            seen = [get(k.ctap(), listed(c[i])).auth_data.counter for i in (0, 1, 0)]
            k.ctl("replug")
            seen.append(get(k.ctap(), listed(c[0])).auth_data.counter)
            k.stop()
            k.start()
            return seen + [get(k.ctap(), listed(c[0])).auth_data.counter]
    assert run("default") == [3, 4, 5, 6, 7]
    assert run("counter-credential") == [2, 2, 3, 4, 5]
    assert run("counter-volatile") == [3, 4, 5, 1, 1]
    assert run("counter-zero") == [0] * 5


def check_small_user():
    with Softkey("small-user") as k:
        make(k.ctap())
        with Fails(ERR.LIMIT_EXCEEDED):
            make(k.ctap(), name="n" * 60)
    with Softkey() as k:
        make(k.ctap(), name="n" * 60)


def check_sticky_block():
    for profile, needs in (("default", 1), ("sticky-block", 2)):
        with Softkey(profile, pin=PIN) as k:
            for _ in range(3):
                with Fails(ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED):
                    client_pin(k.ctap()).get_pin_token("0000", 1, RP)
            for _ in range(needs):
                with Fails(ERR.PIN_AUTH_BLOCKED):
                    make(k.ctap(), PIN)
                k.ctl("replug")
            make(k.ctap(), PIN)


def check_eucleak():
    for profile, aaguid, version in (("eucleak", "2fc0579f811347eab116bb5a8db9202a", 0x050403),
                                     ("eucleak-fixed", "a25f5342b12a4de3a8aec8de25668ea5", 0x050701)):
        with Softkey(profile) as k:
            ctap = k.ctap()
            assert ctap.info.aaguid.hex() == aaguid and ctap.info.firmware_version == version
            assert make(ctap).auth_data.credential_data.aaguid.hex() == aaguid
            assert ctap.device.device_version == (5, version >> 8 & 255, version & 255)


def check_abandoned():
    """A program that dies leaves the key blinking, and busy, until the touch times out; or not."""
    for abandoned in ("keep", "cancel"):
        with Softkey(abandoned=abandoned, keepalive=20) as k:
            k.ctl("button", "wait")
            dev = k.device()
            dev._connection.write_packet((dev._channel_id.to_bytes(4, "big") + b"\x90\x00\x01\x0b").ljust(64, b"\0"))
            k.ctl("await")
            dev._connection.close()
            if abandoned == "keep":
                with Fails(ERR.CHANNEL_BUSY):
                    k.device().call(0x10, b"\x04")
                k.ctl("button", "press")
            else:
                assert any(not k.info()["blinking"] for _ in range(1000))
            assert k.ctap().info.versions


def check_u2f_only():
    with Softkey("u2f-only") as k:
        dev = k.device()
        assert not dev.capabilities & 4
        with Fails(ERR.INVALID_COMMAND):
            dev.call(0x10, b"\x04")
        u2f = Ctap1(dev)
        reg = u2f.register(CDH, sha256(RP.encode()))
        u2f.authenticate(CDH, sha256(RP.encode()), reg.key_handle).verify(sha256(RP.encode()), CDH, reg.public_key)


def check_misc():
    with Softkey("u2f-off") as k:
        assert "U2F_V2" not in k.ctap().info.versions and k.device().capabilities & 8
    with Softkey(rk="no") as k:
        assert k.ctap().info.options["rk"] is False and "credMgmt" not in k.ctap().info.options
        with Fails(ERR.UNSUPPORTED_OPTION):
            make(k.ctap(), rk=True)


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]]()
