#!/usr/bin/env python3
"""Compiles the programs in the top-level pages and docs/ and runs the commands there.

Usage: run.py BUILD_DIR CXX CC [SANITIZERS]

Every ```cpp or ```c block is a whole program. It is built against the tree's static library, run with
the URL of a fault server as its argument, and must print "hello" and end with 0. The server plays
`200 body=text:hello`, or the rules in comments right above the block, one a line:
<!-- rule: 503 ra=0; 200 body=text:hello -->

The ```sh blocks of a page are one script. Lines that call make must name a target that exists
(`make -n`). All else is run, in a folder that has the tree's build/bin, LICENSE and examples. The
ports 8080 and 8443 stand for free ones, and after a line that starts a fault server in the background
the script waits until it listens.

The handbook, docs/faults.md, must name every word of `fault-server --help-script`, every preset and
every path of the admin interface.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_RULE = "200 body=text:hello"


def fail(text):
    sys.exit("readme: " + text)


def run(command, what, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{what} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def pages():
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def start_server(build, folder, rules):
    port = folder / "port"
    words = [word for rule in rules for word in ("--rule", rule)]
    server = subprocess.Popen([build / "bin" / "fault-server", *words, "--port", "0",
                               "--port-file", port], stdout=subprocess.DEVNULL)
    while not (port.exists() and port.read_text().strip()):
        if server.poll() is not None:
            raise RuntimeError(f"the fault server did not start with {rules}")
    return server, f"http://127.0.0.1:{port.read_text().strip()}/"


def libraries(build):
    """What the archive has to be linked with, as its .pc file says."""
    environment = {**os.environ, "PKG_CONFIG_PATH": str(build)}
    needed = subprocess.run(["pkg-config", "--print-requires", "holdfast-static"], check=True,
                            stdout=subprocess.PIPE, text=True, env=environment).stdout
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", needed], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    return flags.split()


class Program:
    """A block of C++ or C, with the rules of its server."""

    def __init__(self, page, rules, language, source):
        self.name = f"the {language} program of {page.relative_to(ROOT)} that begins with " + \
            repr(source[:source.find("\n", 60)])
        self.rules = re.findall(r"<!-- rule: (.*?) -->", rules) or [DEFAULT_RULE]
        self.language, self.source = language, source

    def check(self, build, compilers, sanitizers):
        with tempfile.TemporaryDirectory() as name:
            self.build_and_run(build, compilers, sanitizers, pathlib.Path(name))

    def build_and_run(self, build, compilers, sanitizers, folder):
        main, dialect = {"cpp": ("main.cc", "-std=c++20"),
                         "c": ("main.c", "-std=gnu11")}[self.language]
        (folder / main).write_text(self.source)
        library = next(build.rglob("libholdfast.a"), None) or fail("no libholdfast.a in the build")
        flags = [f"-fsanitize={sanitizers}"] if sanitizers else []
        run([compilers[self.language], dialect, "-Wall", "-Wextra", "-Wno-unused-parameter", *flags,
             "-c", "-I", ROOT / "include", folder / main, "-o", folder / "main.o"],
            "compiling " + self.name)
        # Linked as C++ whatever it is: the archive needs the C++ library.
        testing = []
        if "holdfast/testing.h" in self.source:
            testing = [next(build.rglob("libholdfast_testing.a"), None) or
                       fail("no testing library")]
        run([compilers["cpp"], *flags, folder / "main.o", *testing, library, *libraries(build),
             "-lpthread", "-o", folder / "program"], "linking " + self.name)
        server, url = start_server(build, folder, self.rules)
        try:
            out = run([folder / "program", url], self.name, cwd=folder)
        finally:
            server.terminate()
            server.wait()
        if "hello" not in out:
            raise RuntimeError(self.name + " did not print the body:\n" + out)


def programs_of(page):
    blocks = re.findall(r"((?:^<!-- rule: .*? -->\n)*)^```(cpp|c)\n(.*?)^```", page.read_text(),
                        re.M | re.S)
    return [Program(page, *block) for block in blocks]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def script_of(blocks):
    """The commands of a page, with ports of their own, that wait for each server they start."""
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    ports = {number: free_port() for number in ("8080", "8443")}
    script = ["trap 'echo \"failed: $BASH_COMMAND\"' ERR",
              "trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT"]
    for line in lines:
        if re.match(r"make\b", line):
            continue
        for number, port in ports.items():
            line = line.replace(number, port)
        script.append(line)
        if "fault-server" in line and line.endswith("&"):
            for port in ports.values():
                if port in line:
                    script.append(f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do "
                                  f"kill -0 $!; done")
        elif line.strip() == "kill $!":
            script.append("wait $! || true")
    return "\n".join(script) + "\n"


def try_commands(page, build):
    """How many blocks of commands the page has; all of them work."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
    name = page.relative_to(ROOT)
    for target in re.findall(r"^make ([a-z-]+)", "".join(blocks), re.M):
        run(["make", "-n", target], f"`make {target}` of {name}", cwd=ROOT)
    if not blocks:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "build").mkdir()
        (folder / "build" / "bin").symlink_to(build / "bin")
        for shared in ("LICENSE", "examples"):
            (folder / shared).symlink_to(ROOT / shared)
        run(["bash", "-eEuo", "pipefail", "-c", script_of(blocks)], f"the commands of {name}",
            cwd=folder)
    return len(blocks)


def try_handbook(build):
    text = (ROOT / "docs" / "faults.md").read_text()
    command = build / "bin" / "fault-server"
    vocabulary = run([command, "--help-script"], "fault-server --help-script")
    words = re.findall(r"^  ([a-z][a-z0-9_.]*(?:NAME)?)=?(?:  |$)", vocabulary, re.M)
    presets = re.search(r"--preset (\S+)", run([command, "--help"], "fault-server --help"))[1]
    with tempfile.TemporaryDirectory() as folder:
        server, url = start_server(build, pathlib.Path(folder), [])
        try:
            with urllib.request.urlopen(url + "__fault/openapi.json", timeout=20) as answer:
                paths = json.load(answer)["paths"]
        finally:
            server.terminate()
            server.wait()
    if len(words) < 70 or len(presets.split("|")) < 6 or len(paths) < 20:
        fail("the vocabulary was not found")
    needed = [r"[`( ]" + re.escape(word) + r"[`=@ ]" for word in words]
    needed += [re.escape(f"`{preset}`") for preset in presets.split("|")]
    needed += [re.escape(path.strip("/")) + "[`?]" for path in paths if path != "/"]
    missing = [pattern for pattern in needed if not re.search(pattern, text)]
    if missing:
        fail("docs/faults.md lacks " + ", ".join(missing))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    compilers = {"cpp": sys.argv[2], "c": sys.argv[3]}
    sanitizers = sys.argv[4] if len(sys.argv) > 4 else ""
    programs = [program for page in pages() for program in programs_of(page)]
    if {program.language for program in programs} != {"cpp", "c"}:
        fail("no programs found, or none in one of the languages")
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            checks = [pool.submit(program.check, build, compilers, sanitizers)
                      for program in programs]
            blocks = sum(try_commands(page, build) for page in pages())
            try_handbook(build)
            for check in checks:
                check.result()
    except (RuntimeError, subprocess.TimeoutExpired) as failure:
        fail(str(failure))
    if blocks < 3:
        fail("no commands found")
    print(f"readme: {len(programs)} program(s) and {blocks} block(s) of commands work")


if __name__ == "__main__":
    main()
