# SPDX-License-Identifier: BSD-2-Clause
"""What a process has in memory, and what the kernel says of it."""
import json
import os

PAGE = 4096
ZERO = bytes(PAGE)


def maps(pid):
    """(start, end, permissions, name, flags) of each mapping."""
    out = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as f:
        for line in f:
            words = line.split()
            if line.startswith("VmFlags:"):
                out[-1][4] = words[1:]
            elif "-" in words[0] and not words[0].endswith(":"):
                start, end = (int(x, 16) for x in words[0].split("-"))
                out.append([start, end, words[1], words[5] if len(words) > 5 else "", []])
    return out


def pages(pid, start, end):
    """The bytes from start to end, as (address, bytes) of pages not all zero."""
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        run, at = b"", start
        while start < end:
            try:
                mem.seek(start)
                page = mem.read(PAGE)
            except OSError:
                page = ZERO
            if page == ZERO:
                if run:
                    yield at, run
                run, at = b"", start + PAGE
            else:
                run += page
            start += PAGE
        if run:
            yield at, run


def text(path):
    with open(path, "rb") as f:
        return f.read().decode(errors="replace")


def keep(pid, path):
    """Writes PATH.mem, the memory, and PATH.json, what is known of it."""
    segments, offset = [], 0
    with open(path + ".mem", "wb") as out:
        for start, end, permissions, name, flags in maps(pid):
            # What is only read from a file holds nothing of ours.
            if "r" not in permissions or ("w" not in permissions and name.startswith("/")) or \
                    name.startswith("[v"):
                continue
            for at, data in pages(pid, start, end):
                out.write(data)
                segments.append([offset, len(data), at, permissions, name, flags])
                offset += len(data)
    about = {word: text(f"/proc/{pid}/{word}") for word in ("cmdline", "environ", "status", "limits")}
    about["segments"] = segments
    about["owner"] = os.stat(f"/proc/{pid}/mem").st_uid
    with open(path + ".json", "w", encoding="utf-8") as f:
        json.dump(about, f)


class Kept:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as f:
            self.about = json.load(f)
        with open(path[:-5] + ".mem", "rb") as f:
            self.mem = f.read()

    def segment(self, offset):
        for s in self.about["segments"]:
            if s[0] <= offset < s[0] + s[1]:
                return s
        return None
