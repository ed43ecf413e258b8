# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 before every file-changing system call of a command: kill.py COMMAND...

For each point the command runs on a fresh copy of a vault and is killed there;
what it had said by then must be so, what stood there before must stand there
still, and the next command must work."""
import sys

import lab


def killed(place, command, n):
    """Kills at point n; None when the command has ended before."""
    args, keys = lab.COMMANDS[command]
    p = place.lab.copy(place)
    if command == "init":
        log, documents = b"", {}
    else:
        lab.plant(p)
        log, documents = p.log(), p.documents()
    done = p.run(args, keys, f"kill={n}")
    if not any("killed" in point for point in done.points):
        raise lab.Bad(f"there is no point {n}; it ended with {done.rc}:\n{done.out}")
    lab.need(done.rc == 137, f"status {done.rc} after the kill")
    lab.kept(p, log, documents)
    lab.told(p, done.out)
    lab.again(p, command, done.out)
    if command == "rotate":
        rotate_again(p)
    if command == "mfa":
        mfa_again(p)
    log, documents = p.log(), p.documents()
    lab.afterwards(p, n)
    lab.kept(p, log, documents)
    p.remove()


def rotate_again(p):
    """Old and candidate both open until the confirmation; then the rotation goes on with the
    candidate that is there."""
    if p.confirmed():
        return
    p.opens("one")
    candidate, before = ("one", 2) in lab.sealed_names(p), p.shown()
    if candidate:
        out = p.good([*lab.unseal_args("one"), "--candidate"], ["alice", "bob"])
        lab.need(before is None or before in out, f"the candidate is not what was shown:\n{out}")
    out = p.good(*lab.COMMANDS["rotate"])
    lab.need(p.confirmed(), f"it is not confirmed:\n{out}")
    lab.need(before in (None, p.shown()) and ("one", 3) not in lab.sealed_names(p), "another candidate was made")
    lab.need(candidate == ("Going on with candidate version 2" in out), out)


def mfa_again(p):
    """The old seed opens; without a candidate holders are asked for anew, else the one that is there is
    shown."""
    p.opens("root")
    candidate = lab.attended(p)
    if candidate:
        p.good([*lab.unseal_args("root"), "--candidate"], ["alice", "bob"])
    out = p.good(*lab.COMMANDS["mfa"])
    lab.need(lab.attended(p) and ("root", 3) not in lab.sealed_names(p), "another candidate was made")
    lab.need(candidate == ("Going on with candidate version 2" in out), out)
    lab.need(candidate != ("MFA seed" in out), out)
    lab.told(p, out)


def main():
    the_lab, tap = lab.lab_from_environment()
    for command in sys.argv[1:]:
        place = the_lab.place(command)
        args, keys = lab.COMMANDS[command]
        clean = the_lab.copy(place)
        if command != "init":
            lab.plant(clean)    # sweeping it up takes calls, too
        done = clean.run(args, keys, "count")
        lab.need(done.rc == 0 and done.points, f"{command} itself fails:\n{done.out}")
        clean.remove()
        tap.all(lab.JOBS, [(f"{command} killed before {lab.point_name(point)}",
                            lambda n=point["n"], c=command, p=place: killed(p, c, n))
                           for point in done.points])
    tap.done()


main()
