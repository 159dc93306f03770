"""Lambda's Runtime API for one function, as far as check.py needs it."""

import json
import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER_SECONDS = 60


class RuntimeApi:
    """Sends an event to the function that asks for the next one, and waits for the answer."""

    def __init__(self) -> None:
        self._events: queue.Queue = queue.Queue()
        self._answers: queue.Queue = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(200, api._events.get(), {"Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4())})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                api._answers.put((self.path, body))
                self.reply(202, b"{}", {})

            def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                arn = "arn:aws:lambda:eu-west-1:000000000000:function:peer"
                fixed = {
                    "content-type": "application/json",
                    "content-length": str(len(body)),
                    "Lambda-Runtime-Invoked-Function-Arn": arn,
                    "Lambda-Runtime-Deadline-Ms": "4102444800000",
                    # Without a trace id, awslambdaric ends with a segmentation fault.
                    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
                }
                for name, value in (headers | fixed).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # A function whose process is ended breaks its connection.
        self._server.handle_error = lambda *_: None
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, authorization: str | None, body: bytes) -> tuple[int, str, object]:
        """The function's answer to this request: status, content type and body."""
        self._events.put(json.dumps(event(authorization, body)).encode())
        path, answered = self._answers.get(timeout=ANSWER_SECONDS)
        reply = json.loads(answered)
        if not path.endswith("/response"):
            raise RuntimeError(f"the function failed: {reply}")
        return reply["statusCode"], reply["headers"]["content-type"], json.loads(reply["body"])


def event(authorization: str | None, body: bytes) -> dict:
    """The event that API Gateway's HTTP API (payload 2.0) makes of a request."""
    path = "/users/v1/platform-user"
    headers = {"content-type": "application/json", "host": "example.com"}
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "check"}
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers | ({"authorization": authorization} if authorization else {}),
        "requestContext": {"http": http, "requestId": "JKJaXmPLvHcESHA=", "stage": "$default", "timeEpoch": 1},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
