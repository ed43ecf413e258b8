#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the faithful key. `check_base.py NAME' runs one."""
import socket
import struct
import sys
import threading

from fido2.ctap1 import ApduError, Ctap1
from fido2.hid import CTAPHID

from client import *
from softkey_device import Softkey


def check_pin_protocols():
    """makeCredential, getAssertion, hmac-secret with both protocols, one and two salts."""
    with Softkey(pin="1234") as k:
        ctap = k.ctap()
        for protocol in (1, 2):
            c = make(ctap, "1234", ext={"hmac-secret": True}, protocol=protocol)
            assert c.auth_data.is_user_verified() and c.auth_data.extensions == {"hmac-secret": True}
            a, one = get(ctap, listed(c), "1234", salts=SALT1, protocol=protocol)
            verify(c, a)
            assert a.auth_data.is_user_verified() and a.auth_data.is_user_present() and len(one) == 32
            _, two = get(ctap, listed(c), "1234", salts=SALT2 + SALT1, protocol=protocol)
            assert len(two) == 64 and two[32:] == one != two[:32]
            _, other = get(ctap, listed(c), "1234", salts=SALT1, protocol=3 - protocol)
            assert other == one
            _, bare = get(ctap, listed(c), salts=SALT1, protocol=protocol)
            assert bare not in (None, one), "with and without UV the secrets differ"
            forged, _ = hmac_input(ctap, SALT1, protocol)
            forged["hmac-secret"][3] = bytes(len(forged["hmac-secret"][3]))
            with Fails(ERR.PIN_AUTH_INVALID):
                ctap.get_assertion(RP, CDH, listed(c), forged)


def check_pin_life():
    """setPIN, changePIN, 3 wrong: PIN_AUTH_BLOCKED until replugged, 8 wrong: PIN_BLOCKED for good."""
    with Softkey() as k:
        ctap = k.ctap()
        cp = client_pin(ctap)
        with Fails(ERR.PIN_NOT_SET):
            cp.get_pin_token("1234", 1, RP)
        agreement, shared = cp._get_shared_secret()
        enc = cp.protocol.encrypt(shared, "\u00e9\u00e9a".encode().ljust(64, b"\0"))
        with Fails(ERR.PIN_POLICY_VIOLATION):  # five bytes, but three characters
            ctap.client_pin(2, 3, key_agreement=agreement, new_pin_enc=enc,
                            pin_uv_param=cp.protocol.authenticate(shared, enc))
        cp.set_pin("1234")
        cp.change_pin("1234", "g\u00e4nse")
        cp.get_pin_token("g\u00e4nse", 1, RP)
        for i, code in enumerate((ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED)):
            with Fails(code):
                cp.get_pin_token("0000", 1, RP)
            assert cp.get_pin_retries()[0] == 7 - i
        with Fails(ERR.PIN_AUTH_BLOCKED):
            cp.get_pin_token("g\u00e4nse", 1, RP)
        assert cp.get_pin_retries() == (5, True)
        k.stop()
        k.start()
        cp = client_pin(k.ctap())
        for code in (ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED):
            with Fails(code):
                cp.get_pin_token("0000", 1, RP)
        k.ctl("replug")
        cp = client_pin(k.ctap())
        for code in (ERR.PIN_INVALID, ERR.PIN_BLOCKED):
            with Fails(code):
                cp.get_pin_token("0000", 1, RP)
        k.ctl("replug")
        with Fails(ERR.PIN_BLOCKED):
            client_pin(k.ctap()).get_pin_token("g\u00e4nse", 1, RP)


def check_permissions():
    """A token is good for its permission, its RP, and one touch."""
    with Softkey(pin="1234") as k:
        ctap = k.ctap()
        c = make(ctap, "1234")
        cp = client_pin(ctap)
        t = cp.get_pin_token("1234", 1, RP)
        param = cp.protocol.authenticate(t, CDH)
        with Fails(ERR.PIN_AUTH_INVALID):  # mc only
            ctap.get_assertion(RP, CDH, listed(c), pin_uv_param=param, pin_uv_protocol=2)
        with Fails(ERR.PIN_AUTH_INVALID):  # of another RP
            ctap.make_credential(CDH, {"id": "evil.example"}, {"id": b"u"}, [{"type": "public-key", "alg": -7}],
                                 pin_uv_param=param, pin_uv_protocol=2)
        with Fails(ERR.PIN_AUTH_INVALID):
            manage(ctap, "1234")
            CredentialManagement(ctap, cp.protocol, t).get_metadata()
        t = cp.get_pin_token("1234", 2, RP)
        param = cp.protocol.authenticate(t, CDH)
        silent = ctap.get_assertion(RP, CDH, listed(c), options={"up": False}, pin_uv_param=param, pin_uv_protocol=2)
        assert not silent.auth_data.is_user_present() and silent.auth_data.is_user_verified()
        ctap.get_assertion(RP, CDH, listed(c), pin_uv_param=param, pin_uv_protocol=2)
        with Fails(ERR.PIN_AUTH_INVALID):  # spent
            ctap.get_assertion(RP, CDH, listed(c), pin_uv_param=param, pin_uv_protocol=2)
        with Fails(ERR.UNAUTHORIZED_PERMISSION):
            cp.get_pin_token("1234", 8, RP)
        with Fails(ERR.MISSING_PARAMETER):
            cp.get_pin_token("1234", 2)
        with Fails(ERR.PIN_AUTH_INVALID):
            ctap.get_assertion(RP, CDH, listed(c), pin_uv_param=b"\0" * 32, pin_uv_protocol=2)


def check_cred_protect():
    """credProtect 1, 2, 3, listed and not, with UV and without."""
    with Softkey(pin="1234") as k:
        ctap = k.ctap()
        for level in (1, 2, 3):
            rp = "p%d.example" % level
            c = make(ctap, "1234", rp=rp, rk=True, ext={"credProtect": level})
            assert c.auth_data.extensions == {"credProtect": level}
            assert get(ctap, None, "1234", rp=rp).auth_data.is_user_verified()
            for creds, seen in ((None, level == 1), (listed(c), level < 3)):
                for up in (None, False):
                    if seen:
                        verify(c, get(ctap, creds, rp=rp, up=up))
                    else:
                        with Fails(ERR.NO_CREDENTIALS):
                            get(ctap, creds, rp=rp, up=up)


def check_resident():
    """Several accounts, getNextAssertion, overwriting, credential management, a full store."""
    with Softkey(pin="1234", rk_max=3) as k:
        ctap = k.ctap()
        first = make(ctap, "1234", rk=True, user=b"u1", name="one")
        make(ctap, "1234", rk=True, user=b"u2", name="two")
        make(ctap, "1234", rk=True, user=b"u1", name="one again")
        cp = client_pin(ctap)
        param = cp.protocol.authenticate(cp.get_pin_token("1234", 2, RP), CDH)
        found = ctap.get_assertions(RP, CDH, pin_uv_param=param, pin_uv_protocol=2)
        assert [a.user["id"] for a in found] == [b"u2", b"u1"], found
        assert found[0].number_of_credentials == 2 and found[1].user["name"] == "one again"
        with Fails(ERR.NOT_ALLOWED):
            ctap.get_next_assertion()
        with Fails(ERR.NO_CREDENTIALS):
            get(ctap, listed(first))
        assert set(get(ctap, None).user) == {"id"}, "names need the user verified"
        third = make(ctap, "1234", rp="other.example", rk=True)
        with Fails(ERR.KEY_STORE_FULL):
            make(ctap, "1234", rp="third.example", rk=True)
        cm = manage(ctap, "1234")
        assert cm.get_metadata() == {1: 3, 2: 0}
        assert [r[3]["id"] for r in cm.enumerate_rps()] == [RP, "other.example"]
        creds = cm.enumerate_creds(sha256(RP.encode()))
        assert [c[6]["name"] for c in creds] == ["one again", "two"] and creds[0][9] == 2
        cm.delete_cred({"type": "public-key", "id": cred_id(third)})
        assert [r[3]["id"] for r in manage(ctap, "1234").enumerate_rps()] == [RP]
        with Fails(ERR.NO_CREDENTIALS):
            get(ctap, listed(third), rp="other.example")
        cm = manage(ctap, "1234")
        cm.update_user_info(creds[0][7], {"id": b"u1", "name": "renamed"})
        assert manage(ctap, "1234").enumerate_creds(sha256(RP.encode()))[0][6]["name"] == "renamed"
        with Fails(ERR.CREDENTIAL_EXCLUDED):
            make(ctap, "1234", exclude=listed(creds[0][7]["id"]))
        k.stop()
        k.start()
        assert len(manage(k.ctap(), "1234").enumerate_creds(sha256(RP.encode()))) == 2


def check_attestation():
    """Packed x5c that chains to the root, with the AAGUID inside; ES256 and EdDSA."""
    with Softkey() as k:
        ctap = k.ctap()
        for algs in ((-7,), (-8,), (-257, -8, -7)):
            c = make(ctap, algs=algs)
            assert c.fmt == "packed" and attested(c, root())
            assert c.auth_data.credential_data.public_key[3] == (-7 if algs == (-7,) else -8)
            verify(c, get(ctap, listed(c)))
        with Fails(ERR.UNSUPPORTED_ALGORITHM):
            make(ctap, algs=(-257,))


def check_reset():
    """Within ten seconds of power-up all is forgotten; later it is refused."""
    with Softkey(pin="1234", reset_window=60000) as k:
        ctap = k.ctap()
        c = make(ctap, "1234")
        ctap.reset()
        assert not ctap.get_info().options["clientPin"]
        with Fails(ERR.NO_CREDENTIALS):
            get(ctap, listed(c))
    with Softkey(pin="1234", reset_window=1) as k:
        ctap = k.ctap()
        make(ctap, "1234")
        with Fails(ERR.NOT_ALLOWED):
            ctap.reset()


def check_button():
    """wait and press, refuse, ignore, delay, cancel, keepalives, selection."""
    with Softkey(touch_timeout=300, keepalive=20) as k:
        ctap = k.ctap()
        c = make(ctap)
        seen = []
        k.ctl("button", "wait")
        with Fails(ERR.OPERATION_DENIED):
            get(ctap, listed(c), on_keepalive=seen.append)
        assert seen == [2], seen
        k.ctl("quirk", "touch-timeout=20000")
        presser = threading.Thread(target=k.ctl, args=("button", "press"))
        presser.start()
        verify(c, get(ctap, listed(c)))
        presser.join()
        stop = threading.Event()
        with Fails(ERR.KEEPALIVE_CANCEL):
            get(ctap, listed(c), event=stop, on_keepalive=lambda _: stop.set())
        k.ctl("button", "refuse")
        with Fails(ERR.OPERATION_DENIED):
            get(ctap, listed(c))
        with Fails(ERR.OPERATION_DENIED):
            ctap.selection()
        get(ctap, listed(c), up=False)
        k.ctl("button", "delay", "30")
        before = k.stats()["touch_ms"]
        ctap.selection()
        assert k.stats()["touch_ms"] - before >= 29
        k.ctl("button", "ignore")
        k.ctl("quirk", "touch-timeout=50")
        with Fails(ERR.OPERATION_DENIED):
            get(ctap, listed(c))


def check_hid():
    """PING of every size, WINK, INIT, busy channels, wrong sequences and lengths, stopped messages."""
    with Softkey(keepalive=20) as k:
        dev = k.device()
        for n in (0, 1, 57, 58, 116, 1200, 7609):
            assert dev.call(CTAPHID.PING, b"p" * n) == b"p" * n
        dev.call(CTAPHID.WINK)
        raw = dev._connection
        send = lambda head, data=b"": raw.write_packet((head + data).ljust(64, b"\0"))
        cid = struct.pack(">I", dev._channel_id)

        def expect_error(code, channel=cid):
            assert raw.read_packet()[:8] == channel + b"\xbf\x00\x01" + bytes([code])
        send(cid + b"\x81\x1d\xba")
        expect_error(3)
        send(cid + b"\x81\x00\x64")
        send(cid + b"\x01")
        expect_error(4)
        send(cid + b"\x81\x00\x64")
        expect_error(5)  # after half a second
        send(b"\0\0\0\x99\x81\x00\x01")
        expect_error(0x0b, b"\0\0\0\x99")
        send(cid + b"\xb7\x00\x00")
        expect_error(1)
        other = k.device()
        send(cid + b"\x81\x00\x64")
        try:
            other.call(CTAPHID.PING, b"x")
            raise AssertionError("not busy")
        except CtapError as e:
            assert e.code == ERR.CHANNEL_BUSY
        send(cid + b"\x86\x00\x08", b"12345678")
        assert raw.read_packet()[4:15] == b"\x86\x00\x1112345678"
        assert other.call(CTAPHID.PING, b"x") == b"x"
        k.ctl("button", "wait")
        send(cid + b"\x90\x00\x01\x0b")
        assert raw.read_packet()[4:8] == b"\xbb\x00\x01\x02"
        try:
            other.call(CTAPHID.CBOR, b"\x04")
            raise AssertionError("not busy")
        except CtapError as e:
            assert e.code == ERR.CHANNEL_BUSY
        assert other.call(CTAPHID.INIT, b"12345678")[:8] == b"12345678"
        k.ctl("button", "press")
        packet = raw.read_packet()
        while packet[4] == 0xbb:
            packet = raw.read_packet()
        assert packet[4:8] == b"\x90\x00\x01\x00"


def check_hostile():
    """Broken CBOR is refused by name, and the key lives on."""
    bad = [b"\x01", b"\x01\xa0", b"\x01\xff", b"\x02\xa1", b"\x02\xa1\x01", b"\x02\xbf\x01\x02\xff", b"\x02\xa2\x02\x01\x01\x01",
           b"\x02\xa2\x01\x61a\x01\x61a", b"\x02\xa1\x18\x01\x01", b"\x02\x9b" + b"\xff" * 8, b"\x02\xa1\x01\x5b" + b"\xff" * 8,
           b"\x06\xa1\x02\x01\x00", b"\x06\xa1\x02\xc0\x01", b"\x06\xa1\x02\xf9\x00\x00", b"\x06" + b"\x81" * 900, b"\x06\xa2\x01\x09\x02\x02",
           b"\x02\xa1\x01\x61\xff", b"\x55", b"\x08", b"\x0a", b"\x41\xa1\x01\x02", b"\x06\xa1\x02\x18\xff"]
    with Softkey(pin="1234") as k:
        dev = k.device()
        for b in bad:
            reply = dev.call(CTAPHID.CBOR, b)
            assert len(reply) == 1 and reply[0] != 0, (b, reply)
        assert dev.call(CTAPHID.CBOR, b"\x02\xa1\x18\x01\x01")[0] == ERR.INVALID_CBOR
        for apdu in (b"", b"\0", b"\0\3\0\0\0\0", b"\0\1\0\0\xff", b"\0\2\3\0\0\xff\xff", b"\0\2\3\0\0\0\x41" + b"\xff" * 0x41):
            if apdu:
                assert len(dev.call(CTAPHID.MSG, apdu)) >= 2
        conn = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        conn.connect(k.path)
        for n in (1, 63, 64, 65, 4096):
            conn.send(b"\xff" * n)
        assert make(k.ctap(), "1234")


def check_u2f():
    """CTAP1 register and authenticate, and a CTAP2 assertion with that key handle."""
    with Softkey() as k:
        u2f = Ctap1(k.device())
        app = sha256(RP.encode())
        assert u2f.get_version() == "U2F_V2"
        reg = u2f.register(CDH, app)
        reg.verify(app, CDH)
        u2f.authenticate(CDH, app, reg.key_handle).verify(app, CDH, reg.public_key)
        assert get(k.ctap(), listed(reg.key_handle)).auth_data.is_user_present()
        k.ctl("button", "ignore")
        for call in (lambda: u2f.register(CDH, app), lambda: u2f.authenticate(CDH, app, reg.key_handle),
                     lambda: u2f.authenticate(CDH, app, reg.key_handle, check_only=True)):
            try:
                call()
                raise AssertionError("no touch, and yet")
            except ApduError as e:
                assert e.code == 0x6985
        try:
            u2f.authenticate(CDH, sha256(b"evil"), reg.key_handle)
            raise AssertionError("another app")
        except ApduError as e:
            assert e.code == 0x6A80


def check_speed():
    """With the button on auto an assertion takes about a millisecond in the engine."""
    with Softkey(pin="1234") as k:
        ctap = k.ctap()
        c = make(ctap, "1234", ext={"hmac-secret": True})
        before = k.stats()
        for _ in range(50):
            get(ctap, listed(c), "1234", salts=SALT1)
        after = k.stats()
        assert after["user_operations"] - before["user_operations"] == 50
        mean = (after["user_ms"] - before["user_ms"]) / 50
        print("assertion: %.3f ms" % mean)
        assert mean < 5, mean


def check_crash():
    """After kill -9 the counter never repeats, and wrong PINs stay counted."""
    with Softkey(pin="1234") as k:
        ctap = k.ctap()
        c = make(ctap, "1234")
        last = get(ctap, listed(c)).auth_data.counter
        with Fails(ERR.PIN_INVALID):
            client_pin(ctap).get_pin_token("0000", 1, RP)
        k.stop(kill=True)
        k.start()
        assert get(k.ctap(), listed(c)).auth_data.counter > last
        assert k.info()["pin_retries"] == 7


def check_uhid():
    """The same engine behind /dev/uhid's events, this script being the kernel."""
    kernel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kernel.settimeout(20)
    with Softkey() as k:
        k.stop()
        k.start("--uhid", "fd:%d" % theirs.fileno())
        event = kernel.recv(8192)
        kind, = struct.unpack_from("<I", event)
        rd_size, bus = struct.unpack_from("<HH", event, 4 + 128 + 64 + 64)
        rd = event[4 + 128 + 64 + 64 + 2 + 2 + 16:][:rd_size]
        assert event[4:4 + 128].rstrip(b"\0") == b"softkey x", event[:40]
        assert kind == 11 and bus == 3 and rd[:3] == b"\x06\xd0\xf1", (kind, bus)
        report = (b"\0\xff\xff\xff\xff\x86\x00\x0812345678").ljust(65, b"\0")
        kernel.send(struct.pack("<I", 6) + report.ljust(4096, b"\0") + struct.pack("<HB", 65, 1))
        event = kernel.recv(8192)
        kind, size = struct.unpack_from("<IH", event)
        assert kind == 12 and size == 64 and event[6:21] == b"\xff\xff\xff\xff\x86\x00\x1112345678"


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]]()
