#!/usr/bin/env python3
"""What tools/package.sh makes, tried in empty roots without a network: it serves, imports, backs up and restores there.

usage: test_package.py [FOLDER] - the packages of this folder; else they are made of $COMITY_BUILD, quickly.

Two roots are made of this machine's own packages: one with glibc and a shell and nothing else, for the tarball; and one
with what every Debian has (packages that are essential or required, and what these depend on), where dpkg itself
installs the Debian package. A root needs namespaces of its own: of root, or of anybody where the kernel lets them.
"""
import fcntl
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
GLIBC = re.compile(r"^(ld-linux|libc\.|libm\.|libmvec|libpthread|libdl|librt|libresolv|libutil|libanl|libnsl|linux-vdso)")
LEFT_OUT = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/info", "/usr/share/lintian")
UNIT = ROOT / "tools/package/comity.service"


def query(*words):
    return subprocess.run(["dpkg-query", *words], capture_output=True, text=True, check=True).stdout


# ---- roots --------------------------------------------------------------------------------------------------------

def closure(wanted):
    """Packages with all that they depend on, of those that are installed."""
    needs, found, todo = {}, set(), list(wanted)
    for line in query("-W", "-f", "${Package}\t${Pre-Depends}, ${Depends}\n").splitlines():
        name, depends = line.split("\t")
        needs[name] = [re.split(r"[ :(|]", part.strip())[0] for part in depends.split(",") if part.strip()]
    while todo:
        name = todo.pop()
        if name in needs and name not in found:
            found.add(name)
            todo += needs[name]
    return sorted(found)


def basic_packages():
    rows = query("-W", "-f", "${Package} ${Essential} ${Priority}\n").splitlines()
    return [row.split()[0] for row in rows if row.split()[1] == "yes" or row.split()[-1] == "required"]


def new_root(path):
    for folder in ("dev", "proc", "tmp", "etc", "root", "var/lib", "run", "usr/bin", "usr/sbin", "usr/lib"):
        (path / folder).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink("/" + name):
            target = os.readlink("/" + name)
            (path / target).mkdir(parents=True, exist_ok=True)
            (path / name).symlink_to(target)
    for name in ("null", "urandom"):
        (path / "dev" / name).touch()
        subprocess.run(["mount", "--bind", f"/dev/{name}", str(path / "dev" / name)], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", str(path / "proc")], check=True)


def copy_package(path, name):
    for line in query("-L", name).splitlines():
        source, target = pathlib.Path(line), path / line.lstrip("/")
        if line.startswith(LEFT_OUT) or not os.path.lexists(source):
            continue
        if source.is_symlink() and not target.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.symlink_to(os.readlink(source))
        elif source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def least_root(path):
    new_root(path)
    for name in ("libc6", "dash"):
        copy_package(path, name)


def debian_root(path):
    new_root(path)
    names = closure(basic_packages())
    for name in names:
        copy_package(path, name)
    for name in ("passwd", "group"):
        shutil.copy(f"/usr/share/base-passwd/{name}.master", path / "etc" / name)
    (path / "etc/shadow").write_text("root:*:19000:0:99999:7:::\n")
    state = path / "var/lib/dpkg"
    for folder in ("info", "updates", "triggers"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    for name in ("available", "diversions", "statoverride"):
        (state / name).touch()
    kept = [part for part in pathlib.Path("/var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n")
            if part.strip() and re.search(r"^Package: (.*)$", part, re.M).group(1) in names]
    (state / "status").write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    for name in ("tar", "sh", "useradd"):  # what dpkg and the package's scripts call
        assert shutil.which(name, path=f"{path}/usr/bin:{path}/usr/sbin"), f"{name} is not among Debian's own"


class Place:
    """A program in a root."""

    def __init__(self, root, program):
        self.root, self.program = root, program

    def command(self, words):
        environment = {"PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "HOME": "/root"}
        return {"args": [str(word) for word in words], "cwd": "/", "env": environment,
                "preexec_fn": lambda: (os.chroot(self.root), os.chdir("/root"))}

    def run(self, *words):
        done = subprocess.run(**self.command(words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def comity(self, *words):
        return self.run(self.program, *words)


# ---- what must hold -----------------------------------------------------------------------------------------------

def it_works(place):
    assert re.fullmatch(r"comity \d+\.\d+\.\d+\n", place.comity("--version"))
    place.comity("init", "--if-missing")
    place.comity("init", "--if-missing")
    place.comity("simulate", "--out", "world", "--events", 300, "--seed", 3)
    for name in ("customs.csv", "police.xlsx"):
        place.comity("import", f"world/{name}", "--recipe", f"simulated-{name.split('.')[0]}")
    place.comity("link")
    expected = json.loads(place.comity("query", "country=CO", "-o", "json"))["totals"]
    assert expected, "places and drugs are known: the data is found"
    (place.root / "root/shelf").mkdir()
    server = subprocess.Popen(**place.command([place.program, "serve", "--port", 8080, "--backup-to", "shelf"]), stderr=subprocess.PIPE, text=True)
    try:
        assert "http://127.0.0.1:8080/" in server.stderr.readline()
        answer = json.loads(urllib.request.urlopen("http://127.0.0.1:8080/.json?country=CO", timeout=30).read())
        assert answer["totals"] == expected
        assert b"</html>" in urllib.request.urlopen("http://127.0.0.1:8080/", timeout=30).read()
        while "backed up to" not in server.stderr.readline():
            assert server.poll() is None
        (place.root / "root/pass").write_text("several words in a row\n")
        backup = place.comity("backup", "-o", "shelf", "--encrypt", "--passphrase-file", "pass").strip()
    finally:
        server.terminate()
        assert server.wait(timeout=30) in (0, 130)
        server.stderr.close()
    place.comity("backup", "--verify", backup, "--passphrase-file", "pass")
    place.comity("restore", backup, "--to", "again.sqlite", "--passphrase-file", "pass")
    place.comity("verify", "-s", "again.sqlite")
    assert json.loads(place.comity("query", "country=CO", "-s", "again.sqlite", "-o", "json"))["totals"] == expected


def it_brings_its_libraries(place, folder):
    loader = next(path for path in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1") if os.path.exists(path))
    listed = re.findall(r"^\s*(\S+) => (\S+)", place.run(loader, "--list", place.program), re.M)
    assert len(listed) > 20, listed
    for library, path in listed:
        assert GLIBC.match(library) or pathlib.PurePath(os.path.normpath(path)).is_relative_to(folder), f"'{library}' is the system's: {path}"
    documents = place.root / folder.lstrip("/") / "../../share/doc/comity"
    told = (documents / "LIBRARIES").read_text(encoding="utf-8").splitlines()[1:]
    packages = {line.split()[0] for line in told if " " in line and not line.startswith("Libraries")}
    assert {"libsqlite3-0", "libsodium23", "libicu72"} <= packages or len(packages) > 20, packages
    for package in packages:
        assert (documents / "libraries" / package).stat().st_size > 100, package


def the_tarball_can_stand_anywhere(folder, work):
    root = work / "least"
    least_root(root)
    tarball = next(folder.glob("comity-*-linux-*.tar.xz"))
    subprocess.run(["tar", "-C", str(root / "root"), "-xf", str(tarball)], check=True)
    name = tarball.name.removesuffix(".tar.xz")
    place = Place(root, f"/root/{name}/bin/comity")
    it_brings_its_libraries(place, f"/root/{name}/lib/comity")
    it_works(place)
    (root / "root" / name).rename(root / "root/moved here")
    (root / "usr/bin/comity").symlink_to("/root/moved here/bin/comity")
    place.program = "/usr/bin/comity"
    assert json.loads(place.comity("query", "country=CO", "-o", "json"))["totals"]


def the_package_installs_on_a_bare_debian(folder, work):
    root = work / "debian"
    debian_root(root)
    package = next(folder.glob("comity_*.deb"))
    shutil.copy(package, root / "root/comity.deb")
    place = Place(root, "/usr/bin/comity")
    place.run("dpkg", "--force-not-root" if os.getuid() else "--no-pager", "-i", "/root/comity.deb")
    assert "install ok installed" in place.run("dpkg-query", "-W", "-f", "${Status}", "comity")
    assert "comity:x:" in (root / "etc/passwd").read_text()
    assert (root / "var/lib/comity").stat().st_mode & 0o777 == 0o700
    it_brings_its_libraries(place, "/usr/lib/comity")
    it_works(place)
    (root / "var/lib/comity/comity.sqlite").write_text("data")
    place.run("dpkg", "-i", "/root/comity.deb")  # an upgrade
    place.run("dpkg", "-P", "comity")
    assert (root / "var/lib/comity/comity.sqlite").exists(), "data is never removed"
    assert not (root / "usr/bin/comity").exists() and not (root / "usr/lib/comity").exists()


def the_unit_is_closed(_, work):
    text = UNIT.read_text(encoding="utf-8")
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "MemoryDenyWriteExecute=yes", "UMask=0077",
                 "StateDirectory=comity", "SystemCallFilter=@system-service", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX"):
        assert line in text, line
    for line in ("RemoveIPC=yes", "PrivateTmp=yes", "ProtectHome=yes", "RestrictSUIDSGID=yes", "User=comity"):
        assert line in text, line
    assert "DynamicUser=yes" not in text, "a backup's folder must have an owner"
    if not shutil.which("systemd-analyze"):
        return
    unit = work / "comity.service"
    unit.write_text(text.replace("/usr/bin/comity", shutil.which("true")), encoding="utf-8")
    for words in (["verify", "--man=no"], ["security", "--offline=yes", "--threshold=15"]):
        done = subprocess.run(["systemd-analyze", *words, str(unit)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout[-600:]}{done.stderr}"


# ---- namespaces ---------------------------------------------------------------------------------------------------

def raise_loopback():
    request = struct.pack("16sH14s", b"lo", 1, b"")  # IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        fcntl.ioctl(line, 0x8914, request)  # SIOCSIFFLAGS


def no_network():
    with open("/proc/net/dev", encoding="utf-8") as devices:
        names = [line.split(":")[0].strip() for line in devices if ":" in line]
    assert names == ["lo"], names


def inside(folder, work):
    raise_loopback()
    no_network()
    for check in (the_tarball_can_stand_anywhere, the_package_installs_on_a_bare_debian, the_unit_is_closed):
        begun = time.monotonic()
        check(folder, work)
        print(f"ok   {check.__name__} ({time.monotonic() - begun:.0f} s)", flush=True)


def made(work):
    build = os.environ.get("COMITY_BUILD", "build/release")
    out = work / "packages"
    done = subprocess.run([ROOT / "tools/package.sh", build, str(out)], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "XZ_LEVEL": "0"})
    assert done.returncode == 0, f"package.sh: {done.stdout}{done.stderr}"
    return out


def main():
    if sys.argv[1:2] == ["--inside"]:
        inside(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
        return 0
    with tempfile.TemporaryDirectory(prefix="comity-package-") as work:
        folder = pathlib.Path(sys.argv[1]).resolve() if sys.argv[1:] else made(pathlib.Path(work))
        spaces = ["unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc", *(["--map-root-user"] if os.getuid() else [])]
        if subprocess.run([*spaces, "true"], capture_output=True, check=False).returncode != 0:
            print("an empty root needs namespaces of its own: run this as root, or where the kernel lets users have them")
            return 1
        return subprocess.run([*spaces, sys.executable, __file__, "--inside", str(folder), work], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
