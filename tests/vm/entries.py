#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What this host's log says; itself, not the program's words about it.

usage: entries.py FROM                    the types of entries from number FROM on
       entries.py FROM TYPE NAME...       members of the last one of TYPE, or of
                                          the nth: TYPE/N, counted from 1
       entries.py FROM = TYPE...          these and no others are there, or come soon
       entries.py FROM through FILE WHERE a session that two keys opened: the one in
                                          which FILE, what a terminal showed, has the
                                          line `me UID LOGINUID AUDITSESSION`; WHERE
                                          are service, user, tty (a regular
                                          expression) and rhost

A member's name may lead inside: statement.reason.
"""
import json
import re
import sys
import time

LOG = "/var/lib/twokey/store/log/guest.jsonl"
GRANTED = ["ceremony.requested", "ceremony.approved", "ceremony.approved", "login.granted",
           "session.opened", "session.closed"]
SOON = 20


def read(start):
    with open(LOG, encoding="utf-8") as log:
        return [json.loads(line) for line in log][start:]


def last(entries, kind):
    kind, _, nth = kind.partition("/")
    found = [e for e in entries if e["type"] == kind]
    if len(found) < int(nth or 1):
        sys.exit(f"there is no {kind} {nth}")
    return found[int(nth or 0) - 1]


def member(entry, path):
    for name in path.split("."):
        entry = entry[int(name) if name.isdigit() else name]
    return entry if isinstance(entry, str) else json.dumps(entry)


def await_types(start, want):
    """Sessions end, and passwords change, a moment after people are gone."""
    end = time.monotonic() + SOON
    while True:
        entries = read(start)
        types = [e["type"] for e in entries]
        if types == want:
            return entries
        if types != want[:len(types)] or time.monotonic() > end:
            sys.exit(f"the log has: {' '.join(types)}\n       not: {' '.join(want)}")
        time.sleep(0.2)


def through(start, file, where):
    entries = await_types(start, GRANTED)
    request, granted = entries[0], entries[3]
    opened, closed = entries[4], entries[5]
    with open(file, encoding="utf-8", errors="replace") as screen:
        me = re.search(r"^(?:\x1b\[[?0-9;]*[A-Za-z])*me (\d+) (\d+) (\d+)\r*$", screen.read(), re.M)
    if me is None:
        sys.exit("nobody was let in")
    told = "{service} {user} {tty} {rhost} {uid} {audit}".format(**opened)
    print(f"in the session: {me[0]!r}; in the log: {told}")
    print("requested:", request["statement"]["requester"], request["statement"]["subject"])
    if me[1] != "0" or me[3] == "4294967295" or not re.fullmatch(f"{where} {me[2]} {me[3]}", told):
        sys.exit("the log tells of another session")
    if opened["login"] != granted["seq"] or closed["opened"] != opened["seq"]:
        sys.exit("grant, begin and end are not tied to each other")


def main():
    args = sys.argv[1:]
    if not args or not args[0].isdigit():
        sys.exit(__doc__)
    start = int(args.pop(0))
    if not args:
        print(*(e["type"] for e in read(start)))
    elif args[0] == "=":
        await_types(start, args[1:])
    elif args[0] == "through":
        through(start, args[1], args[2])
    else:
        entry = last(read(start), args[0])
        print(*(member(entry, path) or "-" for path in args[1:]))


main()
