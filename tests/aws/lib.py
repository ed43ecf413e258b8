# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: a folder of their own, and awscall run against a double."""
import os
import subprocess
import tempfile

from double import KEY

CALL = os.path.join(os.environ["TK_BUILD"], "tests/aws/awscall")
FOLDER = tempfile.mkdtemp(dir=os.environ.get("TK_WORK"))
# As root the network's helper is nobody, and reads the CA's file there.
os.chmod(FOLDER, 0o755)


def path(name, text=None, mode=0o600):
    full = os.path.join(FOLDER, name)
    if text is not None:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(full, mode)
    return full


def run(*words, env=None, stdin="", timeout=60):
    """(exit status, what it printed)"""
    # Its pages are read as they are; what it would say of leaks is said by other tests.
    clean = {"PATH": os.environ["PATH"], "HOME": FOLDER,
             **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **(env or {})}
    done = subprocess.run([CALL, *words], env=clean, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, timeout=timeout,
                          errors="replace")
    return done.returncode, done.stdout


AS_WATCH = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": KEY["secret"]}


def call(double, *words, options=(), env=None, timeout=60):
    return run("-F", "-e", double.url, "-c", double.ca, *options, *words,
               env=AS_WATCH if env is None else env, timeout=timeout)
