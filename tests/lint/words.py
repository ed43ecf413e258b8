# SPDX-License-Identifier: BSD-2-Clause
"""Messages send people to commands that there are: every `twokey WORD` in a
string of src/ is a command that src/cli/commands.c lists, both words of it where
it has two."""
import re

import common

# A string with those that the compiler joins to it; comments are stepped over.
TOKENS = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])+'|((?:\"(?:\\.|[^\"\\\n])*\"\s*)+)", re.S)
PARTS = re.compile(r'"((?:\\.|[^"\\\n])*)"')
NAMED = re.compile(r"\btwokey(?: help)? ([a-z][a-z-]*)(?: ([a-z]+))?")
# What a hash or signature is of begins with the program's name too.
LABEL = re.compile(r"twokey [a-z ]+ v\d")
# Words that stand behind the name in a sentence about the program.
PROSE = {"command", "credential", "keeps", "needs"}


def commands(top):
    listed = set(re.findall(r"&(cmd_\w+)", "\n".join(common.lines(top, "src/cli/commands.c"))))
    for path in common.files(top, ".c"):
        if path.startswith("src/cli/"):
            for symbol, name in re.findall(
                    r'^const struct command (cmd_\w+) = \{\s*\.name = "([a-z -]+)"',
                    "\n".join(common.lines(top, path)), re.M):
                if symbol in listed:
                    yield name


def strings(text):
    """(line number, content) of each."""
    for m in TOKENS.finditer(text):
        if m.group(1):
            yield text.count("\n", 0, m.start()) + 1, "".join(PARTS.findall(m.group(1)))


def check(top):
    known = set(commands(top))
    groups = {name.split()[0] for name in known if " " in name}
    if not known:
        yield "src/cli/commands.c: no command was found"
    for path in common.files(top, ".c", ".h"):
        if not path.startswith("src/"):
            continue
        for number, text in strings("\n".join(common.lines(top, path))):
            for m in NAMED.finditer(LABEL.sub("", text)):
                one, two = m.group(1), m.group(2)
                name = f"{one} {two}" if one in groups and two else one
                if name not in known and name not in groups and name not in PROSE:
                    yield f"{path}:{number}: there is no command twokey {name}"


if __name__ == "__main__":
    common.main(check)
