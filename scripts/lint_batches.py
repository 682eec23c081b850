#!/usr/bin/env python3
"""Batches the sources of each CMake target, so that clang-tidy parses the headers that they share
once per batch. Writes FOLDER/batches/*.cc with their own compile_commands.json, made from the one
in FOLDER, and prints the names of batches and sources, largest first:

    batch build-lint/batches/hf_http_0.cc
    source src/http/url.cc
"""
import json
import os
import re
import sys

ROOMS = ("src/", "fault_server/", "proptests/", "bench/")
PER_BATCH = 10

folder = sys.argv[1]
root = os.getcwd()
with open(f"{folder}/compile_commands.json", encoding="utf-8") as commands:
    entries = json.load(commands)

targets = {}
seen = set()
for entry in entries:
    source = os.path.relpath(entry["file"], root)
    if not source.startswith(ROOMS) or not source.endswith(".cc") or source in seen:
        continue
    seen.add(source)
    target = re.search(r"CMakeFiles/([^/]+)\.dir/", entry["command"])[1]
    targets.setdefault(target, {})[source] = entry


def size(sources):
    return sum(os.path.getsize(source) for source in sources)


os.makedirs(f"{folder}/batches", exist_ok=True)
batches = {}
made = []
for target, members in sorted(targets.items()):
    names = sorted(members)
    for first in range(0, len(names), PER_BATCH):
        part = names[first : first + PER_BATCH]
        batch = f"{folder}/batches/{target}_{first // PER_BATCH}.cc"
        with open(batch, "w", encoding="utf-8") as text:
            text.writelines(f'#include "{root}/{name}"\n' for name in part)
        batches[batch] = part
        entry = dict(members[part[0]])
        entry["command"] = entry["command"].replace(entry["file"], f"{root}/{batch}")
        entry["file"] = f"{root}/{batch}"
        made.append(entry)
with open(f"{folder}/batches/compile_commands.json", "w", encoding="utf-8") as commands:
    json.dump(made, commands, indent=1)

for batch, _ in sorted(batches.items(), key=lambda item: -size(item[1])):
    print("batch", batch)
for source in sorted(seen, key=lambda source: -os.path.getsize(source)):
    print("source", source)
