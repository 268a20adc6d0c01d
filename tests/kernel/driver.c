/* Runs one kernel of a library on another machine's emulation: weights and x in, y out, all raw float32.
 * driver LIBRARY NUMBER UNITS INPUTS LANES TILE STATE_OFFSET STATE_FLOATS WEIGHTS X Y
 * Knob inputs stand at 0.5. Status 2: the library's table says something else about the kernel. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void run_t(int32_t, const float *, float *, const float *, float *, int64_t);

static float *load(const char *path, long *floats)
{
	FILE *f = fopen(path, "rb");
	if (!f) exit(1);
	fseek(f, 0, SEEK_END);
	*floats = ftell(f) / sizeof(float);
	rewind(f);
	float *data = aligned_alloc(64, (*floats * sizeof(float) + 63) / 64 * 64);
	if (fread(data, sizeof(float), *floats, f) != (size_t)*floats) exit(1);
	fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	void *library = argc == 12 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
	const int32_t *row = (const int32_t *)dlsym(library, "pedal_layout") + 3 + 5 * atoi(argv[2]);
	for (int i = 0; i < 4; i++)
		if (row[1 + i] != atoi(argv[3 + i])) return 2;
	long floats, frames, inputs = atoi(argv[4]);
	float *weights = load(argv[9], &floats), *guitar = load(argv[10], &frames);
	float *x = malloc(inputs * frames * sizeof *x), *y = malloc(frames * sizeof *y);
	for (long i = 0; i < inputs * frames; i++)
		x[i] = i < frames ? guitar[i] : 0.5f;
	float *state = malloc(atoi(argv[8]) * sizeof *state);
	memcpy(state, weights + atoi(argv[7]), atoi(argv[8]) * sizeof *state);
	((run_t *)dlsym(library, "pedal_run"))(atoi(argv[2]), weights, state, x, y, frames);
	FILE *f = fopen(argv[11], "wb");
	return !f || fwrite(y, sizeof *y, frames, f) != (size_t)frames || fclose(f);
}
