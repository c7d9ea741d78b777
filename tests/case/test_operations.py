#!/usr/bin/env python3
"""docs/OPERATIONS.md: each line of a command that begins with `comity` is run as it stands there, in its order. Only
places are others: /srv and /etc/comity are in the test's folder, and a backup's name is the newest one's."""
import os
import pathlib
import re
import shutil
import subprocess

from case import COMITY, environment, run, test

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs/OPERATIONS.md").read_text(encoding="utf-8")
STAMPED = re.compile(r"/srv/backups/comity\.sqlite-1f0c9a27-20261128T191541Z\.comity-backup")


def commands():
    """(line as it stands, what of it is comity's)"""
    for line in TEXT.splitlines():
        found = re.match(r"    (?:sudo -u comity --preserve-env=COMITY_STORE )?(comity .*?)(?:\s{3,}#.*)?$", line)
        if found:
            yield line.strip(), found.group(1)


def newest(desk):
    return sorted((desk.path("srv/backups")).glob("comity.sqlite-*"), key=lambda path: path.stat().st_mtime_ns)[-1]


def placed(desk, command):
    """A backup that an encrypted one is asked for is the newest that is encrypted: the one that was made last."""
    command = STAMPED.sub(lambda _: f"/srv/backups/{newest(desk).name}", command)
    return command.replace("/srv/backups", str(desk.path("srv/backups"))).replace("/etc/comity", str(desk.path("etc/comity")))


def shell(desk, command):
    bin_folder = desk.path("bin")
    return subprocess.Popen(command, shell=True, cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                            env=environment(PATH=f"{bin_folder}:{os.environ['PATH']}"))


@test
def every_command_does_what_is_said(desk):
    for folder in ("srv/backups", "etc/comity", "bin"):
        desk.path(folder).mkdir(parents=True)
    desk.path("bin/comity").symlink_to(COMITY)
    desk.write("etc/comity/passphrase", "several words in a row\n")
    desk("init")
    desk.world(100, 5)
    desk.take_world(files=("customs.csv",))
    seen = []
    for line, command in commands():
        process = shell(desk, "exec " + placed(desk, command + (" --port 0" if " serve " in command else "")))
        if " serve " in command:
            assert "serving" in process.stderr.readline(), line
            process.terminate()
        out, err = process.communicate(timeout=60)
        assert process.returncode in ((0, 130) if " serve " in command else (0,)), f"{line}: {process.returncode}\n{out}{err}"
        seen.append(command.split()[1])
    assert seen.count("backup") >= 6 and seen.count("restore") >= 3 and "serve" in seen and "verify" in seen, seen
    assert list(desk.folder.glob("comity.sqlite.replaced-*")) and desk.path("moved.sqlite").exists()


@test
def what_it_says_is_what_the_table_says(desk):
    """Every quoted message of the table is in the sources."""
    root = pathlib.Path(__file__).resolve().parents[2]
    sources = " ".join(path.read_text(encoding="utf-8") for folder in ("keep", "store") for path in (root / "src" / folder).glob("*.c"))
    sources = re.sub(r'"\s*\n?\s*"', "", sources)
    rows = [row for row in TEXT.split("## What to do when")[1].splitlines() if row.startswith("| `")]
    assert len(rows) >= 9
    for row in rows:
        for quoted in re.findall(r"`([^`]+)`", row.split("|")[1]):
            for piece in re.split(r"'…'|…|'…-wal'|\(|No space left on device", quoted):
                piece = piece.strip(" )';").removeprefix("'").removeprefix("-wal' ")
                assert piece in sources, f"nobody says '{piece}'"


@test
def cron_hears_nothing_when_all_is_well(desk):
    line = re.search(r"15 3 \* \* \*  (comity .*)", TEXT).group(1)
    desk("init")
    for folder in ("srv/backups", "etc/comity", "bin"):
        desk.path(folder).mkdir(parents=True)
    desk.path("bin/comity").symlink_to(COMITY)
    process = shell(desk, placed(desk, line))
    assert process.communicate(timeout=60) == ("", "") and process.returncode == 0
    shutil.rmtree(desk.path("srv/backups"))
    process = shell(desk, placed(desk, line))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4 and out == "" and "there is no folder" in err, (process.returncode, err)


run()
