# SPDX-License-Identifier: BSD-2-Clause
"""tests/groups/list and the scripts beside it agree, and nothing in the tests
skips without a reason."""
import os
import re

import common


def check(top):
    listed = set()
    for line in common.lines(top, "tests/groups/list"):
        if not line.strip() or line.startswith("#"):
            continue
        if not re.fullmatch(r"[a-z-]+ (always|slow) [1-9]\d*", line):
            yield f"tests/groups/list: what is this: {line}"
            continue
        if line.split()[0] in listed:
            yield f"tests/groups/list: {line.split()[0]} stands there twice"
        listed.add(line.split()[0])
    scripts = {os.path.basename(p)[:-3] for p in common.files(top, ".sh")
               if p.startswith("tests/groups/")}
    for name in sorted(listed ^ scripts):
        where = "list" if name in listed else "folder"
        yield f"tests/groups: {name} stands in the {where} alone"
    for name in sorted(scripts):
        if not os.access(os.path.join(top, f"tests/groups/{name}.sh"), os.X_OK):
            yield f"tests/groups/{name}.sh: is not executable"
    for path in common.files(top, ".bats"):
        for number, line in enumerate(common.lines(top, path), 1):
            if re.match(r"\s*skip\s*($|#|;)", line):
                yield f"{path}:{number}: skips without a reason"


if __name__ == "__main__":
    common.main(check)
