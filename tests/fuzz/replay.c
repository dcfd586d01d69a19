/* SPDX-License-Identifier: ISC */
/*
 * replay.c - runs a fuzz target without libFuzzer.
 *
 *   fuzz_x FILE|DIRECTORY...                      feeds every file once
 *   fuzz_x -r COUNT [-s SEED] FILE|DIRECTORY...   then COUNT mutations of them
 *
 * The same seed gives the same mutations.  When the target fails, the input that did it is left in
 * a file, to be fed alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { GROW_MAX = 4096, EDITS_MAX = 6 };

struct item {
	uint8_t *bytes;
	size_t len;
};

static struct item *items;
static size_t item_count;

/* What the target is working on, for leave_input(). */
static const uint8_t *now_bytes;
static size_t now_len;
static char crash_file[64];

/* There when the program is built with a sanitizer, which ends it without a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void leave_input(void)
{
	static const char told[] = "\nthe input is in ./";
	int fd = now_bytes ? open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;

	if (fd < 0)
		return;
	ssize_t n = write(fd, now_bytes, now_len);
	close(fd);
	if (n == (ssize_t)now_len && write(2, told, sizeof(told) - 1) > 0)
		n = write(2, crash_file, strlen(crash_file)) + write(2, "\n", 1);
	(void)n; /* nobody is left to be told */
}

static void on_abort(int sig)
{
	leave_input();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* In memory of exactly the size, so that a read beyond the end is seen. */
static void feed(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	now_bytes = copy;
	now_len = len;
	(void)LLVMFuzzerTestOneInput(copy, len);
	now_bytes = NULL;
	free(copy);
}

static int load_file(const char *path, size_t size)
{
	struct item *more = realloc(items, (item_count + 1) * sizeof(*items));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *bytes = malloc(size ? size : 1);

	if (more)
		items = more;
	if (!more || !bytes || fd < 0 || read(fd, bytes, size) != (ssize_t)size) {
		fprintf(stderr, "%s: cannot read: %s\n", path, strerror(errno));
		free(bytes);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	items[item_count++] = (struct item){bytes, size};
	return 0;
}

/* In the order of the names, which is the same everywhere, for -s. */
static int load_directory(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	int rc = n < 0 ? -1 : 0;

	for (int i = 0; i < n; i++) {
		struct stat st;
		char file[4096];

		if (entry[i]->d_name[0] != '.') {
			int len = snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name);

			if (len < 0 || (size_t)len >= sizeof(file) || stat(file, &st) ||
			    load_file(file, (size_t)st.st_size))
				rc = -1;
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return rc;
}

static int load(const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	return S_ISDIR(st.st_mode) ? load_directory(path) : load_file(path, (size_t)st.st_size);
}

/* xorshift64* (Vigna 2014): small, and the same on every machine. */
static uint64_t seed;

static size_t below(size_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return n ? (size_t)((seed * UINT64_C(2685821657736338717) >> 11) % n) : 0;
}

/* Takes out n bytes at `at`. */
static size_t cut(uint8_t *b, size_t len, size_t at, size_t n)
{
	memmove(b + at, b + at + n, len - at - n);
	return len - n;
}

/* Puts n bytes at `at`; the caller has made sure that they fit. */
static size_t insert(uint8_t *b, size_t len, size_t at, const uint8_t *from, size_t n)
{
	memmove(b + at + n, b + at, len - at);
	memcpy(b + at, from, n);
	return len + n;
}

static size_t edit(uint8_t *b, size_t len, size_t room)
{
	static const uint8_t edges[] = {0, 1, 0x3f, 0x40, 0x45, 0x7f, 0x80, 0x81, 0xfe, 0xff};
	const struct item *other = &items[below(item_count)];
	uint8_t chunk[16];
	size_t at = below(len), n = 1 + below(sizeof(chunk));

	switch (len ? below(7) : 5) {
	case 0:
		b[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		b[at] = (uint8_t)below(256);
		break;
	case 2:
		b[at] = edges[below(sizeof(edges))];
		break;
	case 3:
		return cut(b, len, at, n < len - at ? n : len - at);
	case 4: /* once more what is there already */
		n = n < len - at ? n : len - at;
		memcpy(chunk, b + at, n);
		return len + n <= room ? insert(b, len, at, chunk, n) : len;
	case 5: /* something out of another item */
		if (n > other->len || len + n > room)
			break;
		return insert(b, len, at, other->bytes + below(other->len - n + 1), n);
	case 6: /* the end of another item */
		n = other->len - below(other->len + 1);
		if (at + n > room)
			break;
		memcpy(b + at, other->bytes + other->len - n, n);
		return at + n;
	}
	return len;
}

static void mutate(unsigned long count)
{
	size_t largest = 0;

	for (size_t i = 0; i < item_count; i++)
		if (items[i].len > largest)
			largest = items[i].len;
	size_t room = largest + GROW_MAX;
	uint8_t *b = malloc(room);
	if (!b)
		abort();
	for (; count; count--) {
		const struct item *from = &items[below(item_count)];
		size_t len = from->len;

		memcpy(b, from->bytes, len);
		for (size_t edits = 1 + below(EDITS_MAX); edits; edits--)
			len = edit(b, len, room);
		feed(b, len);
	}
	free(b);
}

static int usage(void)
{
	fprintf(stderr, "usage: %s [-r COUNT] [-s SEED] FILE|DIRECTORY...\n",
		program_invocation_short_name);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned long count = 0;
	bool ok = true;
	int opt;

	seed = 1;
	while ((opt = getopt(argc, argv, "r:s:")) != -1) {
		if (opt == 'r')
			count = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else
			return usage();
	}
	snprintf(crash_file, sizeof(crash_file), "%s.crash", program_invocation_short_name);
	signal(SIGABRT, on_abort);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(leave_input);
	for (int i = optind; i < argc; i++)
		ok = load(argv[i]) == 0 && ok;
	for (size_t i = 0; i < item_count; i++)
		feed(items[i].bytes, items[i].len);
	printf("%s: %zu inputs replayed\n", program_invocation_short_name, item_count);
	if (count && item_count) {
		printf("%s: %lu mutations, seed %llu\n", program_invocation_short_name, count,
		       (unsigned long long)seed);
		fflush(stdout);
		seed = seed ? seed : 1; /* zero would stay zero */
		mutate(count);
	}
	if (item_count == 0)
		fprintf(stderr, "%s: nothing to replay\n", program_invocation_short_name);
	ok = ok && item_count > 0;
	while (item_count)
		free(items[--item_count].bytes);
	free(items);
	return ok ? 0 : 1;
}
