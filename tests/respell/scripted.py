"""A server that answers as it is told, one answer after another, for what a healthy service never does."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from worker.contract import Problem


@dataclass
class Answer:
    """Without a status the connection is closed without a word."""

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """`requests` are (method, path, Idempotency-Key, body)."""

    url: str
    answers: list[Answer]
    requests: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)


@contextmanager
def scripted(*answers: Answer) -> Iterator[Scripted]:
    """The last answer is given again and again."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.requests.append((self.command, self.path, self.headers.get("Idempotency-Key"), body))
            answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
            self.close_connection = True
            if answer.status is None:
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script = Scripted(f"http://127.0.0.1:{server.server_address[1]}", list(answers))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()


def refused(status: int, code: str, **headers: str) -> Answer:
    """A refusal in the service's words."""
    problem = Problem(title="refused", status=status, code=code, detail=f"this is {code}", request_id="r1")
    return Answer(status, problem.model_dump_json().encode(), {k.replace("_", "-"): v for k, v in headers.items()})
