#!/usr/bin/env python3
"""Compiles the README's programs and runs its commands. Usage: run.py BUILD_DIR CXX CC [SANITIZERS]

Every ```cpp or ```c block is a whole program: built against the tree's static library, run against a
fault server. Every line of a ```sh block that calls make must name a target that exists (`make -n`); every
block that calls build/bin is run as it stands, with BUILD_DIR's programs.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def fail(text):
    sys.exit("readme: " + text)


def run(command, what, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, **options)
    if done.returncode != 0:
        fail(f"{what} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def start_server(build, folder):
    port = folder / "port"
    port.unlink(missing_ok=True)  # of the program before
    server = subprocess.Popen([build / "bin" / "fault-server", "--rule", "200 body=text:hello",
                               "--port", "0", "--port-file", port], stdout=subprocess.DEVNULL)
    while not (port.exists() and port.read_text().strip()):
        if server.poll() is not None:
            fail("the fault server did not start")
    return server, f"http://127.0.0.1:{port.read_text().strip()}/"


def libraries(build):
    """What the archive has to be linked with, as its .pc file says."""
    environment = {**os.environ, "PKG_CONFIG_PATH": str(build)}
    needed = subprocess.run(["pkg-config", "--print-requires", "holdfast-static"], check=True,
                            stdout=subprocess.PIPE, text=True, env=environment).stdout
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", needed], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    return flags.split()


def try_program(language, source, build, compilers, sanitizers, folder):
    main, dialect = {"cpp": ("main.cc", "-std=c++20"), "c": ("main.c", "-std=gnu11")}[language]
    (folder / main).write_text(source)
    library = next(build.rglob("libholdfast.a"), None) or fail("no libholdfast.a in the build")
    flags = [f"-fsanitize={sanitizers}"] if sanitizers else []
    run([compilers[language], dialect, "-Wall", "-Wextra", "-Wno-unused-parameter", *flags, "-c",
         "-I", ROOT / "include", folder / main, "-o", folder / "main.o"],
        "compiling the README's program")
    # Linked as C++ whatever it is: the archive needs the C++ library.
    testing = []
    if "holdfast/testing.h" in source:
        testing = [next(build.rglob("libholdfast_testing.a"), None) or fail("no testing library")]
    run([compilers["cpp"], *flags, folder / "main.o", *testing, library, *libraries(build),
         "-lpthread", "-o", folder / "program"], "linking the README's program")
    server, url = start_server(build, folder)
    try:
        out = run([folder / "program", url], "the README's program")
    finally:
        server.terminate()
        server.wait()
    if "hello" not in out:
        fail("the README's program did not print the body:\n" + out)


def try_commands(block, build, folder):
    for target in re.findall(r"^make ([a-z-]+)", block, re.M):
        run(["make", "-n", target], f"`make {target}`", cwd=ROOT)
    if "build/bin" in block:
        text = block.replace("build/bin", str(build / "bin")).replace("build/readme.port",
                                                                      str(folder / "readme.port"))
        run(["bash", "-euo", "pipefail", "-c", text], "the README's commands", cwd=ROOT)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    compilers = {"cpp": sys.argv[2], "c": sys.argv[3]}
    sanitizers = sys.argv[4] if len(sys.argv) > 4 else ""
    readme = (ROOT / "README.md").read_text()
    programs = re.findall(r"^```(cpp|c)\n(.*?)^```", readme, re.M | re.S)
    blocks = re.findall(r"^```sh\n(.*?)^```", readme, re.M | re.S)
    if {language for language, _ in programs} != {"cpp", "c"} or not blocks:
        fail("no code blocks found, or none in one of the languages")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for language, program in programs:
            try_program(language, program, build, compilers, sanitizers, folder)
        for block in blocks:
            try_commands(block, build, folder)
    print(f"readme: {len(programs)} program(s) and {len(blocks)} block(s) of commands work")


if __name__ == "__main__":
    main()
