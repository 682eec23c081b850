#!/usr/bin/env python3
"""Measures what a request or an idle connection costs and judges it by table.txt.

Usage: run.py MEASUREMENT BIN_DIR BUILT_WITH [--figures]

MEASUREMENT is instructions_http1, instructions_http2, heap, system_calls or frames; BIN_DIR has the
programs; BUILT_WITH is the file in which CMake described the build. Every figure is a count, so a
busy machine does not change them. --figures prints them without judging. Exit status: 0 within the
bounds, 1 out of one, 2 when a figure could not be measured, 77 when valgrind is not installed.
"""

import contextlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
START_SECONDS = 30
RUN_SECONDS = 200
BODY = "200 body=fill:100; loop"


class Broken(Exception):
    """There is no figure."""


def environment():
    """Without the user's proxies, certificates and OpenSSL configuration."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}


def run(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=RUN_SECONDS, env=environment())
    if done.returncode != 0:
        raise Broken(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


# --- The table -----------------------------------------------------------------------------------

class Row:
    def __init__(self, name, measured, margin, elsewhere, goal):
        self.name, self.goal, self.text = name, goal, measured
        self.measured, self.exact = float(measured), margin == "="
        self.margin, self.elsewhere = (0 if word == "=" else float(word)
                                       for word in (margin, elsewhere))

    def bound(self, as_measured):
        margin = self.margin if as_measured else self.elsewhere
        return self.measured * (1 + margin / 100)


def read_with(text):
    """The lines `with KEY VALUE`."""
    return dict(re.findall(r"^with (\w+) +(.*?) *$", text, re.MULTILINE))


def read_table():
    text = (HERE / "table.txt").read_text(encoding="utf-8")
    rows = {}
    for line in text.splitlines():
        words = line.split()
        if words and words[0] not in ("#", "with"):
            rows[words[0]] = Row(*words)
    return read_with(text), rows


def differences(measured_with, built_with):
    return [f"{key} is '{built_with.get(key, '')}', not '{value}'"
            for key, value in measured_with.items() if built_with.get(key, "") != value]


def judge(figures, rows, as_measured):
    """Prints each figure beside its bound; returns the names of those out of bounds."""
    out = []
    for name, value in figures.items():
        row = rows.get(name)
        if row is None:
            raise Broken(f"table.txt has no row {name}")
        bound = row.bound(as_measured)
        verdict = "ok"
        if value > bound + 1e-9 or (row.exact and value < bound - 1e-9):
            verdict = "OUT OF BOUNDS"
            out.append(name)
        elif as_measured and value < row.measured * (1 - max(row.margin, 1) / 100):
            verdict = "ok; better than table.txt says: lower it there"
        goal = "" if row.goal == "-" else f", goal {row.goal}"
        print(f"{name:36} {value:10g}  {'exactly' if row.exact else 'at most'} {bound:g} "
              f"(table: {row.text}{goal})  {verdict}")
    return out


# --- Servers -------------------------------------------------------------------------------------

@contextlib.contextmanager
def server(folder, *command):
    """Starts a server that writes its ports to a file, and yields the lines of that file."""
    ports, log = folder / "port", folder / "server.log"
    with open(log, "wb") as out:
        process = subprocess.Popen([*map(str, command), "--port-file", str(ports)], stdout=out,
                                   stderr=out, stdin=subprocess.DEVNULL, env=environment())
    try:
        until = time.monotonic() + START_SECONDS
        while not ports.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise Broken(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.02)
        yield ports.read_text(encoding="utf-8").splitlines()
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def fault_server(binaries):
    """Yields the URLs without and with TLS, and the file with the CA to trust."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with server(folder, binaries / "fault-server", "--tls-port", "0", "--no-admin",
                    "--exit-with-parent", "--cert-dir", folder, "--rule", f"GET / : {BODY}") as lines:
            ports = dict(line.split() for line in lines[1:])
            yield (f"http://127.0.0.1:{lines[0]}/", f"https://127.0.0.1:{ports['tls']}/",
                   folder / "ca.pem")


# --- Measurements --------------------------------------------------------------------------------

def printed_figures(*command):
    """The lines `figure value` of a program, and the other lines."""
    figures, rest = {}, []
    for line in run(*command).stdout.splitlines():
        words = line.split()
        if len(words) == 2:
            figures[words[0]] = float(words[1])
        else:
            rest.append((next(reversed(figures)), words))
    return figures, rest


def instructions(*command):
    """What callgrind counts in all threads of the command."""
    done = run("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found:
        raise Broken(f"callgrind reports no count:\n{done.stderr}")
    return int(found[1])


def share_one_processor():
    """Of the client, which counts, and its server: the server then responds while the client waits,
    so that responses come in groups of the same size however busy the machine is."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def instructions_per_request(name, row, as_measured, short, long, command):
    """The difference of two lengths: what start and handshakes cost cancels out. A figure above its
    bound is measured again, in case the processor was taken away amid a group of responses: a
    request that has become dearer is so each time."""
    figure = None
    for _ in range(3):
        few = instructions(*command, "-n", short)
        many = instructions(*command, "-n", long)
        again = (many - few) / (long - short)
        figure = again if figure is None else min(figure, again)
        if figure <= row.bound(as_measured):
            break
    return {name: round(figure)}


def measure_instructions_http1(binaries, rows, as_measured):
    share_one_processor()
    with tempfile.TemporaryDirectory() as folder:
        with server(pathlib.Path(folder), binaries / "null_server", "--port", "0") as lines:
            name = "instructions.http1"
            return instructions_per_request(
                name, rows[name], as_measured, 1000, 3000,
                (binaries / "holdfast", "load", f"http://127.0.0.1:{lines[0]}/", "-c", 50))


def measure_instructions_http2(binaries, rows, as_measured):
    share_one_processor()
    with fault_server(binaries) as (_, url, ca_file):
        name = "instructions.http2_tls"
        return instructions_per_request(
            name, rows[name], as_measured, 3000, 7000,
            (binaries / "holdfast", "load", "--cacert", ca_file, url, "-c", 100, "--streams", 100))


def measure_heap(binaries, _rows, _as_measured):
    with fault_server(binaries) as urls:
        return printed_figures(binaries / "budget_heap", *urls)[0]


def measure_system_calls(binaries, _rows, _as_measured):
    return printed_figures(binaries / "budget_system_calls")[0]


def measure_frames(binaries, rows, as_measured):
    """Of a chain that is too long its functions are named, inlined ones too."""
    figures = {}
    with fault_server(binaries) as (http, https, ca_file):
        for name, url in (("frames.http1", http), ("frames.http2_tls", https)):
            found, frames = printed_figures(binaries / "budget_frames", name, url, ca_file)
            figures.update(found)
            for figure, value in found.items():
                if figure in rows and value > rows[figure].bound(as_measured):
                    print(f"{figure}, innermost first:")
                    for _, (_, address, file) in (one for one in frames if one[0] == figure):
                        print("  " + function_at(file, int(address, 16) - 1))
    return figures


def function_at(file, address):
    """Of a library without line tables addr2line would name a function nearby."""
    place = f"{pathlib.Path(file).name} {address:#x}"
    if not shutil.which("addr2line"):
        return place
    done = subprocess.run(["addr2line", "-Cfpis", "-e", file, hex(address)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = done.stdout.strip()
    return place if not found or "??" in found else found


MEASUREMENTS = {
    "instructions_http1": (measure_instructions_http1, "instructions.http1"),
    "instructions_http2": (measure_instructions_http2, "instructions.http2"),
    "heap": (measure_heap, "heap."),
    "system_calls": (measure_system_calls, "calls."),
    "frames": (measure_frames, "frames."),
}


def main(arguments):
    only_figures = "--figures" in arguments
    words = [word for word in arguments if word != "--figures"]
    if len(words) != 3 or words[0] not in MEASUREMENTS:
        print(__doc__, file=sys.stderr)
        return 2
    measure, prefix = MEASUREMENTS[words[0]]
    if words[0].startswith("instructions") and not shutil.which("valgrind"):
        print("valgrind is not installed (make deps): instructions are not counted")
        return SKIPPED
    measured_with, rows = read_table()
    built_with = read_with(pathlib.Path(words[2]).read_text(encoding="utf-8"))
    built_with["libraries"] += ", " + " ".join(platform.libc_ver())
    differing = differences(measured_with, built_with)
    for difference in differing:
        print(f"judged with the margins for other builds: {difference}")
    figures = measure(pathlib.Path(words[1]).resolve(), rows, not differing)
    if only_figures:
        for name, value in figures.items():
            print(f"{name:36} {value:10g}")
        return 0
    out = judge(figures, rows, not differing)
    missing = [name for name in rows if name.startswith(prefix) and name not in figures]
    if missing:
        raise Broken(f"not measured: {', '.join(missing)}")
    if out:
        print(f"out of bounds: {', '.join(out)}; docs/performance.md says what to do")
    return 1 if out else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Broken, OSError, subprocess.TimeoutExpired) as error:
        print(f"budgets: {error}", file=sys.stderr)
        sys.exit(2)
