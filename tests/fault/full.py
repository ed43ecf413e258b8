# SPDX-License-Identifier: BSD-2-Clause
"""A disk that becomes full at each file-changing system call: full.py WHAT...

WHAT is a command of kill.py: from that call on no call gets space any more; or
`reserve`: an unseal that finds space again whenever it cuts its reserve, and
must succeed.  Errors must be said in a sentence, nothing may be lost, and when
the disk has room again the next command must work."""
import os
import re
import sys

import lab


def reserves(p):
    return [os.path.getsize(f) for f in (p.store + "/log/.reserve", p.state + "/.reserve")]


def sentence(out):
    """One error, in words, that names the trouble and what to do."""
    out = re.sub(r"\033\[[0-9;]*[mK]", "", out).replace("\r", "\n")
    said = re.findall(r"^twokey: (.*)$", out, re.M)
    lab.need(len(said) == 1, f"not one error:\n{out}")
    lab.need("No space left on device" in said[0], f"what failed is not said:\n{out}")
    lab.need("hint: Free space" in out, f"no next step:\n{out}")


def full(place, what, n):
    mode, command = ("cut", "unseal") if what == "reserve" else ("full", what)
    args, keys = lab.COMMANDS[command]
    p = place.lab.copy(place)
    log, documents = p.log(), p.documents()
    kept = reserves(p) if command != "init" else None
    done = p.run(args, keys, f"{mode}={n}")
    failed = any("failed" in point for point in done.points)
    lab.need(done.rc == 0 if mode == "cut" or not failed else done.rc in (0, 1),
             f"it ended with {done.rc}:\n{done.out}")
    lab.need((done.rc == 0) == finished(command, done.out), f"status {done.rc}:\n{done.out}")
    if done.rc != 0:
        sentence(done.out)
    if command in ("seal", "import", "next"):
        lab.need(reserves(p) == kept, "sealing used the reserve")
    lab.kept(p, log, documents)
    lab.told(p, done.out)
    if command == "init":
        again = p.run(args, keys)
        lab.need(again.rc == 0 or "is set up for vault" in again.out, again.out)
        p.seal("one")
    log, documents = p.log(), p.documents()
    lab.afterwards(p, n)
    lab.kept(p, log, documents)
    lab.need(reserves(p) == [1 << 20, 256 << 10], f"the reserves are {reserves(p)}")
    p.remove()


def finished(command, out):
    """Has the command handed out what it is for?"""
    return {"init": "is set up;", "seal": "Sealed two", "next": "Sealed one",
            "import": "Sealed 5 records", "unseal": lab.VALUES["one"]}[command] in out


def main():
    the_lab, tap = lab.lab_from_environment()
    for what in sys.argv[1:]:
        command = "unseal" if what == "reserve" else what
        place = the_lab.bare if command == "init" else the_lab.full
        args, keys = lab.COMMANDS[command]
        clean = the_lab.copy(place)
        done = clean.run(args, keys, "count")
        lab.need(done.rc == 0 and done.points, f"{command} itself fails:\n{done.out}")
        clean.remove()
        words = "the reserve serves from" if what == "reserve" else f"{what}, disk full from"
        tap.all(lab.JOBS, [(f"{words} {lab.point_name(point)}",
                            lambda n=point["n"], w=what, p=place: full(p, w, n))
                           for point in done.points if point["space"]])
    tap.done()


if __name__ == "__main__":
    main()
