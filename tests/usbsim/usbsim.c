/*
 * usbsim: a simulated full-duplex USB sound card, as an ALSA external plugin (ioplug). For tests only.
 *
 *     gcc -shared -fPIC -O2 -Wall -Wextra -DPIC usbsim.c -o usbsim.so -lasound -lpthread
 *
 * Both directions of a card share one clock, counted in frames since the card was first opened. On the virtual clock
 * time moves only when the program blocks, up to the frame it waits for; on the real one it is CLOCK_MONOTONIC.
 * A frame played at time t goes to the output file at frame t; a frame captured at time t comes from the input file at
 * frame t, or, without one, is what was played at t - delay. Nothing is kept that depends on how the program behaved,
 * so a round trip can be read off the files after any number of faults.
 *
 * A page of words shared with the test (struct page) injects faults and reports what happened.
 *
 *     pcm_type.usbsim { lib "/path/usbsim.so" }
 *     pcm.sim { type usbsim card "a" page "/path/a.page" virtual 1 infile "in.raw" outfile "out.raw" formats [ S32_LE ] }
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define TAPE_FRAMES (1u << 16) /* of what was played, for the loopback */
#define MAX_FRAME_BYTES 128
#define MAX_FORMATS 8
#define LOOK_EVERY (SECOND / 100) /* a sleeping program sees a change of the page this soon */

/* Shared with the test; tests/usbsim/interface.py has the same layout. */
struct page {
	/* asked for by the test */
	volatile int32_t open_errno;    /* opening fails with it */
	volatile int32_t unplugged;     /* every call fails with ENODEV while it is set */
	volatile int32_t xrun_capture;  /* so many overruns, as soon as the stream runs */
	volatile int32_t xrun_playback; /* so many underruns */
	volatile int32_t suspended;     /* running streams are suspended while it is set */
	volatile int32_t frozen;        /* the clock stands */
	volatile int32_t ppm;           /* the real clock is off by so much */
	volatile int32_t late;          /* the program was late by so many frames: added once to the virtual clock */
	/* reported */
	volatile int64_t frames; /* the clock; a card that is opened again goes on from here */
	volatile int64_t captured, played;
	volatile int64_t xruns_capture, xruns_playback;
	volatile int64_t started_capture, started_playback; /* the clock at the last start of each stream */
};

struct stream {
	snd_pcm_ioplug_t io;
	struct card *card;
	bool running, xrun;
	uint64_t started;  /* the card's clock when the stream started */
	uint64_t position; /* frames the hardware has moved since then */
	snd_pcm_uframes_t avail_min;
	size_t frame_bytes;
	char *ring;
	int file; /* -1: the loopback */
};

struct card {
	struct card *next;
	char name[64];
	struct stream *streams[2]; /* by snd_pcm_stream_t: playback, capture */
	struct page *page, own_page;
	bool is_virtual, loop;
	uint64_t delay, granule;
	uint64_t zero; /* CLOCK_MONOTONIC at frame 0 */
	char *tape;
};

static struct card *cards;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uint64_t min3(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t least = a < b ? a : b;
	return least < c ? least : c;
}

/* ---- the clock ---- */

static uint64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static double true_rate(const struct stream *s) { return s->io.rate * (1 + s->card->page->ppm * 1e-6); }

static uint64_t now_frames(struct stream *s)
{
	struct page *page = s->card->page;
	if (page->frozen)
		return page->frames;
	if (s->card->is_virtual) {
		page->frames += page->late;
		page->late = 0;
	} else {
		page->frames = (monotonic() - s->card->zero) * true_rate(s) / SECOND;
	}
	return page->frames;
}

/* ---- samples: what the hardware does while nobody looks ---- */

static void record(struct stream *s, char *to, uint64_t at, uint64_t count)
{
	struct card *card = s->card;
	memset(to, 0, count * s->frame_bytes);
	if (s->file < 0) {
		for (uint64_t i = 0; i < count; i++) {
			char *from = card->tape + (at + i - card->delay) % TAPE_FRAMES * MAX_FRAME_BYTES;
			memcpy(to + i * s->frame_bytes, from, s->frame_bytes);
			memset(from, 0, s->frame_bytes);
		}
		return;
	}
	struct stat file;
	uint64_t length = fstat(s->file, &file) == 0 ? file.st_size / s->frame_bytes : 0;
	for (uint64_t done = 0, n; length && done < count; done += n) {
		uint64_t from = card->loop ? (at + done) % length : at + done;
		n = min3(count - done, card->loop ? length - from : count, count);
		if (pread(s->file, to + done * s->frame_bytes, n * s->frame_bytes, from * s->frame_bytes) < 0)
			return;
	}
}

static void play(struct stream *s, const char *from, uint64_t at, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		memcpy(s->card->tape + (at + i) % TAPE_FRAMES * MAX_FRAME_BYTES, from + i * s->frame_bytes, s->frame_bytes);
	if (s->file >= 0 && pwrite(s->file, from, count * s->frame_bytes, at * s->frame_bytes) < 0)
		SNDERR("usbsim: the output file cannot be written");
}

static uint64_t granule(const struct stream *s) { return s->card->granule ? s->card->granule : s->io.period_size; }

/* Bring one stream to the present, in whole granules, until it has no more room: that is an xrun. */
static void advance(struct stream *s, uint64_t now)
{
	bool capture = s->io.stream == SND_PCM_STREAM_CAPTURE;
	uint64_t buffer = s->io.buffer_size, due = (now - s->started) / granule(s) * granule(s);
	struct page *page = s->card->page;
	while (s->position < due && !s->xrun) {
		uint64_t room = capture ? buffer - (s->position - s->io.appl_ptr) : s->io.appl_ptr - s->position;
		uint64_t in_ring = s->position % buffer, n = min3(due - s->position, room, buffer - in_ring);
		char *samples = s->ring + in_ring * s->frame_bytes;
		if (capture)
			record(s, samples, s->started + s->position, n);
		else
			play(s, samples, s->started + s->position, n);
		s->position += n;
		*(capture ? &page->captured : &page->played) += n;
		if (n == room) { /* as the kernel has it: the whole buffer is available */
			s->xrun = true;
			s->running = false;
			if (s->io.state == SND_PCM_STATE_RUNNING) /* not at the end of a drain */
				++*(capture ? &page->xruns_capture : &page->xruns_playback);
		}
	}
}

static void advance_both(struct card *card, uint64_t now)
{
	for (int direction = 0; direction < 2; direction++) { /* playback first: the loopback hears it */
		struct stream *s = card->streams[direction];
		if (s && s->running && s->ring)
			advance(s, now);
	}
}

/* Whether an injected fault has struck; the state says which. */
static bool struck(struct stream *s)
{
	struct page *page = s->card->page;
	bool capture = s->io.stream == SND_PCM_STREAM_CAPTURE;
	volatile int32_t *xruns = capture ? &page->xrun_capture : &page->xrun_playback;
	if (page->unplugged) {
		snd_pcm_ioplug_set_state(&s->io, SND_PCM_STATE_DISCONNECTED);
		return true;
	}
	if (page->suspended && s->running) {
		snd_pcm_ioplug_set_state(&s->io, SND_PCM_STATE_SUSPENDED);
		return true;
	}
	if (*xruns > 0 && s->running) {
		--*xruns;
		++*(capture ? &page->xruns_capture : &page->xruns_playback);
		s->xrun = true;
		s->running = false;
	}
	return false;
}

/* ---- waiting ---- */

/* The position at which the program's wait is over. */
static uint64_t awaited(const struct stream *s)
{
	int64_t frame = s->io.appl_ptr;
	if (s->io.state != SND_PCM_STATE_DRAINING)
		frame += (int64_t)s->avail_min - (s->io.stream == SND_PCM_STREAM_CAPTURE ? 0 : (int64_t)s->io.buffer_size);
	return frame < 0 ? 0 : (frame + granule(s) - 1) / granule(s) * granule(s);
}

/* Set the timer that wakes the program; on the virtual clock it never sleeps. */
static void arm(struct stream *s)
{
	if (s->card->is_virtual)
		return;
	uint64_t wake = 1, latest = monotonic() + LOOK_EVERY;
	if (s->running)
		wake = s->card->zero + (uint64_t)((s->started + awaited(s)) / true_rate(s) * SECOND) + 1000;
	if (wake > latest)
		wake = latest;
	struct itimerspec timer = {.it_value = {.tv_sec = wake / SECOND, .tv_nsec = wake % SECOND}};
	timerfd_settime(s->io.poll_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

static int on_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int count, unsigned short *events)
{
	struct stream *s = io->private_data;
	struct card *card = s->card;
	bool capture = io->stream == SND_PCM_STREAM_CAPTURE, frozen;
	unsigned short ready = capture ? POLLIN : POLLOUT;
	(void)descriptors, (void)count;
	*events = 0;
	pthread_mutex_lock(&mutex);
	frozen = card->page->frozen;
	if (struck(s)) {
		*events = POLLERR | ready;
	} else {
		advance_both(card, now_frames(s));
		if (card->is_virtual && s->running && s->position < awaited(s) && !frozen) {
			card->page->frames = s->started + awaited(s); /* the one thing that moves a virtual clock */
			advance_both(card, card->page->frames);
		}
		if (s->xrun) {
			snd_pcm_ioplug_set_state(io, SND_PCM_STATE_XRUN);
			*events = POLLERR | ready;
		} else if (s->running ? s->position >= awaited(s) : !capture) {
			*events = ready;
		}
	}
	arm(s);
	pthread_mutex_unlock(&mutex);
	if (!*events && card->is_virtual)
		usleep(1000); /* the clock is frozen; do not spin */
	return 0;
}

static int on_poll_descriptors(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int space)
{
	(void)space;
	pthread_mutex_lock(&mutex);
	arm(io->private_data);
	pthread_mutex_unlock(&mutex);
	descriptors->fd = io->poll_fd;
	descriptors->events = POLLIN;
	return 1;
}

/* ---- the stream's life ---- */

static int on_start(snd_pcm_ioplug_t *io)
{
	struct stream *s = io->private_data;
	struct page *page = s->card->page;
	pthread_mutex_lock(&mutex);
	s->started = now_frames(s);
	*(io->stream == SND_PCM_STREAM_CAPTURE ? &page->started_capture : &page->started_playback) = s->started;
	s->running = true;
	arm(s);
	pthread_mutex_unlock(&mutex);
	return 0;
}

static int on_stop(snd_pcm_ioplug_t *io)
{
	pthread_mutex_lock(&mutex);
	((struct stream *)io->private_data)->running = false;
	pthread_mutex_unlock(&mutex);
	return 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io)
{
	struct stream *s = io->private_data;
	pthread_mutex_lock(&mutex);
	if (!struck(s))
		advance_both(s->card, now_frames(s));
	snd_pcm_sframes_t at = s->xrun ? -EPIPE : (snd_pcm_sframes_t)(s->position % io->buffer_size);
	pthread_mutex_unlock(&mutex);
	return at;
}

static int on_prepare(snd_pcm_ioplug_t *io)
{
	struct stream *s = io->private_data;
	pthread_mutex_lock(&mutex);
	int error = s->card->page->unplugged ? -ENODEV : 0;
	s->running = s->xrun = false;
	s->position = 0;
	s->frame_bytes = snd_pcm_format_physical_width(io->format) / 8 * io->channels;
	s->ring = snd_pcm_ioplug_mmap_areas(io)->addr;
	arm(s);
	pthread_mutex_unlock(&mutex);
	return error;
}

static int on_hw_free(snd_pcm_ioplug_t *io)
{
	struct stream *s = io->private_data;
	pthread_mutex_lock(&mutex);
	s->ring = NULL;
	s->running = false;
	pthread_mutex_unlock(&mutex);
	return 0;
}

static int on_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *parameters)
{
	return snd_pcm_sw_params_get_avail_min(parameters, &((struct stream *)io->private_data)->avail_min);
}

static void forget(struct card *card)
{
	struct card **link = &cards;
	while (*link != card)
		link = &(*link)->next;
	*link = card->next;
	if (card->page != &card->own_page)
		munmap(card->page, sizeof *card->page);
	free(card->tape);
	free(card);
}

static int on_close(snd_pcm_ioplug_t *io)
{
	struct stream *s = io->private_data;
	pthread_mutex_lock(&mutex);
	s->card->streams[io->stream] = NULL;
	if (!s->card->streams[!io->stream])
		forget(s->card);
	pthread_mutex_unlock(&mutex);
	if (s->file >= 0)
		close(s->file);
	close(io->poll_fd);
	free(s);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = on_start,
	.stop = on_stop,
	.pointer = on_pointer,
	.prepare = on_prepare,
	.hw_free = on_hw_free,
	.sw_params = on_sw_params,
	.poll_revents = on_poll_revents,
	.poll_descriptors = on_poll_descriptors,
	.close = on_close,
};

/* ---- opening ---- */

struct settings {
	const char *card, *page, *infile, *outfile;
	long rate, channels, delay, is_virtual, granule, loop, period_min, period_max, periods_max;
	unsigned int formats[MAX_FORMATS], format_count;
};

static void read_formats(struct settings *settings, snd_config_t *list)
{
	snd_config_iterator_t i, next;
	snd_config_for_each(i, next, list) {
		const char *name;
		if (snd_config_get_string(snd_config_iterator_entry(i), &name) == 0 && settings->format_count < MAX_FORMATS)
			settings->formats[settings->format_count++] = snd_pcm_format_value(name);
	}
}

static int read_settings(struct settings *settings, snd_config_t *conf)
{
	const struct { const char *name; const char **value; } texts[] = {
		{"card", &settings->card}, {"page", &settings->page},
		{"infile", &settings->infile}, {"outfile", &settings->outfile},
	};
	const struct { const char *name; long *value; } numbers[] = {
		{"rate", &settings->rate}, {"channels", &settings->channels}, {"delay", &settings->delay},
		{"virtual", &settings->is_virtual}, {"granule", &settings->granule}, {"loop", &settings->loop},
		{"period_min", &settings->period_min}, {"period_max", &settings->period_max},
		{"periods_max", &settings->periods_max},
	};
	snd_config_iterator_t i, next;
	snd_config_for_each(i, next, conf) {
		snd_config_t *node = snd_config_iterator_entry(i);
		const char *id;
		bool known = snd_config_get_id(node, &id) < 0 || !strcmp(id, "type") || !strcmp(id, "comment") || !strcmp(id, "hint");
		for (size_t k = 0; !known && k < sizeof texts / sizeof *texts; k++)
			known = !strcmp(id, texts[k].name) && snd_config_get_string(node, texts[k].value) == 0;
		for (size_t k = 0; !known && k < sizeof numbers / sizeof *numbers; k++)
			known = !strcmp(id, numbers[k].name) && snd_config_get_integer(node, numbers[k].value) == 0;
		if (!known && !strcmp(id, "formats")) {
			read_formats(settings, node);
			known = true;
		}
		if (!known) {
			SNDERR("usbsim: unknown field %s", id);
			return -EINVAL;
		}
	}
	if (!settings->format_count)
		settings->formats[settings->format_count++] = SND_PCM_FORMAT_S16_LE;
	return 0;
}

static struct card *find_card(const struct settings *settings)
{
	for (struct card *card = cards; card; card = card->next)
		if (!strcmp(card->name, settings->card))
			return card;
	struct card *card = calloc(1, sizeof *card);
	snprintf(card->name, sizeof card->name, "%s", settings->card);
	card->tape = calloc(TAPE_FRAMES, MAX_FRAME_BYTES);
	card->page = &card->own_page;
	int file = settings->page ? open(settings->page, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	if (file >= 0) {
		void *page = ftruncate(file, sizeof *card->page) ? MAP_FAILED
			: mmap(NULL, sizeof *card->page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		if (page != MAP_FAILED)
			card->page = page;
		close(file);
	}
	card->is_virtual = settings->is_virtual;
	card->loop = settings->loop;
	card->delay = settings->delay;
	card->granule = settings->granule;
	card->zero = monotonic() - (uint64_t)((double)card->page->frames / settings->rate * SECOND);
	card->next = cards;
	return cards = card;
}

/* Take the card's stream in this direction, or say why not. */
static int attach(struct stream *s, const struct settings *settings, snd_pcm_stream_t direction)
{
	pthread_mutex_lock(&mutex);
	struct card *card = find_card(settings);
	int error = card->page->open_errno ? -card->page->open_errno
		: card->page->unplugged ? -ENODEV
		: card->streams[direction] ? -EBUSY : 0;
	if (!error) {
		s->card = card;
		card->streams[direction] = s;
	} else if (!card->streams[0] && !card->streams[1]) {
		forget(card);
	}
	pthread_mutex_unlock(&mutex);
	return error;
}

static void offer(struct stream *s, const struct settings *settings)
{
	const unsigned int access = SND_PCM_ACCESS_RW_INTERLEAVED, rate = settings->rate;
	unsigned int narrowest = 4, widest = 1;
	for (unsigned int k = 0; k < settings->format_count; k++) {
		unsigned int bytes = snd_pcm_format_physical_width(settings->formats[k]) / 8;
		narrowest = bytes < narrowest ? bytes : narrowest;
		widest = bytes > widest ? bytes : widest;
	}
	unsigned int least = settings->period_min * narrowest * settings->channels;
	unsigned int most = settings->period_max * widest * settings->channels;
	snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access);
	snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_FORMAT, settings->format_count, settings->formats);
	snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_RATE, 1, &rate);
	snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_CHANNELS, settings->channels, settings->channels);
	snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, least, most);
	snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * least, 16 * most);
	snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_PERIODS, 2, settings->periods_max);
}

SND_PCM_PLUGIN_DEFINE_FUNC(usbsim)
{
	(void)root;
	struct settings settings = {
		.card = "sim", .rate = 44100, .channels = 2, .period_min = 16, .period_max = 4096, .periods_max = 64,
	};
	int error = read_settings(&settings, conf);
	if (error)
		return error;
	struct stream *s = calloc(1, sizeof *s);
	error = attach(s, &settings, stream);
	if (error) {
		free(s);
		return error;
	}
	bool capture = stream == SND_PCM_STREAM_CAPTURE;
	const char *path = capture ? settings.infile : settings.outfile;
	s->file = path ? open(path, (capture ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0644) : -1;
	s->avail_min = 1;
	s->io = (snd_pcm_ioplug_t){
		.version = SND_PCM_IOPLUG_VERSION, .name = "usbsim", .callback = &callbacks, .private_data = s,
		.mmap_rw = 1, .poll_events = POLLIN, .flags = SND_PCM_IOPLUG_FLAG_MONOTONIC,
		.poll_fd = settings.is_virtual ? eventfd(1, EFD_CLOEXEC) : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
	};
	error = snd_pcm_ioplug_create(&s->io, name, stream, mode);
	if (error < 0) {
		on_close(&s->io);
		return error;
	}
	offer(s, &settings);
	*pcmp = s->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(usbsim);
