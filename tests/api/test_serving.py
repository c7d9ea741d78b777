#!/usr/bin/env python3
"""`comity serve` with TLS of its own, with names, behind a proxy: as docs/SERVING.md tells people to run it."""
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import COMITY, make_store, need_program, run_tests, test  # noqa: E402


class Server:
    """A running `comity serve`; its lines are gathered."""

    def __init__(self, folder, *options):
        self.process = subprocess.Popen([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options], cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.news = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        line = self.wait_for("serving ")
        self.base = re.search(r"https?://[^/]+", line).group(0)
        self.port = int(self.base.rsplit(":", 1)[1])

    def listen(self):
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line)
                self.news.notify_all()

    def wait_for(self, text):
        def find():
            return next((line for line in self.lines if text in line), None)
        with self.news:
            assert self.news.wait_for(find, timeout=60), f"'{text}' was not said: {self.lines}"
            return find()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) in (0, 130), "the server did not end well"


@contextlib.contextmanager
def serving(folder, *options):
    server = Server(folder, *options)
    try:
        yield server
    finally:
        server.stop()


def ask(url, certificate=None, **headers):
    context = ssl.create_default_context(cafile=certificate) if certificate else None
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60, context=context) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "60"], cwd=folder, check=True, capture_output=True)


def refused(folder, *options):
    done = subprocess.run([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options], cwd=folder, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@test
def pages_come_over_tls_and_the_certificate_is_replaced(folder):
    make_certificate(folder, "first")
    make_certificate(folder, "second")
    for end in ("pem", "key"):
        shutil.copy(folder / f"first.{end}", folder / f"live.{end}")
    with serving(folder, "--tls-cert", "live.pem", "--tls-key", "live.key") as server:
        assert server.base.startswith("https://"), server.base
        status, headers, body = ask(server.base + "/", folder / "first.pem")
        assert status == 200 and b"<html" in body and headers["Strict-Transport-Security"] == "max-age=31536000", headers
        shutil.copy(folder / "second.pem", folder / "live.pem")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("is not that of the certificate")
        server.wait_for("stays in use")
        assert ask(server.base + "/", folder / "first.pem")[0] == 200
        shutil.copy(folder / "second.key", folder / "live.key")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("was read anew")
        assert ask(server.base + "/", folder / "second.pem")[0] == 200
        try:
            ask(server.base + "/", folder / "first.pem")
            raise AssertionError("the old certificate is still in use")
        except urllib.error.URLError as error:
            assert "CERTIFICATE_VERIFY_FAILED" in str(error), error


@test
def what_will_not_do_is_told_before_anything_is_served(folder):
    make_certificate(folder, "good")
    make_certificate(folder, "other")
    for options, code, text in (
            (("--tls-cert", "good.pem"), 2, "both"),
            (("--tls-key", "good.key"), 2, "both"),
            (("--tls-cert", "good.pem", "--tls-key", "other.key"), 1, "is not that of the certificate"),
            (("--tls-cert", "missing.pem", "--tls-key", "good.key"), 4, "missing.pem"),
            (("--tls-cert", "w.comity", "--tls-key", "good.key"), 1, "w.comity"),
            (("--names", "https://desk.example.org"), 2, "host names"),
            (("--names", "a,,b"), 2, "host names"),
            (("--address", "0.0.0.0"), 5, "this machine alone")):
        status, said = refused(folder, *options)
        assert status == code and text in said, (options, status, said)


@test
def names_and_a_proxy_are_answered_as_told(folder):
    with serving(folder) as server:
        assert ask(server.base + "/", Host="desk.example.org")[0] == 421
        assert "Strict-Transport-Security" not in ask(server.base + "/", X_Forwarded_Proto="https")[1]
    with serving(folder, "--names", "desk.example.org,other.example.org", "--behind-proxy") as server:
        for host in ("desk.example.org", "OTHER.example.org:8443", "localhost"):
            status, headers, _ = ask(server.base + "/", Host=host, X_Forwarded_Proto="https", X_Forwarded_For="203.0.113.9")
            assert status == 200 and "Strict-Transport-Security" in headers, (host, status)
        assert ask(server.base + "/", Host="evil.example.org")[0] == 421


@test
def it_ends_whichever_thread_the_signal_comes_to(folder):
    """The kernel may give SIGTERM to a thread that answers requests: the one that waits for the end must still wake."""
    libc = ctypes.CDLL(None, use_errno=True)
    for round_of in (0, -1):
        server = Server(folder)
        process = server.process.pid
        others = [int(name) for name in sorted(os.listdir(f"/proc/{process}/task"), key=int) if int(name) != process]
        assert libc.tgkill(process, others[round_of], signal.SIGTERM) == 0, os.strerror(ctypes.get_errno())
        assert server.process.wait(timeout=60) in (0, 130), "the server did not end well"


@test
def nothing_is_posted_where_nothing_is_entered(folder):
    with serving(folder) as server:
        for path in ("/", "/situation.json", "/events", "/nowhere"):
            request = urllib.request.Request(server.base + path, data=b"a=1", headers={"Sec-Fetch-Site": "same-origin"})
            try:
                urllib.request.urlopen(request, timeout=60)
                raise AssertionError(f"{path} took a POST")
            except urllib.error.HTTPError as error:
                assert error.code == 405 and error.headers["Allow"] == "GET, HEAD", (path, error.code)


def main():
    need_program()
    with tempfile.TemporaryDirectory() as name:
        make_store(name, events=60)
        run_tests(dict(globals()), pathlib.Path(name))


if __name__ == "__main__":
    main()
