"""A stand-in for the Hugging Face Hub on this machine: real requests, folders for models."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def commit_of(revision: str) -> str:
    return hashlib.sha1(revision.encode()).hexdigest()


@dataclass
class StandIn:
    """Models by their ids, each with the folders of its revisions; requests as they came."""

    url: str
    models: dict[str, dict[str, Path]]
    requests: list[str] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    """Files of which half is sent."""

    def downloaded(self) -> list[str]:
        return [line.rpartition("/")[2] for line in self.requests if line.startswith("GET /o/")]

    def answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes, int]:
        """Status, headers, content, and how much of it is sent."""
        words = unquote(path).strip("/").split("/")
        api = words[:2] == ["api", "models"]
        model = "/".join(words[2:4] if api else words[:2])
        rest = words[4:] if api else words[2:]
        if model not in self.models:
            return 404, {"X-Error-Code": "RepoNotFound"}, b"{}", 2
        folders = self.models[model]
        by_commit = {commit_of(name): folder for name, folder in folders.items()}
        if rest == ["refs"]:
            branches = [
                {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit_of(name)}
                for name in folders
            ]
            return _json({"branches": branches, "tags": [], "converts": []})
        if rest[0] == "tree" and rest[1] in by_commit:
            return _json(
                [
                    {
                        "type": "file",
                        "path": file.name,
                        "size": file.stat().st_size,
                        "oid": hashlib.sha1(file.read_bytes()).hexdigest(),
                    }
                    for file in sorted(by_commit[rest[1]].iterdir())
                ]
            )
        if rest[0] == "resolve" and (by_commit[rest[1]] / rest[2]).is_file():
            content = (by_commit[rest[1]] / rest[2]).read_bytes()
            tag = hashlib.sha1(content).hexdigest()
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": rest[1]}
            sent = len(content) // 2 if rest[2] in self.cut else len(content)
            return 200, headers, content, 0 if method == "HEAD" else sent
        return 404, {"X-Error-Code": "EntryNotFound"}, b"{}", 2


def _json(value: Any) -> tuple[int, dict[str, str], bytes, int]:
    content = json.dumps(value).encode()
    return 200, {"Content-Type": "application/json"}, content, len(content)


@contextmanager
def serving(models: dict[str, dict[str, Path]]) -> Iterator[StandIn]:
    """Serve while inside."""
    stand_in = StandIn("", models)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "agent-harnesses" not in self.path:  # the client's own affair
                stand_in.requests.append(f"{self.command} {urlsplit(self.path).path}")
            status, headers, content, sent = stand_in.answer(self.command, urlsplit(self.path).path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content[:sent])
            self.close_connection = True

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
