/* Drives a library on the emulation of another machine; everything in files, as raw bytes. Status 2: the library's own
 * table says otherwise about the chain or the kernel.
 *
 * driver run LIBRARY NUMBER UNITS INPUTS LANES TILE STATE_OFFSET STATE_FLOATS WEIGHTS X Y
 *     one kernel over X, knobs at 0.5
 * driver process LIBRARY CHAIN WEIGHTS WEIGHTS_AT CAPTURE FRAME_BYTES PERIOD PLAYBACK PLAYBACK_FRAME_BYTES
 *     the whole chain from the memory in CHAIN; the weights' address goes to the place WEIGHTS_AT in it */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void run_t(int32_t, const float *, float *, const float *, float *, int64_t);
typedef void process_t(void *, const void *, void *, int64_t);

static void *load(const char *path, long *bytes)
{
	FILE *f = fopen(path, "rb");
	if (!f) exit(1);
	fseek(f, 0, SEEK_END);
	*bytes = ftell(f);
	rewind(f);
	void *data = aligned_alloc(64, (*bytes + 63) / 64 * 64);
	if (fread(data, 1, *bytes, f) != (size_t)*bytes) exit(1);
	fclose(f);
	return data;
}

static int save(const char *path, const void *data, long bytes)
{
	FILE *f = fopen(path, "wb");
	return !f || fwrite(data, 1, bytes, f) != (size_t)bytes || fclose(f);
}

static int run(void *library, char **a)
{
	const int32_t *row = (const int32_t *)dlsym(library, "pedal_layout") + 3 + 5 * atoi(a[0]);
	for (int i = 1; i <= 4; i++)
		if (row[i] != atoi(a[i])) return 2;
	long bytes, frames, inputs = atoi(a[2]);
	float *weights = load(a[7], &bytes), *guitar = load(a[8], &bytes);
	frames = bytes / sizeof *guitar;
	float *x = malloc(inputs * frames * sizeof *x), *y = malloc(frames * sizeof *y);
	for (long i = 0; i < inputs * frames; i++)
		x[i] = i < frames ? guitar[i] : 0.5f;
	float *state = malloc(atoi(a[6]) * sizeof *state);
	memcpy(state, weights + atoi(a[5]), atoi(a[6]) * sizeof *state);
	((run_t *)dlsym(library, "pedal_run"))(atoi(a[0]), weights, state, x, y, frames);
	return save(a[9], y, frames * sizeof *y);
}

static int process(void *library, char **a)
{
	long chain_bytes, bytes, in_frame = atoi(a[4]), period = atoi(a[5]), out_frame = atoi(a[7]);
	char *chain = load(a[0], &chain_bytes);
	if (((const int32_t *)dlsym(library, "pedal_layout"))[1] != chain_bytes) return 2;
	uint64_t weights = (uint64_t)load(a[1], &bytes);
	memcpy(chain + atoi(a[2]), &weights, sizeof weights);
	char *capture = load(a[3], &bytes);
	long frames = bytes / in_frame;
	char *playback = malloc(frames * out_frame);
	process_t *call = (process_t *)dlsym(library, "pedal_process");
	for (long i = 0; i < frames; i += period)
		call(chain, capture + i * in_frame, playback + i * out_frame, frames - i < period ? frames - i : period);
	return save(a[6], playback, frames * out_frame);
}

int main(int argc, char **argv)
{
	void *library = argc > 2 ? dlopen(argv[2], RTLD_NOW) : NULL;
	if (!library) return fprintf(stderr, "%s\n", argc > 2 ? dlerror() : "usage"), 1;
	if (argc == 13 && !strcmp(argv[1], "run")) return run(library, argv + 3);
	if (argc == 11 && !strcmp(argv[1], "process")) return process(library, argv + 3);
	return 1;
}
