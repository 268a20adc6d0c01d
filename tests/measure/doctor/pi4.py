"""A Raspberry Pi 4 as it should be: Raspberry Pi OS Lite (64-bit, bookworm), the service installed, a 2i2 in it."""

from tests.measure.doctor.trees import ENGINE, RELEASE, SHOW, TAG, units

STREAM = """\
Focusrite Scarlett 2i2 USB at usb-0000:01:00.0-1.2, high speed : USB Audio

Playback:
  Status: Running
    Interface = 1
    Altset = 1
    Packet Size = 216
    Momentary freq = 44100 Hz (0x5.8333)
    Feedback Format = 16.16
  Interface 1
    Altset 1
    Format: S32_LE
    Channels: 2
    Endpoint: 0x01 (1 OUT) (ASYNC)
    Rates: 44100, 48000, 88200, 96000, 176400, 192000
    Data packet interval: 125 us
    Bits: 24
    Channel map: FL FR
    Sync Endpoint: 0x81 (1 IN)
    Sync EP Interface: 1
    Sync EP Altset: 1
    Implicit Feedback Mode: No

Capture:
  Status: Running
    Interface = 2
    Altset = 1
    Packet Size = 216
    Momentary freq = 44100 Hz (0x5.8333)
  Interface 2
    Altset 1
    Format: S32_LE
    Channels: 2
    Endpoint: 0x82 (2 IN) (ASYNC)
    Rates: 44100, 48000, 88200, 96000, 176400, 192000
    Data packet interval: 125 us
    Bits: 24
    Channel map: FL FR
"""
SUBSTREAM = f"state: RUNNING\nowner_pid   : {ENGINE}\ntrigger_time: 12.345678901\ndelay       : 128\navail       : 0"
INTERRUPTS = """\
           CPU0       CPU1       CPU2       CPU3
  9:          0          0          0          0     GICv2  25 Level     vgic
 11:     812334     703112     698210      20113     GICv2  30 Level     arch_timer
 14:       4211          0          0          0     GICv2  65 Level     fe00b880.mailbox
 25:      19817          0     938869          0     GICv2 158 Level     mmc1, mmc0
 31:       1899          0          0          0     GICv2 189 Level     eth0
 35:          0          0          0          2     GICv2  51 Level     arm-pmu
 39:    3084520          0          0          0  BRCM STB PCIe MSI 524288 Edge      xhci_hcd
 41:          0          0          0          0     GICv2 129 Level     vc4 hvs
IPI0:    518033     734978     575403     839272       Rescheduling interrupts
IPI1:     11257    7960888    8129528      11536       Function call interrupts
Err:          0
"""
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max locked memory         unlimited            unlimited            bytes
Max nice priority         0                    0
Max realtime priority     95                   95
Max realtime timeout      200000               200000               us
"""
STATUS = """\
Name:\tpython
Umask:\t0027
State:\tS (sleeping)
VmLck:\t   52344 kB
VmRSS:\t   31200 kB
VmSwap:\t       0 kB
Threads:\t1
Cpus_allowed:\t8
Cpus_allowed_list:\t3
"""
STAT = (
    f"{ENGINE} (python) S 1 {ENGINE} {ENGINE} 0 -1 4194560 2530 0 12 0 57 12 0 0 -81 0 1 0 812 53600256 7800 "
    "18446744073709551615 1 1 0 0 0 0 0 16781312 2 0 0 0 -1 3 80 1 0 0 0 0 0 0 0 0 0 0 0"
)
MOUNTS = """\
/dev/root / ext4 rw,noatime 0 0
devtmpfs /dev devtmpfs rw,relatime,size=3790104k,nr_inodes=947526,mode=755 0 0
/dev/mmcblk0p1 /boot/firmware vfat rw,relatime,fmask=0022,dmask=0022,codepage=437 0 0
tmpfs /run tmpfs rw,nosuid,nodev,size=1600000k,nr_inodes=819200,mode=755 0 0
"""
GROUPS = """\
root:x:0:
audio:x:29:pi,pedal
gpio:x:986:pi,pedal
i2c:x:994:pi,pedal
spi:x:989:pi,pedal
pedal:x:985:pi
"""
DF = """\
Filesystem     1024-blocks    Used Available Capacity Mounted on
/dev/root         30421452 2934412  26218180      11% /
"""
RACK = b"""{"tag":"%s","entries":[{"name":"clean","title":"Clean","file":"clean.json","word":1},
{"name":"lead","title":"Lead","file":"lead.json","word":2}],"out":[]}"""
USB = "/sys/bus/usb/devices"


def device(port: str, bus: int, number: int, kind: str, ident: str, product: str, speed: str = "480") -> dict[str, str]:
    """A device on the USB, as sysfs has it."""
    vendor, model = ident.split(":")
    return {
        f"{USB}/{port}/{name}": text
        for name, text in {
            "busnum": str(bus), "devnum": str(number), "bDeviceClass": kind, "idVendor": vendor, "idProduct": model,
            "product": product, "speed": speed, "power/control": "auto" if kind == "09" else "on",
        }.items()
    }  # fmt: skip


FILES: dict[str, str | bytes] = {
    "/proc/device-tree/model": b"Raspberry Pi 4 Model B Rev 1.4\0",
    "/proc/self/exe": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\xb7\x00",
    "/proc/sys/kernel/osrelease": "6.6.51+rpt-rpi-v8",
    "/proc/sys/kernel/version": "#1 SMP PREEMPT Debian 1:6.6.51-1+rpt3 (2024-10-08)",
    "/proc/cmdline": "console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 "
    "fsck.repair=yes rootwait isolcpus=3 nohz_full=3 rcu_nocbs=3",
    "/proc/meminfo": "MemTotal:        3884080 kB\nMemFree:         2998800 kB",
    "/proc/uptime": "5412.31 20123.77",
    "/proc/interrupts": INTERRUPTS,
    "/proc/irq/14/effective_affinity_list": "0",
    "/proc/irq/25/effective_affinity_list": "2",
    "/proc/irq/31/effective_affinity_list": "0",
    "/proc/irq/39/effective_affinity_list": "",
    "/proc/mounts": MOUNTS,
    "/proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/var/swap  file\t\t524272\t\t0\t\t-2",
    "/proc/asound/cards": " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n                      vc4-hdmi-0\n"
    " 1 [USB            ]: USB-Audio - Scarlett 2i2 USB\n"
    "                      Focusrite Scarlett 2i2 USB at usb-0000:01:00.0-1.2, high speed",
    "/proc/asound/card0/id": "vc4hdmi0",
    "/proc/asound/card0/pcm0p/sub0/status": "closed",
    "/proc/asound/card1/id": "USB",
    "/proc/asound/card1/usbid": "1235:8210",
    "/proc/asound/card1/usbbus": "001/003",
    "/proc/asound/card1/stream0": STREAM,
    "/proc/asound/card1/pcm0c/sub0/status": SUBSTREAM,
    "/proc/asound/card1/pcm0p/sub0/status": SUBSTREAM,
    "/proc/1/comm": "systemd",
    "/proc/1/cmdline": b"/sbin/init\0",
    f"/proc/{ENGINE}/comm": "python",
    f"/proc/{ENGINE}/cmdline": b"/opt/pedal/current/bin/python\0-m\0pedal.engine\0",
    f"/proc/{ENGINE}/stat": STAT,
    f"/proc/{ENGINE}/task/{ENGINE}/stat": STAT,
    f"/proc/{ENGINE}/task/{ENGINE}/status": STATUS,
    f"/proc/{ENGINE}/status": STATUS,
    f"/proc/{ENGINE}/limits": LIMITS,
    "/sys/devices/system/cpu/present": "0-3",
    "/sys/devices/system/cpu/isolated": "3",
    "/sys/devices/system/cpu/nohz_full": "3",
    "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor": "performance",
    "/sys/kernel/mm/transparent_hugepage/enabled": "always madvise [never]",
    "/sys/devices/platform/soc/soc:firmware/get_throttled": "0",
    "/sys/class/thermal/thermal_zone0/type": "cpu-thermal",
    "/sys/class/thermal/thermal_zone0/temp": "51540",
    "/sys/class/net/wlan0/phy80211/name": "phy0",
    "/sys/class/bluetooth/.keep": "",
    "/sys/class/rfkill/rfkill0/type": "wlan",
    "/sys/class/rfkill/rfkill0/soft": "0",
    "/sys/class/drm/card1-HDMI-A-1/status": "disconnected",
    "/sys/class/drm/card1-HDMI-A-1/enabled": "disabled",
    "/sys/block/mmcblk0/device/type": "SD",
    "/sys/block/mmcblk0/device/name": "SC32G",
    "/sys/fs/ext4/mmcblk0p2/errors_count": "0",
    "/sys/bus/i2c/devices/i2c-1/name": "bcm2835 (i2c@7e804000)",
    "/sys/bus/i2c/devices/i2c-1/of_node/clock-frequency": (400_000).to_bytes(4, "big"),
    **device("usb1", 1, 1, "09", "1d6b:0002", "xHCI Host Controller"),
    **device("1-1", 1, 2, "09", "2109:3431", "USB2.0 Hub"),
    **device("1-1.2", 1, 3, "ef", "1235:8210", "Scarlett 2i2 USB"),
    **device("usb2", 2, 1, "09", "1d6b:0003", "xHCI Host Controller", "5000"),
    "/dev/gpiochip0": "",
    "/dev/i2c-1": "",
    "/etc/group": GROUPS,
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000::/home/pi:/bin/bash\n"
    "pedal:x:990:985::/var/lib/pedal:/usr/sbin/nologin",
    "/etc/pedal/pedal.toml": '[card]\nname = "auto"\n',
    f"{RELEASE}/kernels/libpedal-{TAG}.so": b"\x7fELF",
    "/var/lib/pedal/rack.json": RACK % TAG.encode(),
}
SAID = {
    SHOW: units(),
    "vcgencmd get_mem gpu": "gpu=76M\n",
    "id -un": "pi\n",
    "id -Gn": "pi adm sudo audio gpio i2c spi pedal\n",
    "df -Pk /var/lib/pedal": DF,
    "iw dev wlan0 get power_save": "Power save: off\n",
    "python -P -m pedal.measure.doctor.drivers": '{"lgpio": "real", "RPi.GPIO": "real"}\n',
    "python -P -m pedal.measure.doctor.answering 1 60": "answers\n",
}
