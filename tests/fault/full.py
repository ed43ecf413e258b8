# SPDX-License-Identifier: BSD-2-Clause
"""A disk that becomes full at each file-changing system call: full.py WHAT...

WHAT is a command of kill.py: from that call on no call gets space any more; or
`reserve`: an unseal that finds space again whenever it cuts its reserve, and
must succeed.  A write is tried twice: with none of its bytes written, and with
half of them.  Errors must be said in a sentence, and nothing may be lost.  Then,
the disk still full, an unseal must open through the reserve; and when the disk
has room again the next command must work."""
import os
import re
import sys

import lab


def reserves(p):
    files = [p.store + "/log/.reserve", p.state + "/.reserve"]
    return [os.path.getsize(f) if os.path.exists(f) else 0 for f in files]


def sentence(out):
    """One error, in words, that names the trouble and what to do."""
    out = re.sub(r"\033\[[0-9;]*[mK]", "", out).replace("\r", "\n")
    said = re.findall(r"^twokey: (.*)$", out, re.M)
    lab.need(len(said) == 1, f"not one error:\n{out}")
    lab.need("No space left on device" in said[0], f"what failed is not said:\n{out}")
    lab.need(re.search("^hint: .*[Ff]ree .*space", out, re.M), f"no next step:\n{out}")


WHOLE = [1 << 20, 256 << 10]
FLOOR = WHOLE[0] // 4 * 3   # of the store's part: requests leave it


def still_full(p):
    """An unseal while the disk is full; each cut of the reserve makes room."""
    before, log, documents = reserves(p), p.log(), p.documents()
    done = p.run(*lab.COMMANDS["unseal"], "cut=1")
    lab.kept(p, log, documents)
    if done.rc != 0 and before[0] <= FLOOR:
        # Somebody else took what the command before had set free for its request.
        lab.need(done.rc == 1 and lab.VALUES["one"] not in done.out, f"{done.rc}:\n{done.out}")
        sentence(done.out)
        return
    lab.need(done.rc == 0 and lab.VALUES["one"] in done.out,
             f"no unseal through the reserve {before}: it ended with {done.rc}:\n{done.out}")
    lab.need(sum(reserves(p)) < sum(before), "the reserve was not used")


def full(place, what, n, half):
    mode, command = ("cut", "unseal") if what == "reserve" else ("full", what)
    args, keys = lab.COMMANDS[command]
    p = place.lab.copy(place)
    log, documents = p.log(), p.documents()
    kept = reserves(p)
    done = p.run(args, keys, f"{mode}{half}={n}")
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
    if command != "init":   # before it is done, there is nothing to open
        still_full(lab.first_host(p) if command == "host" else p)
    lab.again(p, command, done.out)
    log, documents = p.log(), p.documents()
    lab.afterwards(p, n)
    lab.kept(p, log, documents)
    lab.need(reserves(p) == WHOLE, f"the reserves are {reserves(p)}")
    p.remove()


def finished(command, out):
    """Has the command handed out what it is for?"""
    return {**{c: done for c, (done, _) in lab.SET_UP.items()}, "seal": "Sealed two", "next": "Sealed one",
            "import": "Sealed 5 records", "unseal": lab.VALUES["one"]}[command] in out


def main():
    the_lab, tap = lab.lab_from_environment()
    for what in sys.argv[1:]:
        command = "unseal" if what == "reserve" else what
        place = the_lab.place(command)
        args, keys = lab.COMMANDS[command]
        clean = the_lab.copy(place)
        done = clean.run(args, keys, "count")
        lab.need(done.rc == 0 and done.points, f"{command} itself fails:\n{done.out}")
        clean.remove()
        words = "the reserve serves from" if what == "reserve" else f"{what}, disk full from"
        tap.all(lab.JOBS, [(f"{words} {lab.point_name(point)}{half and ', half of it written'}",
                            lambda n=point["n"], w=what, p=place, h=half: full(p, w, n, h))
                           for point in done.points if point["space"]
                           for half in ("", "+") if not half or "write" in point["call"]])
    tap.done()


if __name__ == "__main__":
    main()
