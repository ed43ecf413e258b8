# SPDX-License-Identifier: BSD-2-Clause
"""README.md is true: its two commands exist, its package lists are those of
tools/packages.txt, and the files that any page links to are there."""
import os
import re

import common


def packages(top):
    groups = {}
    for line in common.lines(top, "tools/packages.txt"):
        if line and not line.startswith("#"):
            group, name = line.split()[:2]
            groups.setdefault(group, []).append(name)
    return groups


def quoted(text, group):
    """The names in the code block behind <!-- packages: GROUP -->."""
    m = re.search(rf"<!-- packages: {group} -->\s*```\w*\n(.*?)```", text, re.S)
    if m is None:
        return None
    words = m.group(1).replace("\\\n", " ").split()
    return [w for w in words if re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", w)
            and w not in ("sudo", "apt-get", "install")]


def check(top):
    text = "\n".join(common.lines(top, "README.md"))
    for command in ("./tools/demo", "./tools/check"):
        if not re.search(rf"^{re.escape(command)}\b", text, re.M):
            yield f"README.md: does not show the command {command}"
        if not os.access(os.path.join(top, command), os.X_OK):
            yield f"README.md: {command} is no program"
    for group in ("build", "demo"):
        names = quoted(text, group)
        if names is None:
            yield f"README.md: no block <!-- packages: {group} -->"
        elif sorted(names) != sorted(packages(top).get(group, [])):
            odd = sorted(set(names) ^ set(packages(top).get(group, [])))
            yield f"README.md: packages for {group} differ from tools/packages.txt: {' '.join(odd)}"
    for path in common.files(top, ".md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", "\n".join(common.lines(top, path))):
            if not os.path.exists(os.path.join(top, os.path.dirname(path), target)):
                yield f"{path}: links to {target}, which is not there"


if __name__ == "__main__":
    common.main(check)
