# SPDX-License-Identifier: BSD-2-Clause
"""A softkey as a device of python3-fido2, which does its own HID and knows no preload library."""
import json
import os
import shutil
import socket
import subprocess
import tempfile

from fido2.ctap2 import Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

REPORT = 64
SOFTKEY = os.environ.get("SOFTKEY") or os.path.join(os.path.dirname(__file__), "../../tools/softkey/softkey")


class SoftkeyConnection(CtapHidConnection):
    """Reports over the seqpacket socket; as with a hidraw, a key that is pulled out is an OSError."""

    def __init__(self, path, timeout=20):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(timeout)
        self.sock.connect(path)

    def read_packet(self):
        packet = self.sock.recv(REPORT)
        if len(packet) != REPORT:
            raise OSError("unplugged")
        return packet

    def write_packet(self, data):
        if self.sock.send(b"\0" + data) != 1 + len(data):
            raise OSError("short write")

    def close(self):
        self.sock.close()


def open_device(path, timeout=20):
    """The CtapHidDevice behind a softkey's socket."""
    return CtapHidDevice(HidDescriptor(path, 0x1209, 1, REPORT, REPORT), SoftkeyConnection(path, timeout))


def list_devices(folder=None):
    """All keys that are plugged in, like CtapHidDevice.list_devices."""
    folder = folder or os.environ.get("SOFTKEY_DIR", "/run/softkey")
    for name in sorted(os.listdir(folder)):
        try:
            yield open_device(os.path.join(folder, name))
        except OSError:
            continue


class Softkey:
    """A new key of some profile, plugged in for a `with' block."""

    def __init__(self, profile="default", pin=None, **quirks):
        self.dir = tempfile.mkdtemp(prefix="softkey-py-")
        self.key = os.path.join(self.dir, "x.key")
        self.path = os.path.join(self.dir, "sock")
        args = [SOFTKEY, "new", self.key, "--profile", profile]
        for name, value in quirks.items():
            args += ["--quirk", "%s=%s" % (name.replace("_", "-"), value)]
        subprocess.run(args + (["--pin", pin] if pin else []), check=True)
        self.server = None

    def __enter__(self):
        self.start()
        return self

    def start(self, *extra):
        args = [SOFTKEY, "serve", self.key] + (list(extra) or ["--socket", self.path])
        self.server = subprocess.Popen(args, stdout=subprocess.PIPE, pass_fds=self.fds(extra))
        assert self.server.stdout.readline() == b"ready\n"

    @staticmethod
    def fds(extra):
        return [int(x[3:]) for x in extra if x.startswith("fd:")]

    def stop(self, kill=False):
        if kill:
            self.server.kill()
        else:
            self.server.terminate()
        self.server.wait(10)
        self.server.stdout.close()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir)

    def ctl(self, *words):
        done = subprocess.run([SOFTKEY, "ctl", self.key] + [str(w) for w in words], stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    def info(self):
        return json.loads(self.ctl("info"))

    def stats(self):
        return json.loads(self.ctl("stats"))

    def device(self, timeout=20):
        return open_device(self.path, timeout)

    def ctap(self):
        return Ctap2(self.device())
