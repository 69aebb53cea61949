#!/usr/bin/env python3
"""Runs the tests of the kernels on an emulated 64-bit ARM, whose registers are NEON's.

There is no Swift library for ARM on a machine of another kind, but Embedded Swift needs none: the
kernels and their tests are compiled for bare ARM and linked, statically, with a C library. Tests are
those of Tests/KernelsTests; their macros, which bare ARM does not have, become calls.

Needs gcc-aarch64-linux-gnu (its C library), qemu-user and a Swift toolchain for x86-64 Linux.
With --break, one kernel is told to be wrong, and the run has to fail.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "Tests/Scripts/arm"
TOOLS = pathlib.Path(shutil.which("swiftc") or sys.exit("arm.py: there is no swiftc")).resolve().parent
TARGET = "aarch64-none-none-elf"
TEST = re.compile(
    r"@Test(?:\(\s*(?:arguments: )((?:[^()]|\([^()]*\))*)\))?\s*func `([^`]*)`\(([^)]*)\)"
)


def arguments(text):
    """The arguments of a macro, split at commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


class Plain:
    """Test files without macros, and the calls that they stood for."""

    def __init__(self):
        self.calls = []

    def rewrite(self, source):
        source = re.sub(r"^import .*\n", "", source, flags=re.M)
        source = source.replace("#expect(", "expect(").replace("@Suite ", "")
        source = source.replace("private static", "static")
        source = re.sub(r"\(\\\.(\w+)\)", r" { $0.\1 }", source)  # no key paths
        suite = re.search(r"^struct (\w+)", source, flags=re.M).group(1)
        return "import CArm\nimport TesseraKernels\n" + TEST.sub(lambda m: self.take(suite, m), source)

    def take(self, suite, match):
        values, name, parameters = arguments(match[1] or ""), match[2], arguments(match[3])
        names = [parameter.split(":")[0] for parameter in parameters]
        function = f"test{len(self.calls)}"
        lines = [f'  begin("{name}")']
        for variable, value in zip(names, values):
            if value[0].islower():  # a property of the suite
                value = f"{suite}.{value}"
            lines.append(f"  for {variable} in {value} {{")
        passed = ", ".join(f"{variable}: {variable}" for variable in names)
        lines.append(f"  {suite}().{function}({passed})" + " }" * len(names))
        self.calls.append("\n".join(lines))
        return f"func {function}({match[3]})"

    def main(self):
        body = "\n".join(self.calls)
        return (
            'import TesseraKernels\n\n@_cdecl("run_tests") public func runTests() -> Int32 {\n'
            f"{body}\n  return failures()\n}}\n"
        )


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"arm.py: {command[0]} fails:\n{done.stdout}{done.stderr}"[:6000])


def compile_module(name, sources, folder, *flags):
    run(
        TOOLS / "swiftc", "-target", TARGET, "-enable-experimental-feature", "Embedded", "-wmo",
        "-parse-as-library", "-module-name", name, "-package-name", "tessera",
        "-I", folder, "-I", SUPPORT, "-I", ROOT / "Sources/CIntrinsics", *flags,
        "-emit-module", "-emit-module-path", folder / f"{name}.swiftmodule",
        "-c", *sources, "-o", folder / f"{name}.o",
    )  # fmt: skip
    return folder / f"{name}.o"


def build(folder, breaks):
    kernels = ROOT / "Sources/KernelsBaseline"
    if breaks:
        kernels = shutil.copytree(kernels, folder / "broken")
        norm = kernels / "LayerNorm.swift"
        changed = norm.read_text().replace("row.epsilon", "(1.01 * row.epsilon + 0.01)")
        if changed == norm.read_text():
            sys.exit("arm.py: there is nothing to break in LayerNorm.swift")
        norm.write_text(changed)
    objects = [
        compile_module(
            "TesseraKernels", sorted((ROOT / "Sources/Kernels").glob("*.swift")), folder, "-O"),
        compile_module(
            "TesseraKernelsBaseline", sorted(kernels.glob("*.swift")), folder, "-Ounchecked"),
    ]  # fmt: skip
    plain, sources = Plain(), [SUPPORT / "Support.swift", ROOT / "Tests/Support/SplitMix64.swift"]
    for test in sorted((ROOT / "Tests/KernelsTests").glob("*.swift")):
        sources.append(folder / test.name)
        sources[-1].write_text(plain.rewrite(test.read_text()))
    sources.append(folder / "Main.swift")
    sources[-1].write_text(plain.main())
    objects.append(compile_module("ArmTests", sources, folder, "-O"))
    unicode = TOOLS / f"../lib/swift/embedded/{TARGET}/libswiftUnicodeDataTables.a"
    run(
        TOOLS / "clang", "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-static", "-O1",
        "-I", SUPPORT, SUPPORT / "main.c", *objects, unicode, "-lm", "-o", folder / "tests",
    )  # fmt: skip
    return len(plain.calls)


def main():
    breaks = sys.argv[1:] == ["--break"]
    with tempfile.TemporaryDirectory() as folder:
        count = build(pathlib.Path(folder), breaks)
        status = subprocess.run(["qemu-aarch64", f"{folder}/tests"]).returncode
    if breaks:
        sys.exit("arm.py: a broken kernel is not noticed" if status == 0 else 0)
    if status or count < 20:
        sys.exit(f"arm.py: the kernels' {count} tests fail on ARM")
    print(f"arm.py: the kernels' {count} tests pass on an emulated ARM with NEON")


main()
