"""PyPI passed on by this computer, which may have a way of its own there; pip checks the hashes."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

INDEX = "https://pypi.org"
FILES = "https://files.pythonhosted.org"
HERE = "127.0.0.1"
THERE = "10.0.2.2"
"""This computer, for an emulated one."""


class Passing(BaseHTTPRequestHandler):
    """/simple/… is the index, with its links leading back here; /files/… is the rest."""

    def do_GET(self) -> None:
        """Pass one request on."""
        files = self.path.startswith("/files/")
        url = FILES + self.path.removeprefix("/files") if files else INDEX + self.path
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "text/html"})) as answer:
                self.send_response(200)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.end_headers()
                if files:
                    shutil.copyfileobj(answer, self.wfile)
                else:
                    self.wfile.write(answer.read().replace(FILES.encode(), b"/files"))
        except urllib.error.HTTPError as error:
            self.send_error(error.code)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@contextmanager
def passed_on(name: str = HERE) -> Iterator[str]:
    """A configuration of pip's, /etc/pip.conf, that holds while in the block, where `name` is this computer."""
    server = ThreadingHTTPServer((HERE, 0), Passing)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        host = f"{name}:{server.server_port}"
        yield f"[global]\nindex-url = http://{host}/simple\ntrusted-host = {host}\n"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
