"""A server of files for the tests of feeds: it can be slow, refuse, cut the line, send on, and answer rubbish.

    with serving() as feed:
        feed.files["/a.csv"] = b"..."
        feed.say("/a.csv", status=503, headers={"Retry-After": "1"}, times=1)

Every request is kept in `feed.asked` as (path, headers, seconds).
"""
import contextlib
import hashlib
import http.server
import socket
import ssl
import subprocess
import threading
import time


class Feed(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.plans, self.asked, self.has_etags = {}, {}, [], True
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def address(self, path, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def say(self, path, times=1 << 30, **answer):
        """status, headers, body, cut (bytes after which the line is cut), is_chunked: for so many requests."""
        self.plans.setdefault(path, []).append([times, answer])

    def plan_of(self, path):
        plans = self.plans.get(path, [])
        while plans and plans[0][0] == 0:
            plans.pop(0)
        if not plans:
            return None
        plans[0][0] -= 1
        return plans[0][1]

    def handle_error(self, request, client_address):
        pass  # clients that are killed, and certificates that are refused, are what is tested


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        feed, path = self.server, self.path.split("?")[0]
        feed.asked.append((self.path, dict(self.headers), time.monotonic()))
        plan = feed.plan_of(path)
        if plan:
            self.answer(plan.get("status", 200), plan.get("headers", {}), plan.get("body", feed.files.get(path, b"")),
                        plan.get("cut"), plan.get("is_chunked"))
        elif path in feed.files:
            body = feed.files[path]
            tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            headers = {"ETag": tag} if feed.has_etags else {}
            if feed.has_etags and self.headers.get("If-None-Match") == tag:
                self.answer(304, headers, b"")
            else:
                self.answer(200, {"Content-Type": "text/csv", **headers}, body)
        else:
            self.answer(404, {}, b"nothing here")

    def answer(self, status, headers, body, cut=None, is_chunked=False):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if is_chunked:
            self.wfile.write(b"%x\r\n" % len(body) + body[:cut])
        else:
            self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


@contextlib.contextmanager
def serving(tls=None):
    feed = Feed(tls)
    thread = threading.Thread(target=feed.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield feed
    finally:
        feed.shutdown()
        feed.server_close()


def certificate(folder):
    """A certificate of its own authority, for 127.0.0.1: (certificate, key)."""
    paths = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths
