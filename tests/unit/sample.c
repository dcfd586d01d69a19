/* SPDX-License-Identifier: ISC */
#include "sample.h"

#include <string.h>

const char *sample_of_link(const struct opt *o)
{
	static const struct {
		const char *arg, *text;
	} samples[] = {
		{"TIME", "20ms"},
		{"JITTER", "5ms,normal,25%"},
		{"SHARE", "0%"},
		{"BURST", "1%,25%,90%,0.1%"},
		{"FRAMES", "10frames"},
		{"BANDWIDTH", "10Mbit"},
		{"QUEUE", "100frames,64kB"},
		{"SIZE", "1400B"},
		{"STATE", "down"},
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (o->type == OPT_STR && strcmp(o->arg, samples[i].arg) == 0)
			return samples[i].text;
	return NULL;
}
