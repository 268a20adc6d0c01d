"""Load on the network: datagrams that this machine sends to itself."""

import socket

from pedal.measure.load.going import Going

DATAGRAM = bytes(1400)
BURST = 32
A_SECOND = 100
"""Bursts of 32 datagrams: 4.5 MB a second at most."""
HOME = "127.0.0.1"
"""Nothing of it leaves the machine."""


def talk(going: Going) -> int:
    """Send and receive as long as it is going on; gives how many datagrams came.

    Raises:
        OSError: this machine has no network, not even with itself.
    """
    came = 0
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far,
    ):
        far.bind((HOME, 0))
        far.setblocking(False)
        near.connect(far.getsockname())
        for _ in going.paced(A_SECOND):
            for _ in range(BURST):
                near.send(DATAGRAM)
            came += _received(far)
    return came


def _received(far: socket.socket) -> int:
    count = 0
    try:
        while True:
            far.recv(len(DATAGRAM))
            count += 1
    except BlockingIOError:
        return count
