"""What a guitar loudspeaker in its cabinet does to a sound, without room and echoes: four filters of second order.

The cone's resonance, below which nothing comes; the presence of a guitar loudspeaker; and its end above it, steep. The
peak is R. Bristow-Johnson's (Audio EQ Cookbook), the values are ours, after the shape of makers' published curves.
"""

from pedal.train.circuits.filters import filtered
from pedal.train.circuits.oversampled import Samples

RESONANCE_HZ, RESONANCE_Q = 90.0, 1.1
PRESENCE_HZ, PRESENCE_Q, PRESENCE = 2_500.0, 1.2, 1.6
"""The last is the peak's height."""
END_HZ, ENDS_Q = 4_800.0, (0.6, 1.3)


def cabinet(sound: Samples, rate_hz: float) -> Samples:
    """`sound`, [samples], as it comes out of the cabinet, from rest."""
    w = 6.283185307179586 * RESONANCE_HZ
    sound = filtered((1.0, 0.0, 0.0), (1.0, w / RESONANCE_Q, w * w), sound, rate_hz)
    w, height = 6.283185307179586 * PRESENCE_HZ, PRESENCE**0.5
    sound = filtered((1.0, w * height / PRESENCE_Q, w * w), (1.0, w / height / PRESENCE_Q, w * w), sound, rate_hz)
    w = 6.283185307179586 * END_HZ
    for quality in ENDS_Q:
        sound = filtered((w * w,), (1.0, w / quality, w * w), sound, rate_hz)
    return sound
