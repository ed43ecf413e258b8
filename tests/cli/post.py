#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Receivers of messages on 127.0.0.1, until stdin ends: post.py FOLDER.

A mail server (aiosmtpd) that wants STARTTLS and a password, one without TLS, and an https server
that checks signatures.  FOLDER gets ports.json, ca-server.pem, and a line of JSON a delivery in mails.jsonl and
hooks.jsonl.  The words in FOLDER/mode, if there, say what goes wrong: refuse, slow, drop."""
import asyncio
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import ssl
import sys
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "aws"))
import ca  # noqa: E402

FOLDER = sys.argv[1]
USER, PASSWORD, KEY = b"twokey", b"mail-password", b"hook-key"


def mode():
    try:
        with open(os.path.join(FOLDER, "mode"), encoding="utf-8") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def note(name, what):
    with open(os.path.join(FOLDER, name), "a", encoding="utf-8") as f:
        f.write(json.dumps(what) + "\n")


class Mails:
    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if "refuse" in mode():
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        if "slow" in mode():
            await asyncio.sleep(40)
        m = email.message_from_bytes(envelope.content, policy=email.policy.default)
        note("mails.jsonl", {"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": m["Subject"],
                             "id": m["Message-ID"], "event": m["X-Twokey-Event"], "text": m.get_content(),
                             "headers": len(m.defects), "tls": session.ssl is not None,
                             "user": session.authenticated})
        return "250 taken"


def authenticate(_server, _session, _envelope, _mechanism, data):
    return AuthResult(success=data.login == USER and data.password == PASSWORD, handled=False)


class Hooks(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = dict(p.split("=", 1) for p in self.headers.get("Twokey-Signature", "t=0,v1=").split(","))
        good = hmac.new(KEY, said["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        if "slow" in mode():
            time.sleep(40)
        if "drop" in mode():
            self.close_connection = True
            return
        if "refuse" not in mode():
            note("hooks.jsonl", {"path": self.path, "id": self.headers["Twokey-Id"], "signed": said["v1"] == good,
                                 "seconds": int(said["t"]), "body": json.loads(body)})
        self.send_response(500 if "refuse" in mode() else 204)
        self.end_headers()


def main():
    _, certificate = ca.make(FOLDER)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()

    def listen(**words):
        return loop.run_until_complete(loop.create_server(
            lambda: SMTP(Mails(), hostname="localhost", loop=loop, **words), "127.0.0.1", 0)).sockets[0].getsockname()[1]

    ports = {"mail": listen(tls_context=context, require_starttls=True, auth_required=True,
                            authenticator=authenticate), "plain": listen()}
    threading.Thread(target=loop.run_forever, daemon=True).start()
    hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    hooks.daemon_threads = True
    hooks.socket = context.wrap_socket(hooks.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=hooks.serve_forever, args=(0.05,), daemon=True).start()
    ports["hook"] = hooks.server_address[1]
    with open(os.path.join(FOLDER, "ports.tmp"), "w", encoding="utf-8") as f:
        json.dump(ports, f)
    os.rename(os.path.join(FOLDER, "ports.tmp"), os.path.join(FOLDER, "ports.json"))
    sys.stdin.read()
    os._exit(0)


main()
