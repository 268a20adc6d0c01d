"""How hot the processor is, from a folder that looks like /sys."""

from pathlib import Path

from pedal.measure.temperature import temperature_c


def sensor(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text + "\n")


def test_a_pi_has_a_thermal_zone(tmp_path: Path) -> None:
    sensor(tmp_path / "class/thermal/thermal_zone0", type="cpu-thermal", temp="51540")
    assert temperature_c(tmp_path) == 51.54


def test_the_hottest_core_counts_and_the_disk_does_not(tmp_path: Path) -> None:
    sensor(tmp_path / "class/hwmon/hwmon0", name="nvme", temp1_input="90000")
    sensor(tmp_path / "class/hwmon/hwmon1", name="coretemp", temp1_input="40000", temp2_input="43000")
    assert temperature_c(tmp_path) == 43.0


def test_a_machine_that_does_not_tell(tmp_path: Path) -> None:
    assert temperature_c(tmp_path) is None
    sensor(tmp_path / "class/thermal/thermal_zone0", type="cpu-thermal", temp="")
    assert temperature_c(tmp_path) is None
