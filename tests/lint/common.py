# SPDX-License-Identifier: BSD-2-Clause
"""What the lints share: the files of a tree, and how a finding is told."""
import os
import subprocess
import sys

SKIPPED_FOLDERS = {".git", "autom4te.cache", "build-aux", "__pycache__"}
MADE = {"configure", "aclocal.m4", "Makefile.in", "config.h.in"}


def walk(top):
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(d for d in folders
                            if d not in SKIPPED_FOLDERS and not d.startswith("build"))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), top)
            made = name in MADE or (path.startswith("m4/") and path != "m4/hardening.m4")
            if not made and not name.endswith((".o", ".lo", ".la", "~")):
                yield path


def tracked(top):
    """Files git knows or would take, or None outside of a repository."""
    if not os.path.exists(os.path.join(top, ".git")):
        return None
    try:
        out = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
            cwd=top, check=True, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    paths = sorted(set(os.fsdecode(p) for p in out.split(b"\0") if p))
    return [p for p in paths if os.path.isfile(os.path.join(top, p))]


def files(top, *endings):
    """Paths relative to top, of these endings (all without any)."""
    paths = tracked(top)
    if paths is None:
        paths = list(walk(top))
    return [p for p in paths if not endings or p.endswith(endings)]


def lines(top, path):
    """The text lines of a file without their newlines; [] for binary files."""
    with open(os.path.join(top, path), "rb") as f:
        data = f.read()
    if b"\0" in data:
        return []
    return data.decode("utf-8", "replace").split("\n")


def is_shell(top, path):
    if path.endswith((".sh", ".bash")):
        return True
    if "." in os.path.basename(path):
        return False
    first = lines(top, path)[:1]
    return bool(first) and first[0].startswith("#!") and first[0].rstrip().endswith("sh")


def main(check):
    """Runs check(tree) over argv[1]; prints findings; exits 1 if any."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} TREE")
    found = list(check(sys.argv[1]))
    for text in found:
        print(text)
    sys.exit(1 if found else 0)
