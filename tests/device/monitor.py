"""QEMU's monitor: a socket that takes commands as JSON (QMP)."""

import json
import socket
import time
from pathlib import Path
from typing import Any, Self

from tests.device.cache import DeviceError

PATIENCE_S = 300.0


class Monitor:
    """A connection to one emulator."""

    def __init__(self, path: Path) -> None:
        """Connect to the socket at path, which the emulator has made."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 # whatever QEMU answers
        """What the emulator returns to a command.

        Raises:
            DeviceError: it refused, or is gone.
        """
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self._lines:
            answer = json.loads(line)
            if "error" in answer:
                raise DeviceError(f"the emulator refused {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise DeviceError(f"the emulator ended at {command}")

    def save(self, path: Path) -> None:
        """Stop the machine and write its memory and devices to the file at path; its disk stays as it is now."""
        self.ask("stop")
        self.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.ask("migrate", uri=f"exec:cat > '{path}'")
        while (status := self.ask("query-migrate")["status"]) != "completed":
            if status not in ("setup", "active", "device"):
                raise DeviceError(f"the machine's memory could not be saved: {status}")
            time.sleep(0.1)

    def resumed(self) -> None:
        """Wait until a machine that was started from saved memory runs."""
        for _ in range(int(PATIENCE_S / 0.05)):
            status = self.ask("query-status")["status"]
            if status == "running":
                return
            if status in ("paused", "postmigrate"):
                self.ask("cont")
            time.sleep(0.05)
        raise DeviceError("the machine did not resume from its saved memory")

    def ssh_port(self) -> int:
        """The port of this computer that leads to the machine's port 22."""
        table = str(self.ask("human-monitor-command", **{"command-line": "info usernet"}))
        for line in table.splitlines():
            words = line.split()
            if words and words[0].startswith("TCP[HOST_FORWARD]"):
                return int(words[3])
        raise DeviceError(f"the emulator forwards no port; it said:\n{table}")
