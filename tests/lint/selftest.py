# SPDX-License-Identifier: BSD-2-Clause
"""Shows that each lint can fail: a clean little tree passes, the same tree
with one fault put in does not, and the finding says so.  Prints TAP."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
HASH = "# SPDX-License-Identifier: BSD-2-Clause\n"
FENCE = "```"

CLEAN = {
    "src/base/a.h": SPDX + "#ifndef TWOKEY_BASE_A_H\n#define TWOKEY_BASE_A_H\n\n"
                           "/* One more. */\nint a_next(int i);\n\n#endif\n",
    "src/base/a.c": SPDX + '#include "base/a.h"\n\nint a_next(int i)\n{\n\treturn i + 1;\n}\n',
    "src/cli/commands.c": SPDX + '#include "cli/say.h"\n\nconst struct command cmd_a = {\n'
                                 '\t.name = "log a",\n};\nconst struct command *const commands[] = '
                                 '{\n\t&cmd_a,\n};\n',
    "src/cli/say.h": SPDX + "#ifndef TWOKEY_CLI_SAY_H\n#define TWOKEY_CLI_SAY_H\n"
                            '#define HINT "`twokey log a` says \\"more\\"; twokey needs " \\\n'
                            '\t"it"\n#define LABEL "twokey share v1"\n#endif\n',
    "src/local.mk": HASH + "libtk_la_SOURCES = src/base/a.c src/base/a.h tests/fuzz/fuzz_a.c \\\n"
                           "\tsrc/cli/commands.c src/cli/say.h\n",
    "tests/fuzz/fuzz_a.c": SPDX + "int fuzz_a;\n",
    "tests/fuzz/corpus/a/one": "1\n",
    "tests/groups/list": "# comment\nunit always 60\n",
    "tests/groups/unit.sh": "#!/bin/sh\n" + HASH + "echo\n",
    "tests/a.bats": "#!/usr/bin/env bats\n" + HASH + '@test "a" {\n\tskip "no key"\n}\n',
    "tools/demo": "#!/bin/sh\n" + HASH + "echo demo\n",
    "tools/check": "#!/bin/sh\n" + HASH + "echo check\n",
    "tools/packages.txt": "build gcc  the compiler\ndemo jq  JSON\ncheck bats  tests\n",
    "Makefile.am": HASH + "include src/local.mk\n",
    "README.md": f"{FENCE}\n./tools/demo\n./tools/check\n{FENCE}\n<!-- packages: build -->\n"
                 f"{FENCE}\nsudo apt-get install gcc\n{FENCE}\n<!-- packages: demo -->\n"
                 f"{FENCE}\nsudo apt-get install jq\n{FENCE}\n[sec](SECURITY.md)\n",
    "SECURITY.md": "# Security\n",
    "CHANGELOG.md": "# Changelog\n",
    ".gitignore": "/src/base/b\n",
}

LONG_C = SPDX + "int f(void)\n{\n" + "\tg();\n" * 60 + "}\n"

# lint, file, its content (None: removed; str.format-free), what must be said
FAULTS = [
    ("layers", "src/base/b.c", SPDX + '#include "vault/v.h"\n', "layer 0 includes"),
    ("layers", "src/vault/b.c", SPDX + "#include <json-c/json.h>\n", "belongs in src/base/"),
    ("layers", "src/token/b.c", SPDX + "#include <openssl/evp.h>\n", "belongs in src/crypto/"),
    ("layers", "src/cli/b.c", SPDX + "#include <fido.h>\n", "belongs in src/token/"),
    ("layers", "src/cli/b.c", SPDX + "#include <curl/curl.h>\n", "belongs in src/net/"),
    ("layers", "src/cli/b.c", SPDX + "#include <security/pam_modules.h>\n", "belongs in pam/"),
    ("layers", "src/token/b.c", {"src/token/b.c": SPDX + "#include <fido.h>\n",
                                 "src/token/c.c": SPDX + "#include <fido/es256.h>\n"},
     "is included by 2 files"),
    ("layers", "src/net/b.c", {"src/net/b.c": SPDX + "#include <curl/curl.h>\n",
                               "src/net/c.c": SPDX + "#include <curl/curl.h>\n"},
     "is included by 2 files"),
    ("layers", "src/net/b.c", SPDX + '#include "aws/a.h"\n', "layer 2 includes"),
    ("layers", "src/aws/b.c", SPDX + '#include "correlate/a.h"\n', "layer 4 includes"),
    ("layers", "src/aws/b.c", SPDX + "char *f(void)\n{\n\treturn getenv(\"A\");\n}\n", "calls getenv()"),
    ("layers", "src/new/b.c", SPDX, "is in no layer"),
    ("layers", "src/cli/b.c", SPDX + '#include "../base/a.h"\n', "goes up"),
    ("layers", "src/cli/b.c", SPDX + '#include "gone.h"\n', "does not stand beside it"),
    ("layers", "src/log/b.c", SPDX + "void f(void)\n{\n\tprintf(\"x\");\n}\n", "calls printf()"),
    ("layers", "src/rotate/b.c", SPDX + "long f(void)\n{\n\treturn time(0);\n}\n", "calls time()"),
    ("layers", "src/base/b.c", SPDX + "void f(void)\n{\n\texit(1);\n}\n", "calls exit()"),
    ("size", "src/base/a.c", SPDX + "int a;\n" * 400, "401 lines"),
    ("size", "src/base/a.c", LONG_C, "f has 63 lines"),
    ("size", "tests/t.py", HASH + "def f():\n" + "    g()\n" * 60, "f has 61 lines"),
    ("size", "tests/t.sh", HASH + "f() {\n" + "\tg\n" * 60 + "}\n", "f has 62 lines"),
    ("size", "tests/t.bats", HASH + "@test \"x\" {\n" + "\tg\n" * 60 + "}\n", "has 62 lines"),
    ("text", "src/base/a.c", "int a;\n", "no line SPDX"),
    ("text", "tools/check", "#!/bin/sh\n", "no line SPDX"),
    ("text", "src/base/a.c", SPDX + "int a; \n", "white space at the end"),
    ("text", "src/base/a.c", SPDX + "  \tint a;\n", "space before a tab"),
    ("text", "src/base/a.c", SPDX + "        int a;\n", "indented by spaces"),
    ("text", "tests/t.py", HASH + "if 1:\n\tpass\n", "indented by a tab"),
    ("text", "src/base/a.c", SPDX + "int a;", "no newline"),
    ("text", "src/base/a.c", SPDX + "int a; /* TO" + "DO */\n", "unfinished work"),
    ("text", "README.md", "see /ro" + "ot/x\n", "a path of one machine"),
    ("headers", "src/base/a.h", SPDX + "#ifndef TWOKEY_BASE_A_H\n\nint a_next(int i);\n#endif\n",
     "a_next has no comment"),
    ("headers", "src/base/a.h", SPDX + "/* Two lines,\n\n * one gap. */\n\nint a_next(\n    int i)\n"
     "    __attribute__((pure));\n", "a_next has no comment"),
    ("headers", "src/base/a.h", SPDX + "/* x */\nint a_next(int i);\n", "no guard"),
    ("fragments", "src/vault/x.mk", HASH, "is not included"),
    ("fragments", "src/base/b.c", SPDX, "stands in no Makefile.am fragment"),
    ("fragments", "tests/fuzz/corpus/a/one", None, "has no corpus"),
    ("fragments", "src/local.mk", HASH + "bin_PROGRAMS = \\\n\tsrc/base/a\n", "src/base/a: is built, and not in"),
    ("groups", "tests/groups/list", "unit always 60\ngone slow 10\n", "gone stands in the list"),
    ("groups", "tests/groups/list", "unit always 60\nunit slow 60\n", "stands there twice"),
    ("groups", "tests/groups/list", "unit sometimes 60\n", "what is this"),
    ("groups", "tests/groups/more.sh", "echo\n", "more stands in the folder alone"),
    ("groups", "tests/a.bats", "\tskip\n", "skips without a reason"),
    ("readme", "tools/packages.txt", "build gcc\nbuild make\ndemo jq\n", "differ from"),
    ("readme", "tools/demo", None, "is no program"),
    ("readme", "SECURITY.md", None, "links to SECURITY.md"),
    ("readme", "README.md", "nothing\n", "does not show the command"),
    ("words", "src/base/b.c", SPDX + 'const char *b = "see `twokey frob`";\n',
     "src/base/b.c:2: there is no command twokey frob"),
    ("words", "src/base/b.c", SPDX + 'const char *b = "see `twokey "\n    "log frob`";\n',
     "there is no command twokey log frob"),
    ("words", "src/base/b.c", SPDX + 'const char *b = "twokey help log frob";\n',
     "there is no command twokey log frob"),
    ("words", "src/cli/commands.c", SPDX, "no command was found"),
    ("shell", "tools/demo", "#!/bin/sh\n" + HASH + "if true; then\n\techo $1\n", "SC1"),
    ("shell", "tests/a.bats", "#!/usr/bin/env bats\n" + HASH + '@test "a" {\n\tls $1\n}\n', "SC2086"),
]

BAD_PROGRAMS = [
    (["-no-pie"], "is not position independent"),
    (["-Wl,-z,norelro"], "has no RELRO"),
    (["-Wl,-z,lazy"], "is not bound at start"),
    (["-Wl,-z,execstack"], "executable stack"),
    (["-fno-stack-protector"], "has no stack protector"),
    (["-U_FORTIFY_SOURCE"], "no fortified function"),
    (["-Wl,-rpath,/opt/lib"], "library search path"),
    (["-Wl,--no-as-needed", "-lfido2"], "links libfido2"),
    (["-Wl,--no-as-needed", "-lcurl"], "links libcurl"),
]
GOOD_FLAGS = ["-O2", "-fPIE", "-pie", "-fstack-protector-all", "-U_FORTIFY_SOURCE",
              "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]
PROGRAM = ("#include <stdio.h>\n#include <string.h>\nint main(int c, char **v)\n{ char b[64];\n"
           " snprintf(b, sizeof b, v[0], c); memcpy(b, v[0], (size_t)c); return puts(b); }\n")

count = failed = 0


def result(good, name, output=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("\n".join("# " + line for line in output.split("\n")))


def write(tree, content):
    for path, text in content.items():
        full = os.path.join(tree, path)
        if text is None:
            os.remove(full)
            if not os.listdir(os.path.dirname(full)):
                os.rmdir(os.path.dirname(full))
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)
        if text.startswith("#!"):
            os.chmod(full, 0o755)


def lint(name, tree):
    command = [f"{HERE}/shell.sh"] if name == "shell" else [sys.executable, f"{HERE}/{name}.py"]
    done = subprocess.run(command + [tree], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    return done.returncode, done.stdout


def faults():
    for name in sorted({f[0] for f in FAULTS}):
        with tempfile.TemporaryDirectory() as tree:
            write(tree, CLEAN)
            status, output = lint(name, tree)
            result(status == 0, f"{name} accepts a clean tree", output)
    for name, path, text, said in FAULTS:
        with tempfile.TemporaryDirectory() as tree:
            write(tree, CLEAN)
            write(tree, text if isinstance(text, dict) else {path: text})
            status, output = lint(name, tree)
            result(status == 1 and said in output, f"{name}: {path}: {said}", output)


def symbols():
    with tempfile.TemporaryDirectory() as tree:
        for name, text in (("a", "int f_one(void); int f_one(void) { return 1; }\n"),
                           ("b", "int f_two(void); int f_two(void) { return 2; }\n"),
                           ("c", "int f_one(void); int f_one(void) { return 3; }\n")):
            write(tree, {f"src/{name}/.libs/x.c": text})
            subprocess.run(["gcc", "-c", "-o", f"{tree}/src/{name}/.libs/x.o",
                            f"{tree}/src/{name}/.libs/x.c"], check=True)
            status, output = lint("symbols", tree)
            if name == "c":
                result(status == 1 and "src/a/x.c and src/c/x.c" in output,
                       "symbols: one name twice", output)
            else:
                result(status == 0, f"symbols: names apart, {name}", output)
        write(tree, {"Makefile": f"abs_top_srcdir = {tree}\n", "src/a/x.c": "", "src/b/x.c": ""})
        status, output = lint("symbols", tree)
        result(status == 0, "symbols: an object whose source is gone", output)


def programs():
    with tempfile.TemporaryDirectory() as tree:
        write(tree, {"p.c": PROGRAM})
        for flags, said in [([], None)] + BAD_PROGRAMS:
            subprocess.run(["gcc", "-w", *GOOD_FLAGS, *flags, "-o", f"{tree}/p", f"{tree}/p.c"],
                           check=True)
            status, output = lint("hardening", tree)
            good = status == 0 if said is None else status == 1 and said in output
            result(good, f"hardening: {' '.join(flags) or 'a hardened program'}", output)


faults()
symbols()
programs()
print(f"1..{count}")
sys.exit(1 if failed else 0)
