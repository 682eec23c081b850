#!/usr/bin/env python3
"""Builds deliberately broken variants of the client and checks that the properties catch each.

The tree is copied into build/mutants once; each variant edits one file there, rebuilds what depends on
it, runs the judges, and is undone. A variant that does not compile, or that nothing notices, is a
failure of the proof. Usage: run.py [NAME …] (default: all). Exit status 0 when all were caught.
run.py --check builds nothing: it says which rows of the table no longer fit the sources.
"""

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
# In the order they are asked; the first that fails has caught the variant. Properties come first:
# they are the proof, the model of the pool stands behind them.
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


def build(targets):
    return run(["cmake", "--build", str(BUILD), "--target", *targets])


def prepare():
    copy_tree()
    configured = run(["cmake", "-G", "Ninja", "-S", str(TREE), "-B", str(BUILD),
                      "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
                      "-DHOLDFAST_BENCH=OFF", "-DHOLDFAST_PCH=ON"])
    built = configured if configured.returncode else build(JUDGES)
    if built.returncode != 0:
        sys.exit("mutants: the unbroken tree does not build:\n" + built.stdout[-3000:])
    for judge in JUDGES:
        if verdict := ask(judge):
            sys.exit(f"mutants: {judge} {verdict} the unbroken tree; mend that first")


def ask(judge):
    """What the judge has against it: nothing (""), "objects to" it, or "never ends with" it, which
    is noticed, too. Without shrinking, which can take long and tells nothing here."""
    try:
        done = run([str(BUILD / "bin" / judge)], timeout=SECONDS,
                   env={**os.environ, "RC_PARAMS": "noshrink=1"})
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
        built = build(JUDGES)
        if built.returncode != 0:
            return None, "does not compile:\n" + built.stdout[-1500:]
        for judge in JUDGES:
            if verdict := ask(judge):
                return judge + (" (never ends)" if verdict.startswith("never") else ""), None
        return None, "nothing noticed it"
    finally:
        path.write_text(original)


def check():
    """Whether each row's text stands where the row says."""
    stale = 0
    for mutant in MUTANTS:
        count = (ROOT / mutant["file"]).read_text().count(mutant["find"])
        if count != 1:
            stale += 1
            print(f"mutants: {mutant['name']}: its text stands {count} times in {mutant['file']}")
    print(f"mutants: {len(MUTANTS) - stale} of {len(MUTANTS)} rows fit the sources")
    return 1 if stale else 0


def main(names):
    if names == ["--check"]:
        return check()
    unknown = set(names) - {m["name"] for m in MUTANTS}
    if unknown:
        known = ", ".join(m["name"] for m in MUTANTS)
        sys.exit(f"mutants: no such variant: {', '.join(sorted(unknown))}; there are {known}")
    prepare()
    print(f"{'variant':44} {'breaks':18} {'caught by':18} seconds", flush=True)
    survivors = 0
    for mutant in MUTANTS:
        if names and mutant["name"] not in names:
            continue
        begun = time.monotonic()
        judge, problem = try_mutant(mutant)
        took = time.monotonic() - begun
        print(f"{mutant['name']:44} {mutant['breaks']:18} {judge or 'NOT CAUGHT':18} {took:7.1f}",
              flush=True)
        if judge is None:
            survivors += 1
            print("    " + problem, flush=True)
    print("every variant was caught" if survivors == 0 else f"{survivors} variant(s) not caught")
    return 0 if survivors == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
