#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where credentials come from, and what is said when they do not."""
import os
import stat
import sys
import time

import tap
from lib import FOLDER, path, run

HEAD = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key=s3cr=t/+\n"


def load(text, *options, name="credentials", mode=0o600, env=None, timeout=60):
    """What awscall says of the credentials in this file."""
    return run("-f", path(name, text, mode), *options, "credentials", env=env, timeout=timeout)


def process(body, mode=0o700):
    return path("process.sh", "#!/bin/sh\n" + body, mode)


def config(text, *options, env=None):
    """The same for a file of the other kind."""
    return run("-f", path("none", ""), "-g", path("config", text), *options, "credentials", env=env)


def test_profiles():
    """profiles of both files, with comments, nested settings and odd spaces"""
    status, out = load("# c\n; d\n" + HEAD + "\n[other]  # x\r\n aws_session_token = nested\n")
    tap.equal(status, 2)
    tap.has(out, "line 8: it is indented, but no key stands above it")
    status, out = load("# c\n\n" + HEAD + "s3 =\n  max_queue = 4\n\tx = y\n[b]\nregion=eu-west-1\r\n"
                       "aws_access_key_id=AKIDB\r\naws_secret_access_key = sb\naws_session_token=tok==\n")
    tap.has(out, "id AKIDDEFAULT key s3cr=t/+ token - expires 0 source profile \"default\" in ")
    status, out = load(None, "-P", "b")
    tap.has(out, "id AKIDB key sb token tok==")
    status, out = config("[profile  a b]\naws_access_key_id=AKIDAB\naws_secret_access_key=x\n[a b]\n"
                         "aws_access_key_id=NO\n", "-P", "a b")
    tap.has(out, "id AKIDAB")
    status, out = config("[default]\naws_access_key_id=AKIDD\naws_secret_access_key=x\n")
    tap.has(out, "id AKIDD")


def test_home():
    """~/.aws"""
    os.makedirs(os.path.join(FOLDER, ".aws"), exist_ok=True)
    path(".aws/credentials", HEAD)
    path(".aws/config", "[profile c]\naws_access_key_id=AKIDC\naws_secret_access_key=x\n")
    tap.has(run("-H", FOLDER, "credentials")[1], "id AKIDDEFAULT")
    tap.has(run("-H", FOLDER, "-P", "c", "credentials")[1], "id AKIDC")


def test_malformed():
    """strict, with a line number, and silent about what stands there"""
    for text, line in (("secretword\n", 1), ("[a]\nsecretword\n", 2), ("a = secretword\n", 1),
                       ("[a\n", 1), ("[]\n", 1), ("[a] secretword\n", 1), ("[a]\n= secretword\n", 2),
                       ("[a]\nb\0=secretword\n", 2), (HEAD + "aws_access_key_id = secretword\n", 4)):
        status, out = load(text)
        tap.equal(status, 2)
        tap.has(out, "error configuration", f"line {line}: ")
        tap.hasnt(out, "secretword")
    for text in (HEAD.replace("AKIDDEFAULT", ""), HEAD.replace("AKIDDEFAULT", "A/B"),
                 HEAD.replace("s3cr=t/+", ""), HEAD.replace("s3cr=t/+", "x" * 300),
                 HEAD + "aws_session_token = a b\n", HEAD + "aws_session_token = " + "x" * 9000 + "\n"):
        tap.equal(load(text)[0], 2)


def test_owner_and_mode():
    """a file that others may read or write, a link, a folder, something huge"""
    for mode in (0o644, 0o640, 0o660, 0o602):
        status, out = load(HEAD, mode=mode)
        tap.equal(status, 2)
        tap.has(out, "hint: ")
    link = path("link")
    os.symlink(path("credentials", HEAD), link)
    tap.equal(run("-f", link, "credentials")[0], 1)
    tap.equal(run("-f", FOLDER, "credentials")[0], 1)
    tap.equal(load("x" * 300000)[0], 1)


def test_environment():
    """the environment, unless a profile is asked for or this is root's program"""
    env = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t"}
    tap.has(load(HEAD, env=env)[1], "id AKIDENV key e token t expires 0 source the environment")
    tap.has(load(HEAD, "-P", "default", env=env)[1], "id AKIDDEFAULT")
    tap.has(load(HEAD, "-R", env=env)[1], "id AKIDDEFAULT")
    status, out = run("-R", "-H", FOLDER, "credentials", env=env)
    tap.equal(status, 2)
    tap.has(out, "aws_credentials")


def test_others():
    """single sign-on, roles and the like are named, with the way that works"""
    for key in ("sso_session", "role_arn", "web_identity_token_file", "credential_source"):
        status, out = config(f"[default]\n{key} = x\n")
        tap.equal(status, 2)
        tap.has(out, f"by {key}, which is not built in", "export-credentials")
    status, out = load("", "-P", "gone")
    tap.equal(status, 2)
    tap.has(out, 'no AWS credentials for the profile "gone"', "credential_process")


GOOD = ('{"Version":1,"AccessKeyId":"ASIAP","SecretAccessKey":"p\\u0041q","SessionToken":"tok",'
        '"Expiration":"2030-01-02T03:04:05Z","AccountId":"1","Extra":null, "More" : 5 }')


def test_process():
    """a program that prints credentials; no shell, its quotes understood"""
    script = process('[ "$1" = "a b" ] && [ "$2" = "c\\"d" ] && [ "$3" = \'$HOME;e\' ] && [ $# = 4 ] '
                     f"&& [ ! -t 0 ] && echo noise >&2 && echo '{GOOD}'")
    line = f"credential_process = {script} 'a b' \"c\\\"d\" '$HOME;e' \"\"\n"
    status, out = load("[default]\n" + line)
    tap.has(out, "id ASIAP key pAq token tok expires 1893553445000")
    tap.hasnt(out, "noise")
    tap.has(config("[profile x]\n" + line, "-P", "x")[1], "id ASIAP")


def test_process_as_root():
    """as root: an absolute path, and a clean environment"""
    status, out = load("[default]\ncredential_process = sh x\n", "-R")
    tap.equal(status, 2)
    tap.has(out, "absolute path")
    script = process(f"[ \"$(env | cut -d= -f1 | grep -v _ | sort | tr '\\n' ' ')\" = 'HOME LANG PATH PWD ' ] && echo '{GOOD}'")
    tap.has(load(f"[default]\ncredential_process = {script}\n", "-R", "-H", "/x", env={"EVIL": "1"})[1], "id ASIAP")


def test_process_fails():
    """a program that fails, hangs, floods, or prints something else"""
    for body, exit_code, said in (
            ("echo secretword >&2; exit 3", 8, "ended with status 3"), ("kill -9 $$", 8, "status 137"),
            ("head -c 100000 /dev/zero", 8, "prints more than"), ("exit 0", 1, "expected"),
            ("echo '{}'", 1, "is missing"), ("echo '[]'", 1, "expected"),
            (f"echo '{GOOD}' x", 1, "nothing may stand behind"),
            (f"echo '{GOOD}' | sed 's/:1,/:2,/'", 1, '"Version" is not 1'),
            (f"echo '{GOOD}' | sed 's/\"ASIAP\"/5/'", 1, "no string"),
            (f"echo '{GOOD}' | sed 's/2030/20x0/'", 1, '"Expiration" is no time'),
            (f"echo '{GOOD}' | sed 's/null/{{}}/'", 1, "wrong kind")):
        status, out = load(f"[default]\ncredential_process = {process(body)}\n")
        tap.equal((body, status), (body, exit_code))
        tap.has(out, said)
        tap.hasnt(out, "secretword", "ASIAP")
    for text in ("'", "", "\"a", "\\"):
        tap.equal(load(f"[default]\ncredential_process = {text}\n")[0], 2)
    status, out = load("[default]\ncredential_process = /gone/program\n")
    tap.equal(status, 2)
    tap.has(out, "cannot be started: No such file")


def test_process_hangs():
    """a program that does not end is ended, with what it started"""
    mark = path("pid")
    script = process(f"sleep 300 & echo $! >{mark}; wait")
    began = time.monotonic()
    status, out = load(f"[default]\ncredential_process = {script}\n", "-p", "700")
    tap.equal((status, time.monotonic() - began < 5), (8, True))
    tap.has(out, "did not end within 1 s")
    with open(mark, encoding="utf-8") as f:
        pid = int(f.read())
    for _ in range(30):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                if f.read().split()[2] == "Z":
                    break
        except FileNotFoundError:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("it lives on")


if __name__ == "__main__":
    assert stat.S_IMODE(os.stat(FOLDER).st_mode) == 0o755
    tap.run(sys.modules[__name__])
