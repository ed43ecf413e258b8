# SPDX-License-Identifier: BSD-2-Clause
"""Canonical JSON (RFC 8785, restricted) and the kinds of docs/formats.md section 1."""

import base64
import binascii
import datetime
import re

MAX_DEPTH = 24
MAX_DOCUMENT = 8 * 1024 * 1024
MAX_STRING = 512


class Refused(Exception):
    """A sentence that names what was refused and why."""


def _ranges(*items):
    return [(i, i) if isinstance(i, int) else i for i in items]


FORBIDDEN = _ranges(
    (0x00, 0x1F), (0x7F, 0x9F), 0x61C, 0x200E, 0x200F, (0x202A, 0x202E), (0x2066, 0x2069), 0xAD, 0x180E,
    (0x200B, 0x200D), 0x2060, 0xFEFF, (0xE0000, 0xE007F), 0x2028, 0x2029, (0xD800, 0xDFFF), (0xFDD0, 0xFDEF))


NONCHARACTERS = [plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)]
FORBIDDEN_RX = re.compile("[%s]" % "".join(
    "\\U%08x-\\U%08x" % pair for pair in FORBIDDEN + _ranges(*NONCHARACTERS)))


def forbidden(text):
    """The first character of a text that no string may hold, or None."""
    m = FORBIDDEN_RX.search(text)
    return m.group() if m else None


class Parser:
    ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

    def __init__(self, text):
        self.t, self.i = text, 0

    def fail(self, why):
        raise Refused("not acceptable JSON at character %d: %s" % (self.i, why))

    def peek(self):
        return self.t[self.i] if self.i < len(self.t) else ""

    def space(self):
        while self.peek() and self.peek() in " \t\r\n":
            self.i += 1

    def take(self, word):
        if not self.t.startswith(word, self.i):
            self.fail("expected %s" % word)
        self.i += len(word)

    def value(self, depth):
        self.space()
        c = self.peek()
        if c == "{" or c == "[":
            if depth >= MAX_DEPTH:
                self.fail("nested more than %d deep" % MAX_DEPTH)
            v = self.object(depth + 1) if c == "{" else self.array(depth + 1)
        elif c == '"':
            v = self.string()
        elif c == "t":
            self.take("true")
            v = True
        elif c == "f":
            self.take("false")
            v = False
        elif c == "n":
            self.take("null")
            v = None
        else:
            v = self.number()
        self.space()
        return v

    def number(self):
        m = re.compile(r"-?(0|[1-9][0-9]*)").match(self.t, self.i)
        if not m:
            self.fail("expected a value")
        self.i = m.end()
        if self.peek() and self.peek() in ".eE0123456789":
            self.fail("not a plain integer")
        if len(m.group()) > 17 or abs(int(m.group())) >= 2 ** 53:
            self.fail("integer out of range")
        if m.group() == "-0":
            self.fail("negative zero")
        return int(m.group())

    def escape(self):
        c = self.peek()
        self.i += 1
        if c in self.ESCAPES and c:
            return self.ESCAPES[c]
        if c != "u" or not re.match(r"[0-9A-Fa-f]{4}", self.t[self.i:self.i + 4]):
            self.fail("bad escape")
        self.i += 4
        return chr(int(self.t[self.i - 4:self.i], 16))

    def string(self):
        self.take('"')
        out = []
        while True:
            m = re.compile(r'[^"\\]*').match(self.t, self.i)
            self.i = m.end()
            out.append(m.group())
            c = self.peek()
            if not c:
                self.fail("unfinished string")
            self.i += 1
            if c == '"':
                break
            out.append(self.escape())
        text = "".join(out)
        if forbidden(text):
            self.fail("forbidden character U+%04X in a string" % ord(forbidden(text)))
        return text

    def array(self, depth):
        self.take("[")
        out = []
        self.space()
        if self.peek() == "]":
            self.i += 1
            return out
        while True:
            out.append(self.value(depth))
            if self.peek() != ",":
                break
            self.i += 1
        self.take("]")
        return out

    def object(self, depth):
        self.take("{")
        out = {}
        self.space()
        if self.peek() == "}":
            self.i += 1
            return out
        while True:
            self.space()
            k = self.string()
            if k in out:
                self.fail("duplicate member %s" % k)
            self.space()
            self.take(":")
            out[k] = self.value(depth)
            if self.peek() != ",":
                break
            self.i += 1
        self.take("}")
        return out


def write(v):
    """Canonical text of a value, as bytes."""
    return _write(v, 0).encode("utf-8")


def _write(v, depth):
    if isinstance(v, (dict, list)) and depth >= MAX_DEPTH:
        raise Refused("nested more than %d deep" % MAX_DEPTH)
    if v is None or isinstance(v, bool):
        return {None: "null", True: "true", False: "false"}[v]
    if isinstance(v, int):
        if abs(v) >= 2 ** 53:
            raise Refused("integer out of range")
        return str(v)
    if isinstance(v, str):
        if forbidden(v):
            raise Refused("forbidden character in a string")
        return '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(v, list):
        return "[" + ",".join(_write(x, depth + 1) for x in v) + "]"
    if isinstance(v, dict):
        keys = sorted(v, key=lambda k: k.encode("utf-16-be"))
        return "{" + ",".join(_write(k, 0) + ":" + _write(v[k], depth + 1) for k in keys) + "}"
    raise Refused("a %s has no place in a document" % type(v).__name__)


def parse(data, limit=MAX_DOCUMENT):
    """Value of canonical bytes; anything else is refused."""
    if len(data) > limit:
        raise Refused("larger than %d bytes" % limit)
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as e:
        raise Refused("not UTF-8 at byte %d" % e.start) from None
    p = Parser(text)
    v = p.value(0)
    if p.i != len(text):
        p.fail("something follows the value")
    if write(v) != data:
        raise Refused("not in canonical form")
    return v


def without(doc, member):
    return write({k: v for k, v in doc.items() if k != member})


# Kinds: each is a function (value, where) that returns nothing or refuses.

def _no(where, why):
    raise Refused("%s: %s" % (where or "document", why))


def string(v, where):
    if not isinstance(v, str):
        _no(where, "is not a string")
    if len(v.encode("utf-8")) > MAX_STRING:
        _no(where, "is longer than %d bytes" % MAX_STRING)


def pattern(rx, what):
    compiled = re.compile(rx)

    def check(v, where):
        string(v, where)
        if not compiled.fullmatch(v):
            _no(where, "is not %s" % what)
    return check


hash_ = pattern(r"[0-9a-f]{64}", "a hash")
_name = pattern(r"[a-z0-9][a-z0-9.-]{0,62}", "a name")


def name(v, where):
    _name(v, where)
    if ".." in v or v.endswith("."):
        _no(where, "is not a name")


_time = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", "a time")


def time(v, where):
    _time(v, where)
    try:
        when(v)
    except ValueError:
        _no(where, "is not a time")


def when(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)


def unb64(text):
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused("is not base64") from None
    if b64(raw) != text:
        raise Refused("is not canonical base64")
    return raw


def b64(raw):
    return base64.b64encode(raw).decode("ascii")


def binary(size=None, low=0, high=None):
    def check(v, where):
        if not isinstance(v, str):
            _no(where, "is not a string")
        try:
            n = len(unb64(v))
        except Refused as e:
            _no(where, str(e))
        if size is not None and n != size:
            _no(where, "is %d bytes, not %d" % (n, size))
        if n < low or (high is not None and n > high):
            _no(where, "has a length of %d bytes" % n)
    return check


def integer(low=0, high=2 ** 53 - 1):
    def check(v, where):
        if not isinstance(v, int) or isinstance(v, bool) or not low <= v <= high:
            _no(where, "is not an integer from %d to %d" % (low, high))
    return check


def boolean(v, where):
    if not isinstance(v, bool):
        _no(where, "is not true or false")


def nothing(v, where):
    if v is not None:
        _no(where, "is not null")


def nullable(kind):
    def check(v, where):
        if v is not None:
            kind(v, where)
    return check


def one_of(*words):
    def check(v, where):
        if not isinstance(v, (str, int)) or isinstance(v, bool) or v not in words:
            _no(where, "is none of %s" % ", ".join(map(str, words)))
    return check


def array(kind, low=0, high=None):
    def check(v, where):
        if not isinstance(v, list):
            _no(where, "is not an array")
        if len(v) < low or (high is not None and len(v) > high):
            _no(where, "has %d elements" % len(v))
        for i, x in enumerate(v):
            kind(x, "%s[%d]" % (where, i))
    return check


def mapping(key, kind, low=0, high=None):
    def check(v, where):
        if not isinstance(v, dict):
            _no(where, "is not an object")
        if len(v) < low or (high is not None and len(v) > high):
            _no(where, "has %d members" % len(v))
        for k in v:
            key(k, "%s: member name %s" % (where, k))
            kind(v[k], "%s.%s" % (where, k))
    return check


def members(spec, more=False):
    """Exactly these members (with more: at least these)."""
    def check(v, where):
        if not isinstance(v, dict):
            _no(where, "is not an object")
        for k in spec:
            if k not in v:
                _no(where, "member %s is missing" % k)
        for k in v:
            if k not in spec and not more:
                _no(where, "member %s is unknown" % k)
        for k in spec:
            spec[k](v[k], "%s.%s" % (where, k) if where else k)
    return check


def ascending(values, where):
    for a, b in zip(values, values[1:]):
        if a >= b:
            _no(where, "%s and %s are out of order or double" % (a, b))


def unique(values, where):
    seen = set()
    for v in values:
        if v in seen:
            _no(where, "%s appears twice" % v)
        seen.add(v)
