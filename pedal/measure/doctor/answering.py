"""Whether anything answers at an address of an I²C bus: `python -m pedal.measure.doctor.answering BUS ADDRESS`.

One byte is read, which a display takes for a question about its state; the kernel keeps it apart from what control
sends.
"""

import errno
import fcntl
import os
import sys

CHOOSE = 0x0703
"""I2C_SLAVE of linux/i2c-dev.h: what is read and written from now on is for this address."""
ANSWERS, SILENT, TAKEN, NO_BUS, FORBIDDEN = "answers", "silent", "taken", "no bus", "forbidden"
SAID = {
    errno.EBUSY: TAKEN, errno.ENOENT: NO_BUS, errno.ENODEV: NO_BUS, errno.EACCES: FORBIDDEN, errno.EPERM: FORBIDDEN,
}  # fmt: skip


def answer(bus: int, address: int) -> str:
    """answers, silent, taken by a driver of the kernel's, no bus, or forbidden."""
    try:
        descriptor = os.open(f"/dev/i2c-{bus}", os.O_RDWR)
        try:
            fcntl.ioctl(descriptor, CHOOSE, address)
            os.read(descriptor, 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        return SAID.get(error.errno or 0, SILENT)
    return ANSWERS


if __name__ == "__main__":
    print(answer(int(sys.argv[1]), int(sys.argv[2])))
