/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Put behind the includes of sound/drivers/aloop.c: its clock of jiffies, 4 ms on Debian, becomes one of 1/11025 s kept by a
 * high-resolution timer, so that a loopback card can have periods of 64 frames. 11025 divides 44100, and a second's bytes
 * times it still fit 32 bits for every period that a pedal has. It ticks in the timer's own interrupt: as a softirq it would at
 * times wait for ksoftirqd, which runs when everybody else has had a turn, and the card would be late by whole periods.
 */
#include <linux/hrtimer.h>
#include <linux/math64.h>

#undef HZ
#define HZ 11025

static inline unsigned long fine_jiffies(void)
{
	return mul_u64_u32_div(ktime_get_ns(), HZ, NSEC_PER_SEC);
}

struct fine_timer {
	struct hrtimer timer;
	unsigned long expires;
	void (*function)(struct fine_timer *);
};

static inline enum hrtimer_restart fine_timer_fired(struct hrtimer *timer)
{
	struct fine_timer *fine = container_of(timer, struct fine_timer, timer);

	fine->function(fine);
	return HRTIMER_NORESTART;
}

static inline void fine_timer_setup(struct fine_timer *fine, void (*function)(struct fine_timer *))
{
	fine->expires = 0;
	fine->function = function;
	hrtimer_init(&fine->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	fine->timer.function = fine_timer_fired;
}

static inline void fine_timer_start(struct fine_timer *fine, unsigned long expires)
{
	u64 ns = mul_u64_u32_div(expires, NSEC_PER_SEC, HZ) + 1000;

	fine->expires = expires;
	hrtimer_start(&fine->timer, ns_to_ktime(ns), HRTIMER_MODE_ABS_HARD);
}

#undef from_timer
#undef jiffies
#define jiffies fine_jiffies()
#define timer_list fine_timer
#define timer_setup(fine, function, flags) fine_timer_setup(fine, function)
#define mod_timer(fine, expires) fine_timer_start(fine, expires)
#define del_timer(fine) hrtimer_try_to_cancel(&(fine)->timer)
#define del_timer_sync(fine) hrtimer_cancel(&(fine)->timer)
#define from_timer(var, fine, field) container_of(fine, typeof(*var), field)
