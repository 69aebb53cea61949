#!/usr/bin/env python3
"""How far is the way from an item to its vector? Prints what a reader of one run passes.

    Tests/Scripts/walk.py                  the import graph, and the figures of two runs
    Tests/Scripts/walk.py --imports        the import graph alone; fails for an undeclared import
    Tests/Scripts/walk.py --list           the stops in order as well
    Tests/Scripts/walk.py --root FOLDER    of another checkout of this package
    Tests/Scripts/walk.py -- encode --text boat        of any other run of `tessera`

A debug build runs in gdb, with a breakpoint on every function of the package, which is removed when
it is first reached: nothing is counted by hand. Needs gdb and the Swift toolchain; takes a minute.

What counts:
- A stop is a function, an initialiser, a subscript or a computed property of this package that is
  reached, with a body of at least seven lines; shorter ones are read in passing. It counts once,
  where it is reached first. Closures and local functions belong to the function around them. What
  the compiler makes does not count (thunks, witnesses, memberwise initialisers).
- Of modules that stand on no other, and of the kernels, only what is entered from another module
  counts: a reader trusts a reader of JSON.
- Lines are those of the stops' bodies, without blank ones and comments.
- Files are those in which stops stand. A return is a step to a file that was left before. A change
  of module is a step to a file of another module.
- The kernels' sources are compiled once an instruction set; they count as KernelsBaseline.
- A thread is followed to its end before the next; the runs use one worker, so that the figures are
  the same each time.
The rule was chosen to come near a careful reading by hand of commit ef3440e: 173 functions, 2,289
lines, 85 files, 59 returns and 55 changes of module for a text, 238 functions and 107 files for a
pair; it finds 176, 2,458, 94, 50 and 55, and 207 and 113.
"""

import argparse
import collections
import functools
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from import_graph import check_imports, described, imports, modules, print_graph

WORKERS = ["--threads", "1"]
RUNS = {
    "one text": ["encode", *WORKERS, "--text", "a whale in the sea"],
    "one pair": ["encode", *WORKERS, "--image", "Tests/Support/Goldens/images/rgb.png",
                 "--text", "blue whale"],
}

KERNELS = re.compile(r"Kernels(Baseline|AVX\w+)$")

Stop = collections.namedtuple("Stop", "name module file first last lines")
SHORTEST_STOP = 7


def output(*command, **options):
    return subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def tool(name):
    """A program of the Swift toolchain."""
    beside = pathlib.Path(os.path.realpath(shutil.which("swift"))).parent / name
    return str(beside) if beside.exists() else name


# ---- What can be reached

MADE_BY_COMPILER = re.compile(
    r"thunk|witness|outlined|merged|metadata|default argument|partial apply|one-time init"
    r"|implicit closure|variable initialization|property wrapper|utableAddressor|__deallocating"
    # Closures and local functions.
    r"| #\d+ ")
# A constant that a closure computes is read like a function.
COMPUTED_CONSTANT = re.compile(r"^closure #1 in variable initialization expression of ")


# A memberwise initialiser's line is the type's.
DECLARATION = re.compile(r"\b(func|init|subscript|var|let|get|set|deinit|didSet)\b")


@functools.cache
def source_lines(file):
    return pathlib.Path(file).read_text().splitlines()


def last_line(file, first):
    """Where the declaration ends that begins in a line (counted from 1): at a brace as far to the
    left as the declaration itself, as the project's format has it."""
    lines = source_lines(file)
    start = lines[first - 1]
    word = DECLARATION.search(start)
    if not word or word[1] in ("var", "let") and not start.endswith("{"):
        return first
    margin = len(start) - len(start.lstrip())
    for number in range(first, len(lines) + 1):
        text = lines[number - 1]
        at_margin = len(text) - len(text.lstrip()) == margin
        if number > first and at_margin and text.lstrip().startswith("}"):
            return number
        if (number == first or at_margin) and "{" in text and text.count("{") == text.count("}"):
            return number
    return first


def body_lines(file, first, last):
    """Lines of a body that say something."""
    lines = source_lines(file)[first - 1:last]
    head = next((i for i, line in enumerate(lines) if line.endswith("{")), 0)
    body = (line.strip() for line in lines[head + 1:-1])
    return sum(1 for line in body if line and not line.startswith("//"))


def stops(executable, root, folders):
    """What stands at each address of the executable where a stop begins."""
    symbols = {}
    for line in output("nm", "--defined-only", executable).splitlines():
        address, kind, name = line.split(" ", 2)
        if kind in "tTwW" and name.startswith("$s"):
            symbols.setdefault(int(address, 16), name)
    names = output(
        tool("swift-demangle"), "--compact", "--simplified",
        input="\n".join(symbols.values())).splitlines()
    written = {
        address: name for address, name in zip(symbols, names)
        if COMPUTED_CONSTANT.match(name) or not MADE_BY_COMPILER.search(name)}
    places = output(
        tool("llvm-symbolizer"), f"--obj={executable}", "--output-style=JSON", "--no-inlines",
        input="\n".join(map(hex, written))).splitlines()

    owners = sorted(
        ((os.path.join(root, folder) + "/", name) for name, folder in folders.items()),
        key=lambda pair: -len(pair[0]))
    found = {}
    for (address, name), place in zip(written.items(), places):
        symbol = json.loads(place)["Symbol"][0]
        file, first = symbol.get("StartFileName", ""), symbol.get("StartLine", 0)
        module = next((name for folder, name in owners if file.startswith(folder)), None)
        if not module or not first or not os.path.exists(file):
            continue
        file = os.path.realpath(file)
        last = last_line(file, first)
        if last > first:
            module = KERNELS.sub("KernelsBaseline", module)
            found[address] = Stop(
                name, module, os.path.relpath(file, root), first, last,
                body_lines(file, first, last))
    return found


# ---- What is reached

# Runs inside gdb.
TRACER = """
import gdb, json
with open(ADDRESSES) as file:
    addresses = json.load(file)
for setting in ("pagination off", "confirm off", "breakpoint always-inserted on",
                "print thread-events off", "debuginfod enabled off"):
    try:
        gdb.execute("set " + setting)
    except gdb.error:
        pass
gdb.execute("handle SIGPIPE nostop noprint pass", to_string=True)
gdb.execute("starti", to_string=True)
with open("/proc/%d/maps" % gdb.selected_inferior().pid) as maps:
    base = min(int(line.split("-")[0], 16) for line in maps if EXECUTABLE in line)
for address in addresses:
    gdb.Breakpoint("*%d" % (base + address), internal=True, temporary=True)
reached = []
try:
    while gdb.selected_inferior().pid:
        gdb.execute("continue", to_string=True)
        if gdb.selected_inferior().pid:
            thread = gdb.selected_thread().num
            reached.append((thread, int(gdb.selected_frame().pc()) - base))
except gdb.error:
    # A process whose threads end while it does is sometimes lost in its last moment.
    if gdb.selected_inferior().is_valid() and len(reached) == 0:
        raise
with open(REACHED, "w") as file:
    json.dump(reached, file)
"""


def walk(executable, arguments, found, root):
    """The stops that a run reaches, in order, each once."""
    with tempfile.TemporaryDirectory() as work:
        paths = {name: os.path.join(work, name) for name in ("ADDRESSES", "REACHED", "tracer.py")}
        with open(paths["ADDRESSES"], "w") as file:
            json.dump(list(found), file)
        with open(paths["tracer.py"], "w") as file:
            file.write(f"EXECUTABLE = {os.path.realpath(executable)!r}\n")
            file.write(f"ADDRESSES, REACHED = {paths['ADDRESSES']!r}, {paths['REACHED']!r}\n")
            file.write(TRACER)
        run = subprocess.run(
            ["gdb", "--batch", "--nx", "-x", paths["tracer.py"], "--args", executable, *arguments],
            cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if not os.path.exists(paths["REACHED"]):
            sys.exit(f"walk.py: gdb could not follow the run:\n{run.stdout}")
        with open(paths["REACHED"]) as file:
            reached = json.load(file)
    # A reader follows one thread to its end before the next.
    threads = {}
    for thread, address in reached:
        if address in found:
            threads.setdefault(thread, []).append(found[address])
    by_place = {}
    for stop in itertools.chain.from_iterable(threads.values()):
        by_place.setdefault((stop.file, stop.first), stop)
    return list(by_place.values())


def report(title, reached, ground, lists):
    way, before = [], None
    for stop in reached:
        is_inside = before and stop.module == before.module and stop.module in ground
        if stop.lines >= SHORTEST_STOP and not is_inside:
            way.append(stop)
        before = stop
    returns, changes, seen = 0, 0, set()
    for before, stop in zip([None, *way], way):
        is_return = bool(before and stop.file != before.file and stop.file in seen)
        is_change = bool(before and stop.module != before.module)
        returns += is_return
        changes += is_change
        seen.add(stop.file)
        if lists:
            marks = f"{'r' if is_return else ' '}{'m' if is_change else ' '}"
            print(f"  {marks} {stop.lines:3} {stop.file}:{stop.first} {stop.name}")
    print(f"{title}: {len(way)} functions, {sum(stop.lines for stop in way)} lines, "
          f"{len(seen)} files, {returns} returns, {changes} changes of module "
          f"(with short bodies and the ground's insides: {len(reached)} functions, "
          f"{len({stop.file for stop in reached})} files)", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument(
        "--list", action="store_true", help="print the stops; r marks a return, m another module")
    parser.add_argument("--imports", action="store_true", help="the import graph alone, checked")
    parser.add_argument("run", nargs="*", help="arguments of tessera, after --")
    options = parser.parse_args()
    root = os.path.realpath(options.root)
    targets = described(root)
    folders = modules(targets)
    graph = {
        name: sorted(imports(root, folder, folders) - {name}) for name, folder in folders.items()}
    print_graph(graph)
    if options.imports:
        check_imports(root, targets)
        return
    if not shutil.which("gdb"):
        sys.exit("walk.py: gdb is not installed")
    ground = {name for name in graph if not graph[name] or KERNELS.search(name)}

    build = ["swift", "build", "--package-path", root, "--product", "tessera"]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    executable = os.path.join(output(*build, "--show-bin-path").strip(), "tessera")
    found = stops(executable, root, folders)
    runs = {" ".join(options.run): options.run} if options.run else RUNS
    for title, arguments in runs.items():
        report(title, walk(executable, arguments, found, root), ground, options.list)


if __name__ == "__main__":
    main()
