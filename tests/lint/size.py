# SPDX-License-Identifier: BSD-2-Clause
"""Files of at most 400 lines, functions of at most 60."""
import ast
import re

import common

FILE_MAX = 400
FUNCTION_MAX = 60

# path, or path:function -> why it may be longer
ALLOWED = {
}

C_NAME = re.compile(r"(\w+)\s*\(")


def c_functions(text):
    """(name, first line, lines) by the style's rule: a body's braces stand in
    the first column."""
    start = None
    for i, line in enumerate(text):
        if line == "{":
            first = i
            while first > 0 and text[first - 1].strip() and \
                    not text[first - 1].startswith(("}", "#", " *", "*/", "/*")):
                first -= 1
            start = first
        elif line == "}" and start is not None:
            m = C_NAME.search(" ".join(text[start:start + 4]))
            yield (m.group(1) if m else "?"), start + 1, i - start + 1
            start = None


def shell_functions(text):
    start = name = None
    for i, line in enumerate(text):
        m = re.match(r"(?:function )?([\w-]+) ?\(\) [{(]", line) or \
            re.match(r"@test (.*) \{", line)
        if m and not line.rstrip().endswith(("}", ")")):
            start, name = i, m.group(1)
        elif line in ("}", ")") and start is not None:
            yield name, start + 1, i - start + 1
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse("\n".join(text))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def kind(top, path):
    if path.endswith((".c", ".h")):
        return c_functions
    if path.endswith(".py"):
        return python_functions
    if path.endswith(".bats") or common.is_shell(top, path):
        return shell_functions
    return None


def check(top):
    for path in common.files(top):
        functions = kind(top, path)
        if functions is None:
            continue
        text = common.lines(top, path)
        count = len(text) - (text[-1:] == [""])
        if count > FILE_MAX and path not in ALLOWED:
            yield f"{path}: {count} lines, more than {FILE_MAX}"
        for name, line, length in functions(text):
            if length > FUNCTION_MAX and f"{path}:{name}" not in ALLOWED:
                yield f"{path}:{line}: {name} has {length} lines, more than {FUNCTION_MAX}"


if __name__ == "__main__":
    common.main(check)
