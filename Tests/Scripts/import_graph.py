"""The import graph of the package: what its modules import of each other, and may."""

import json
import os
import pathlib
import re
import subprocess
import sys


def described(root):
    """The targets of the package: folder, and names of those that it declares to depend on."""
    package = json.loads(subprocess.check_output(
        ["swift", "package", "--package-path", root, "dump-package"], text=True))
    targets = {}
    for target in package["targets"]:
        declared = {
            value[0] for dependency in target["dependencies"] for value in dependency.values()}
        default = "Tests" if target["type"] == "test" else "Sources"
        folder = target.get("path") or f"{default}/{target['name']}"
        targets[target["name"]] = (target["type"], folder, declared)
    return targets


def modules(targets):
    """The folder of each module, tests left out."""
    return {
        name: folder for name, (kind, folder, _) in targets.items()
        if kind in ("regular", "executable") and not folder.startswith("Tests")}


def imports(root, folder, names):
    """What the sources of a folder import of the package's modules."""
    statement = re.compile(r"^\s*(?:@\w+ |package |public |internal )*import (\w+)", re.MULTILINE)
    # Path.rglob does not enter links, and the kernels' folders are links.
    sources = pathlib.Path(os.path.realpath(os.path.join(root, folder))).rglob("*.swift")
    return {m for file in sources for m in statement.findall(file.read_text())} & set(names)


def check_imports(root, targets):
    """SwiftPM's own check lets through what a dependency depends on."""
    undeclared = [
        f"{name} imports {module}, which Package.swift does not declare"
        for name, (_, folder, declared) in targets.items()
        for module in sorted(imports(root, folder, targets) - declared - {name})]
    if undeclared:
        sys.exit("walk.py: " + "\nwalk.py: ".join(undeclared))


def print_graph(graph):
    """Floor by floor: a module stands one floor above the highest that it imports."""
    floors = {}

    def floor(name, above):
        if name in above:
            sys.exit(f"walk.py: these import each other: {' -> '.join([*above, name])}")
        if name not in floors:
            floors[name] = 1 + max((floor(n, [*above, name]) for n in graph[name]), default=-1)
        return floors[name]

    for name in graph:
        floor(name, [])
    print(f"{len(graph)} modules, {sum(map(len, graph.values()))} imports among them; by floor:")
    for name in sorted(graph, key=lambda n: (floors[n], n)):
        print(f"  {floors[name]} {name}: {', '.join(graph[name]) or '-'}")
