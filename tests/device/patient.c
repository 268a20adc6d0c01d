/*
 * Put before libc in pedal-control: lgpio's thread looks at its pins 1500 times a second, which is most of what an emulated
 * processor would do all day. It looks 50 times here; an edge still ends its wait at once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#define SHORTEST_NS 20000000

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	static int (*real)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
	const struct timespec shortest = {.tv_nsec = SHORTEST_NS};

	if (!real)
		real = dlsym(RTLD_NEXT, "ppoll");
	if (timeout && !timeout->tv_sec && timeout->tv_nsec && timeout->tv_nsec < SHORTEST_NS)
		timeout = &shortest;
	return real(fds, count, timeout, mask);
}
