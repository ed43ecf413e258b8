#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""twokey-net through net.h: what it speaks to, and what it says when that fails."""
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

import ca
import tap
from double import Double
from lib import CALL, FOLDER, run

PLAIN = {"answers": {"?.?": [{"text": "hello"}]}}


def fetch(*words, stdin="", timeout=60):
    return run(*words, stdin=stdin, timeout=timeout)


def raw_server(data, wait=0.0, tls=None):
    """A server for one connection; its port. data None: say nothing."""
    s = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            c = s.accept()[0]
            if tls is not None:
                c = tls.wrap_socket(c, server_side=True)
            c.recv(65536)
            time.sleep(wait)
            if data is not None:
                c.sendall(data)
            c.close()
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    return s.getsockname()[1]


def test_get():
    """a request over TLS and its answer"""
    with Double(FOLDER) as d:
        status, out = fetch("-c", d.ca, "fetch", "GET", d.url + "/", "5000", "1000", "A: b")
    tap.has(out, "why 0 status 403", "Content-Length: ", "MissingAuthenticationToken")
    tap.equal(status, 0)
    tap.equal(d.requests[0]["headers"]["a"], "b")


def test_body():
    """a body travels through a descriptor, whole"""
    text = "x" * 500000 + "end"
    with Double(FOLDER) as d:
        fetch("-c", d.ca, "fetch", "POST", d.url + "/", "9000", "1000", "Content-Type: t/x", stdin=text)
    tap.equal(d.requests[0]["body"].decode(), text)
    tap.hasnt(d.requests[0]["headers"], "expect", "user-agent", "cookie")


def test_connection_is_kept():
    """ten requests share one connection"""
    with Double(FOLDER) as d:
        status, _ = fetch("-c", d.ca, "-n", "10", "fetch", "GET", d.url + "/", "5000", "1000")
    tap.equal((status, len(d.requests), len({r["connection"] for r in d.requests})), (0, 10, 1))


def test_unknown_authority():
    """a server whose certificate nobody trusted vouches for"""
    with Double(FOLDER) as d:
        status, out = fetch("fetch", "GET", d.url + "/", "5000", "1000")
    tap.equal((status, d.requests), (8, []))
    tap.has(out, "why 5 ", "does not prove that it is 127.0.0.1", "the system's certificates")


def test_wrong_name_and_expired():
    """a certificate of another name, and one that is past its time"""
    for names, days in ((["other.example"], 30), (["127.0.0.1"], -1)):
        authority, own = ca.make(FOLDER, names, days, "odd")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own)
        port = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", tls=context)
        status, out = fetch("-c", authority, "fetch", "GET", f"https://127.0.0.1:{port}/", "5000", "9")
        tap.equal(status, 8)
        tap.has(out, "does not prove that it is")


def test_old_tls():
    """TLS 1.1 is refused"""
    authority, own = ca.make(FOLDER, label="old")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    port = raw_server(b"", tls=context)
    status, out = fetch("-c", authority, "fetch", "GET", f"https://127.0.0.1:{port}/", "5000", "9")
    tap.equal(status, 8)
    tap.has(out, "why 5 ")


def test_bad_ca_file():
    """a file of trusted certificates that is none, or not there"""
    bad = os.path.join(FOLDER, "bad.pem")
    with open(bad, "w", encoding="utf-8") as f:
        f.write("nothing\n")
    with Double(FOLDER) as d:
        for name in (bad, os.path.join(FOLDER, "gone.pem")):
            status, out = fetch("-c", name, "fetch", "GET", d.url + "/", "5000", "9")
            tap.equal(status, 2)
            tap.has(out, "cannot be used", name)


def test_refused_addresses():
    """plain http, other schemes, users in addresses, and what is not encoded"""
    for url in ("http://example.com/", "http://127.0.0.1.example.com/", "http://127.0.0.2/",
                "http://127.0.0.1@example.com/", "https://a@b/", "ftp://127.0.0.1/", "file:///etc/passwd",
                "https:///x", "https://a b/", "https://h/#x", "https://h:x/", "https://h\\x/", "h"):
        status, out = fetch("fetch", "GET", url, "1000", "9")
        tap.equal(status, 2)
        tap.has(out, "error usage")


def test_no_such_host_or_port():
    """a name that is not known, and a port where nobody listens"""
    status, out = fetch("fetch", "GET", "https://nobody.invalid/", "5000", "9")
    tap.equal(status, 8)
    tap.has(out, "The host nobody.invalid is not known.")
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    status, out = fetch("fetch", "GET", f"http://127.0.0.1:{port}/", "5000", "9")
    tap.equal(status, 8)
    tap.has(out, "There is no connection to 127.0.0.1")


def test_limits():
    """silence, an answer that is too long, cut off, or none of HTTP"""
    cases = [(None, 3.0, "127.0.0.1 did not answer in time: Operation timed out after 1"),
             (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 0, "more than the 9 bytes"),
             (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n0123", 0, "ended the connection"),
             (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n01", 0, "ended the connection"),
             (b"", 0, "ended the connection"),
             (b"220 smtp\r\n", 0, "does not speak HTTP"),
             (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", 0, "more than")]
    for data, wait, said in cases:
        status, out = fetch("fetch", "GET", f"http://127.0.0.1:{raw_server(data, wait)}/", "1000", "9")
        tap.equal(status, 8)
        tap.has(out, said)


def test_refusal_is_heard():
    """an error's words come through, however short an answer was wanted"""
    for length, status in ((60000, 0), (70000, 8)):
        data = b"HTTP/1.1 403 No\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
        got, out = fetch("fetch", "GET", f"http://127.0.0.1:{raw_server(data)}/", "2000", "9")
        tap.equal((got, f"length {length}" in out), (status, status == 0))


def test_no_redirect():
    """a redirect is an answer like any other"""
    data = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    status, out = fetch("fetch", "GET", f"http://127.0.0.1:{raw_server(data)}/", "2000", "9")
    tap.equal(status, 0)
    tap.has(out, "status 302", "Location: http://127.0.0.1:1/")


def proxied(reply, *options):
    s, seen = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        try:
            c = s.accept()[0]
            seen.append(c.recv(4096).decode())
            c.sendall(reply)
            c.close()
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    proxy = f"http://u:hidden@127.0.0.1:{s.getsockname()[1]}"
    return seen, *run("-x", proxy, *options, "fetch", "GET", "https://localhost:1/", "3000", "9",
                     "X-Amz-Security-Token: for-aws-alone"), s


def test_proxy():
    """a proxy is asked for a tunnel; its refusal is told, without its password"""
    seen, status, out, _ = proxied(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    tap.has(seen[0], "CONNECT localhost:1 HTTP/1.1")
    tap.hasnt(seen[0], "for-aws-alone")
    tap.equal(status, 8)
    tap.has(out, "The proxy 127.0.0.1:")
    tap.hasnt(out, "hidden")
    seen, status, out, _ = proxied(b"", "-X", "localhost")
    tap.equal((status, seen), (8, []))
    tap.has(out, "There is no connection to localhost")


def test_environment():
    """neither proxies nor certificates of the environment"""
    with Double(FOLDER) as d:
        env = {"HTTPS_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1",
               "https_proxy": "http://127.0.0.1:1"}
        status, _ = run("-c", d.ca, "fetch", "GET", d.url + "/", "5000", "1000", env=env)
        tap.equal(status, 0)
        env = {"SSL_CERT_FILE": d.ca, "CURL_CA_BUNDLE": d.ca}
        status, _ = run("fetch", "GET", d.url + "/", "5000", "1000", env=env)
        tap.equal(status, 8)


def helper_of(pid):
    for _ in range(100):
        out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)],
                             stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout
        for line in out.splitlines():
            if line.split()[1] == "twokey-net":
                return int(line.split()[0])
        time.sleep(0.05)
    raise AssertionError("no helper")


def waiting(*options):
    """awscall that waits for a server's answer, and its helper's id."""
    port = raw_server(None, 20)
    p = subprocess.Popen([CALL, *options, "fetch", "GET", f"http://127.0.0.1:{port}/", "20000", "9"],
                         stdout=subprocess.PIPE, universal_newlines=True, env={"PATH": "/usr/bin:/bin"})
    helper = helper_of(p.pid)
    time.sleep(0.5)
    return p, helper


def test_sandbox():
    """the helper runs under a filter, without privileges, and shows nothing"""
    p, helper = waiting()
    with open(f"/proc/{helper}/status", encoding="utf-8") as f:
        status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    tap.equal((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
    if os.getuid() == 0:
        tap.equal(status["Uid"].split(), ["65534"] * 4)
        tap.equal((int(status["CapEff"], 16), status["Groups"].split()), (0, []))
    with open(f"/proc/{helper}/limits", encoding="utf-8") as f:
        tap.has(f.read(), "Max core file size        0 ")
    p.kill()
    p.wait()


def test_death():
    """a client that is killed takes its helper along; a helper that is killed is told"""
    p, helper = waiting()
    p.kill()
    p.wait()
    for _ in range(60):
        if not os.path.exists(f"/proc/{helper}"):
            break
        time.sleep(0.1)
    tap.equal(os.path.exists(f"/proc/{helper}"), False)
    p, helper = waiting()
    os.kill(helper, 9)
    out = p.communicate(timeout=10)[0]
    tap.has(out, "twokey-net ended early")
    tap.equal(p.returncode, 8)


def test_cancel():
    """whoever waits can stop"""
    began = time.monotonic()
    status, out = run("-S", "fetch", "GET", f"http://127.0.0.1:{raw_server(None, 9)}/", "9000", "9")
    tap.equal((status, time.monotonic() - began < 4), (1, True))
    tap.has(out, "Cancelled")


if __name__ == "__main__":
    tap.run(sys.modules[__name__])
