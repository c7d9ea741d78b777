"""What the benchmarks measure with: where things are, a command's seconds and memory, the peers' interpreter."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMITY = pathlib.Path(os.environ.get("COMITY", ROOT / "build/release/comity"))
WORK = ROOT / "build/bench"
DATA = ROOT.parent / "shared/data"
sys.path.append(str(ROOT / "tests/case"))  # simulated.py: tests and benchmarks judge worlds alike
REQUIREMENTS = ROOT / "bench/peers/requirements.txt"


class Failed(Exception):
    """A measured command that failed, with the end of what it said."""


def run_measured(command, timeout=None, stdout=None, **options):
    """Runs a command; its seconds, its peak MB alone, what it printed, its processor seconds (which a busy machine changes least).
    stdout: a file to write what it prints to instead. Raises Failed, and subprocess.TimeoutExpired, with what it printed, when it takes longer than `timeout` seconds (it is ended then)."""
    script = ("import os,resource,subprocess,sys,time,json\n"
              "limit=json.loads(sys.argv[1]); to=open(sys.argv[2],'wb') if sys.argv[2] else subprocess.PIPE\n"
              "t=time.time()\n"
              "p=subprocess.Popen(sys.argv[3:],stdout=to,stderr=subprocess.PIPE)\n"
              "late=False\n"
              "try: told,talk=p.communicate(timeout=limit)\n"
              "except subprocess.TimeoutExpired:\n"
              "    p.kill(); told,talk=p.communicate(); late=True\n"
              "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
              "print(json.dumps([late,p.returncode,time.time()-t,u.ru_maxrss/1024,(told or b'').decode(),talk.decode()[-800:],u.ru_utime+u.ru_stime]))")
    words = [sys.executable, "-c", script, json.dumps(timeout), str(stdout or ""), *map(str, command)]
    out = subprocess.run(words, capture_output=True, text=True, check=True, **options)
    late, code, seconds, megabytes, told, talk, processor_s = json.loads(out.stdout)
    if late:
        raise subprocess.TimeoutExpired(words[5:], timeout, told)
    if code:
        raise Failed(f"{' '.join(map(str, command))} failed with {code}:\n{talk}")
    return seconds, megabytes, told, processor_s


def measured(command, **options):
    """Runs a command; seconds, peak MB of it alone. Ends the benchmark when it fails."""
    try:
        seconds, megabytes, *_ = run_measured(command, **options)
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    return seconds, megabytes


def comity(*words):
    return measured([COMITY, *words, "-q"])


def ask(*words):
    """What comity prints. Raises Failed."""
    return run_measured([COMITY, *words, "-q"])[2]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def peers():
    """The interpreter of a virtual environment with the peers, or None when it cannot be made (no network). Made anew when the
    pinned versions change."""
    python, ready = WORK / "venv/bin/python", WORK / "venv/ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != REQUIREMENTS.read_text(encoding="utf-8"):
        try:
            WORK.mkdir(parents=True, exist_ok=True)
            subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True, capture_output=True)
            subprocess.run([python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True, capture_output=True)
        except subprocess.CalledProcessError as failure:
            print(f"bench: no peers: {failure.stderr.decode()[-300:]}", file=sys.stderr)
            return None
        ready.write_text(REQUIREMENTS.read_text(encoding="utf-8"), encoding="utf-8")
    return python


def versions():
    """The pinned peers, for the head of a table: 'splink 5.0.0, …'."""
    lines = (line.strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return ", ".join(line.replace("==", " ") for line in lines if "==" in line)
