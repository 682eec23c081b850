#!/usr/bin/env python3
"""Builds deliberately broken variants of the client and checks that the properties catch each.

The tree is copied into build/mutants once; each variant edits one file there, rebuilds what depends on
it, runs the judges, and is undone. A variant that does not compile, or that nothing notices, is a
failure of the proof. Exit status 0 when all were caught.

run.py [--part K/N] [NAME …]
  NAME         a row, or a shell pattern of rows; default: all
  --part K/N   of these, every N-th row from the K-th on, in a folder of its own: N such runs, on one
               machine or several, do all rows together
run.py --check builds nothing: it says which rows of the table no longer fit the sources.
"""

import argparse
import fnmatch
import os
import pathlib
import shutil
import subprocess
import sys
import time

from table import MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = WORK / "build"
# For rows without a judge of their own, in the order they are asked; the first that fails has caught
# the variant. Properties come first: they are the proof, the model of the pool stands behind them.
JUDGES = ["prop_anything", "prop_waits", "prop_connections", "prop_callbacks", "prop_trickle",
          "prop_redirects", "prop_kinds", "prop_legal", "engine_test"]
SECONDS = 300


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)


def copy_tree():
    """Copies what git tracks (or would track), keeping times of unchanged files, so that a second
    run builds little."""
    listed = run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT)
    if listed.returncode != 0:
        sys.exit("mutants: this needs a git checkout: " + listed.stdout.strip())
    for name in listed.stdout.splitlines():
        source, target = ROOT / name, TREE / name
        if not source.is_file():
            continue
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def judges_of(mutant):
    """A row's own judge spares it the building of all the others."""
    return [mutant["judge"]] if "judge" in mutant else JUDGES


def build(judges):
    """The judges, and the programs that some of them run."""
    targets = list(judges)
    if any(judge.startswith("prop_command") for judge in judges):
        targets += ["holdfast_command", "fault_server"]
    return run(["cmake", "--build", str(BUILD), "--target", *targets])


def prepare(mutants):
    judges = list(dict.fromkeys(judge for m in mutants for judge in judges_of(m)))
    copy_tree()
    configured = run(["cmake", "-G", "Ninja", "-S", str(TREE), "-B", str(BUILD),
                      "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
                      "-DHOLDFAST_BENCH=OFF", "-DHOLDFAST_PCH=ON"])
    built = configured if configured.returncode else build(judges)
    if built.returncode != 0:
        sys.exit("mutants: the unbroken tree does not build:\n" + built.stdout[-3000:])
    for judge in judges:
        if verdict := ask(judge):
            sys.exit(f"mutants: {judge} {verdict} the unbroken tree; mend that first")


def ask(judge):
    """What the judge has against it: nothing (""), "objects to" it, or "never ends with" it, which
    is noticed, too. Only up to its first failure, and without shrinking, which can take long and
    tells nothing here."""
    try:
        done = run([str(BUILD / "bin" / judge)], timeout=SECONDS,
                   env={**os.environ, "RC_PARAMS": "noshrink=1", "GTEST_FAIL_FAST": "1"})
    except subprocess.TimeoutExpired:
        return "never ends with"
    return "objects to" if done.returncode != 0 else ""


def try_mutant(mutant):
    """The judge that caught it and how, or what went wrong."""
    path = TREE / mutant["file"]
    original = path.read_text()
    if original.count(mutant["find"]) != 1:
        return None, f"its text stands {original.count(mutant['find'])} times in {mutant['file']}"
    path.write_text(original.replace(mutant["find"], mutant["put"]))
    try:
        built = build(judges_of(mutant))
        if built.returncode != 0:
            return None, "does not compile:\n" + built.stdout[-1500:]
        for judge in judges_of(mutant):
            if verdict := ask(judge):
                return judge + (" (never ends)" if verdict.startswith("never") else ""), None
        return None, "nothing noticed it"
    finally:
        path.write_text(original)


def is_known(judge):
    """prop_NAME is a holdfast_property(NAME …) of proptests/, ROOM_test the tests of src/ROOM."""
    if judge.startswith("prop_"):
        declared = f"holdfast_property({judge.removeprefix('prop_')} "
        return any(declared in file.read_text()
                   for file in (ROOT / "proptests").rglob("CMakeLists.txt"))
    return judge.endswith("_test") and (ROOT / "src" / judge.removesuffix("_test")).is_dir()


def check():
    """Whether each row's text stands where the row says, and its judge exists."""
    stale = 0
    for mutant in MUTANTS:
        count = (ROOT / mutant["file"]).read_text().count(mutant["find"])
        unknown = [judge for judge in judges_of(mutant) if not is_known(judge)]
        if count != 1:
            print(f"mutants: {mutant['name']}: its text stands {count} times in {mutant['file']}")
        for judge in unknown:
            print(f"mutants: {mutant['name']}: there is no judge {judge}")
        stale += count != 1 or bool(unknown)
    print(f"mutants: {len(MUTANTS) - stale} of {len(MUTANTS)} rows fit the sources")
    return 1 if stale else 0


def chosen(names, part):
    """The rows to try."""
    unknown = [n for n in names if not fnmatch.filter((m["name"] for m in MUTANTS), n)]
    if unknown:
        known = ", ".join(m["name"] for m in MUTANTS)
        sys.exit(f"mutants: no such variant: {', '.join(unknown)}; there are {known}")
    rows = [m for m in MUTANTS
            if not names or any(fnmatch.fnmatch(m["name"], name) for name in names)]
    if part is None:
        return rows
    first, step = part
    return rows[first - 1::step]


def part_of(text):
    """K/N, for argparse."""
    first, _, step = text.partition("/")
    if not (first.isdigit() and step.isdigit() and 1 <= int(first) <= int(step)):
        raise argparse.ArgumentTypeError(f"{text}: say K/N with 1 <= K <= N, as in 1/2")
    return int(first), int(step)


def main(words):
    global WORK, TREE, BUILD
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 2)[2], add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--part", type=part_of)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args(words)
    if given.check:
        return check()
    if given.part is not None:
        WORK = WORK.with_name("mutants-{}-of-{}".format(*given.part))
        TREE, BUILD = WORK / "tree", WORK / "build"
    mutants = chosen(given.names, given.part)
    prepare(mutants)
    print(f"{'variant':44} {'breaks':18} {'caught by':22} seconds", flush=True)
    survivors = 0
    for mutant in mutants:
        begun = time.monotonic()
        judge, problem = try_mutant(mutant)
        took = time.monotonic() - begun
        print(f"{mutant['name']:44} {mutant['breaks']:18} {judge or 'NOT CAUGHT':22} {took:7.1f}",
              flush=True)
        if judge is None:
            survivors += 1
            print("    " + problem, flush=True)
    print("every variant was caught" if survivors == 0 else f"{survivors} variant(s) not caught")
    return 0 if survivors == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
