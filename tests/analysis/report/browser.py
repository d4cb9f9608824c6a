"""The browser that pages are opened in, where there is one, and how it is asked and told."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next((path for path in map(shutil.which, NAMES) if path), None)

LAUNCH = 'exec "$@" 3<&$ASKED 4>&$ANSWERED'
"""Chromium reads its orders from file 3 and answers to file 4, a NUL behind each."""


class Page:
    """A tab of a running Chromium, over the protocol of its developer tools."""

    def __init__(self, asked: int, answered: int) -> None:
        self._asked = os.fdopen(asked, "wb", buffering=0)
        self._answered = os.fdopen(answered, "rb")
        self._number = 0
        self._session: dict[str, str] = {}
        self.complaints: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._session = {"sessionId": session}
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, page: Path) -> None:
        """Begin to load a page."""
        self._call("Page.navigate", url=page.resolve().as_uri())

    def ask(self, script: str) -> Any:
        """What the body of an async function returns in the page; it is above the page's policy."""
        answer = self._call(
            "Runtime.evaluate",
            expression=f"(async () => {{ {script} }})()",
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def photograph(self, first: str, last: str) -> bytes:
        """The page from the top of one element (CSS) to the foot of another, as PNG."""
        ends = "document.querySelector({!r}).getBoundingClientRect().{} + scrollY"
        top, foot = (
            self.ask(f"return {ends.format(*end)}") for end in ((first, "top"), (last, "bottom"))
        )
        width = self.ask("return document.documentElement.clientWidth")
        clip = {"x": 0, "y": top, "width": width, "height": foot - top, "scale": 1}
        taken = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def leave(self) -> None:
        """End the browser."""
        self._call("Browser.close")

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters, **self._session}
        self._asked.write(json.dumps(order).encode() + b"\0")
        for answer in self._answers():
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                found: dict[str, Any] = answer["result"]
                return found
            if answer["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(json.dumps(answer["params"]))
        raise AssertionError("the browser has gone")

    def _answers(self) -> Iterator[dict[str, Any]]:
        while text := _until_nul(self._answered):
            yield json.loads(text)


def _until_nul(file: Any) -> bytes:
    text = bytearray()
    while (byte := file.read(1)) not in (b"", b"\0"):
        text += byte
    return bytes(text)


@contextmanager
def browser(profile: Path, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A Chromium without a window, which keeps its own files in `profile`."""
    assert CHROMIUM
    (read, asked), (answered, write) = os.pipe(), os.pipe()
    words = [
        "bash", "-c", LAUNCH, "bash", CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
        "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
    ]  # fmt: skip
    with subprocess.Popen(
        words,
        env=os.environ | {"ASKED": str(read), "ANSWERED": str(write)},
        pass_fds=(read, write),
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(read)
        os.close(write)
        try:
            page = Page(asked, answered)
            yield page
            page.leave()  # and it is waited for, so that it writes no more
        except BaseException:
            process.kill()
            raise
