#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each fault does what it is named for, for as many operations as asked, and no more."""
import sys
import threading

from cryptography.exceptions import InvalidSignature

from client import *
from softkey_device import Softkey

PIN = "1234"
HMAC = {"hmac-secret": True}


def wrong(c, a):
    try:
        verify(c, a)
    except InvalidSignature:
        return True
    return False


def check_signature():
    with Softkey() as k:
        c = make(k.ctap())
        k.ctl("fault", "bad-sig", 2)
        assert wrong(c, get(k.ctap(), listed(c))) and wrong(c, get(k.ctap(), listed(c)))
        verify(c, get(k.ctap(), listed(c)))
        k.ctl("fault", "bad-sig")
        verify(c, get(k.ctap(), listed(c), up=False))
        assert wrong(c, get(k.ctap(), listed(c)))
        k.ctl("fault", "bad-sig@silent")
        verify(c, get(k.ctap(), listed(c)))
        assert wrong(c, get(k.ctap(), listed(c), up=False))
        k.ctl("fault", "bad-sig@make")
        verify(c, get(k.ctap(), listed(c)))
        k.ctl("fault", "bad-sig@make", 0)
        assert attested(make(k.ctap()), root())
        k.ctl("fault", "bad-sig")
        try:
            attested(make(k.ctap()), root())
            raise AssertionError("sound")
        except InvalidSignature:
            pass


def check_flags():
    """The flags are missing, and that is signed."""
    with Softkey(pin=PIN) as k:
        ctap = k.ctap()
        c = make(ctap, PIN)
        for fault, up, uv in (("no-uv", True, False), ("no-up", False, True)):
            k.ctl("fault", fault)
            a = get(ctap, listed(c), PIN)
            verify(c, a)
            assert (a.auth_data.is_user_present(), a.auth_data.is_user_verified()) == (up, uv)
        a = get(ctap, listed(c), PIN)
        assert a.auth_data.is_user_present() and a.auth_data.is_user_verified()


def check_counter():
    with Softkey() as k:
        c = make(k.ctap())
        n = [get(k.ctap(), listed(c)).auth_data.counter for _ in range(3)]
        k.ctl("fault", "counter-back")
        a = get(k.ctap(), listed(c))
        verify(c, a)
        assert a.auth_data.counter < n[-1] < get(k.ctap(), listed(c)).auth_data.counter


def check_replies():
    """Truncated, garbage, stray, none at all."""
    with Softkey() as k:
        ctap = k.ctap()
        c = make(ctap)
        for fault in ("truncate", "garbage"):
            k.ctl("fault", fault)
            try:
                get(ctap, listed(c))
                raise AssertionError("understood")
            except (ValueError, IndexError, KeyError, TypeError):
                pass
            verify(c, get(ctap, listed(c)))
        k.ctl("fault", "garbage@info")
        verify(c, get(ctap, listed(c)))
        assert ctap.device.call(0x10, b"\x04")[:3] == b"\0\xff\xff"
        k.ctl("fault", "stray")
        verify(c, get(ctap, listed(c)))
        assert ctap.device.call(0x10, b"\x04") == b"\0"
        k.ctl("fault", "hang")
        hung = k.device(timeout=0.2)
        try:
            hung.call(0x10, b"\x02\xa0")
            raise AssertionError("answered")
        except OSError:
            pass
        verify(c, get(k.ctap(), listed(c)))


def check_mute():
    with Softkey() as k:
        k.ctl("fault", "mute", 1)
        try:
            k.device(timeout=0.2)
            raise AssertionError("answered")
        except OSError:
            pass
        make(k.ctap())


def check_other_secret():
    with Softkey(pin=PIN) as k:
        ctap = k.ctap()
        c = make(ctap, PIN, ext=HMAC)
        _, right = get(ctap, listed(c), PIN, salts=SALT1)
        k.ctl("fault", "other-secret")
        a, other = get(ctap, listed(c), PIN, salts=SALT1)
        verify(c, a)
        assert other != right == get(ctap, listed(c), PIN, salts=SALT1)[1]


def check_unplug():
    """In the middle of an operation; while a touch is waited for; and back again."""
    with Softkey(keepalive=20) as k:
        ctap = k.ctap()
        c = make(ctap)
        k.ctl("fault", "unplug")
        for _ in range(2):
            try:
                get(ctap, listed(c))
                raise AssertionError("answered")
            except OSError:
                pass
        assert k.info()["plugged"] is False
        try:
            k.device()
            raise AssertionError("still there")
        except OSError:
            pass
        k.ctl("replug")
        ctap = k.ctap()
        verify(c, get(ctap, listed(c)))
        k.ctl("button", "wait")
        for request in ("unplug", "replug"):
            puller = threading.Thread(target=lambda: (k.ctl("await"), k.ctl(request)))
            puller.start()
            try:
                get(ctap, listed(c))
                raise AssertionError("answered")
            except OSError:
                pass
            puller.join()
            k.ctl("replug")
            ctap = k.ctap()
        k.ctl("button", "auto")
        verify(c, get(ctap, listed(c)))


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]]()
