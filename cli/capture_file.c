/* SPDX-License-Identifier: ISC */
#include "capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_link.h"
#include "core/frame.h"
#include "core/pcapng.h"
#include "text.h"

enum {
	BUFFER = 1 << 20,
	FRAME_ROOM = FRAME_MAX + PCAPNG_FIXED_MAX + 64,
	SMALL_ROOM = PCAPNG_FIXED_MAX,
	LAST_WAIT_MS = 2000,
};

_Static_assert(BUFFER > 4 * FRAME_ROOM, "a frame fits into a buffer that was flushed");

/* ---- bytes ---- */

static const char *name_of(const struct capture_file *o)
{
	return o->open_path ? o->open_path : "standard output";
}

/* Of the first n bytes of the buffer, how many are whole blocks; the frames in them are there. */
static size_t count_blocks(struct capture_file *o, size_t n)
{
	size_t at = 0;

	while (at + 8 <= n) {
		uint32_t block[2]; /* its type, its length */

		memcpy(block, o->buf + at, sizeof(block));
		if (block[1] > n - at)
			break;
		at += block[1];
		o->frames += block[0] == PCAPNG_BLOCK_FRAME;
	}
	return at;
}

/* What is on the disk shall be readable: the half of a block that went there is taken back. */
static bool take_back(const struct capture_file *o, size_t half)
{
	off_t end = o->regular ? lseek(o->fd, 0, SEEK_CUR) : -1;
	struct stat st;

	/* behind us may be what is not ours, where standard output is a file that was there */
	return end >= 0 && fstat(o->fd, &st) == 0 && st.st_size == end &&
	       (!half || ftruncate(o->fd, end - (off_t)half) == 0);
}

static int cannot_write(struct capture_file *o, size_t went, int code, struct fail *f)
{
	bool readable = take_back(o, went - count_blocks(o, went));

	o->len = 0;
	fail_set(f, STATUS_REFUSED, "cannot write to %s: %s", name_of(o), strerror(code));
	if (readable && o->frames)
		fail_hint(f, "what was written before that can be read");
	return STATUS_REFUSED;
}

/* A reader that does not read is waited for until somebody wants an end, and then a little.  False: in vain. */
static bool await_reader(const struct capture_file *o)
{
	struct pollfd p[] = {
		{.fd = o->fd, .events = POLLOUT},
		{.fd = o->stop_fd, .events = POLLIN},
	};

	if (o->regular)
		return true;
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return p[0].revents || poll(p, 1, LAST_WAIT_MS) != 0;
}

/* Of a pipe that has room so much is taken at once without waiting: pipe(7). */
static ssize_t write_some(struct capture_file *o, const uint8_t *from, size_t len)
{
	if (!await_reader(o)) {
		errno = EPIPE;
		return -1;
	}
	return write(o->fd, from, o->regular || len < PIPE_BUF ? len : PIPE_BUF);
}

int capture_file_flush(struct capture_file *o, struct fail *f)
{
	size_t at = 0;

	while (at < o->len && !o->gone) {
		ssize_t n = write_some(o, o->buf + at, o->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			o->gone = true;
		else if (n < 0)
			return cannot_write(o, at, errno, f);
		else
			at += (size_t)n;
	}
	count_blocks(o, at);
	o->len = 0;
	return STATUS_OK;
}

static int make_room(struct capture_file *o, size_t need, struct fail *f)
{
	return BUFFER - o->len >= need ? STATUS_OK : capture_file_flush(o, f);
}

static void took(struct capture_file *o, size_t n)
{
	o->len += n;
	o->written += n;
}

/* ---- files ---- */

/* "trace.pcapng" is "trace_00001.pcapng" where there are several. */
static char *numbered(const struct capture_file *o, unsigned number)
{
	const char *path = o->how.path, *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	if (!o->how.size && o->how.seconds <= 0)
		return text_format("%s", path);
	if (!dot || dot == path || dot == slash + 1)
		dot = path + strlen(path);
	return text_format("%.*s_%05u%s", (int)(dot - path), path, number, dot);
}

static int open_next(struct capture_file *o, struct fail *f)
{
	struct stat st;

	free(o->open_path);
	o->open_path = NULL;
	o->fd = STDOUT_FILENO;
	if (o->how.path) {
		o->open_path = numbered(o, ++o->number);
		o->fd = open(o->open_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	}
	if (o->fd < 0)
		return fail_set(f, STATUS_REFUSED, "cannot open %s: %s", name_of(o),
				strerror(errno));
	o->regular = fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode);
	o->written = o->in_file = 0;
	o->began = capture_clock();
	for (struct capture_interface *i = o->interfaces; i; i = i->next)
		i->index = -1;
	took(o, pcapng_section(o->buf, BUFFER, "swctl " SWITCHD_VERSION));
	return STATUS_OK;
}

int capture_file_open(struct capture_file *o, const struct capture_files *how, int stop_fd,
		      struct fail *f)
{
	*o = (struct capture_file){
		.how = *how, .fd = -1, .stop_fd = stop_fd, .buf = need(malloc(BUFFER))};
	return open_next(o, f) ?: capture_file_flush(o, f);
}

/* ---- interfaces ---- */

struct capture_interface *capture_file_interface(struct capture_file *o, const char *name,
						 const struct capture_port *port)
{
	struct capture_interface **at = &o->interfaces, *i;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	i = *at;
	if (!i) {
		i = *at = need(calloc(1, sizeof(*i)));
		snprintf(i->name, sizeof(i->name), "%s", name);
		snprintf(i->description, sizeof(i->description), "%s%sport of switch %s",
			 port->type, *port->type ? " " : "", port->sw);
		i->index = -1;
		i->port = port->port;
	}
	return i;
}

static void count(struct capture_interface *i, uint32_t port, uint64_t seen, uint64_t lost)
{
	if (i->port != port) {
		i->seen_before += i->seen;
		i->lost_before += i->lost;
		i->port = port;
	}
	i->seen = seen;
	i->lost = lost;
}

static int enter(struct capture_file *o, struct capture_interface *i, struct fail *f)
{
	int rc = make_room(o, SMALL_ROOM, f);

	if (rc || i->index >= 0)
		return rc;
	i->index = (int)o->in_file++;
	took(o, pcapng_interface(o->buf + o->len, BUFFER - o->len, i->name, i->description,
				 o->how.snaplen));
	return STATUS_OK;
}

/* ---- frames ---- */

static int end_file(struct capture_file *o, struct fail *f)
{
	int rc = STATUS_OK;

	for (struct capture_interface *i = o->interfaces; i && !rc; i = i->next) {
		if (i->lost + i->lost_before && i->index < 0)
			rc = enter(o, i, f);
		if (rc || i->index < 0)
			continue;
		rc = make_room(o, SMALL_ROOM, f);
		if (rc == 0)
			took(o,
			     pcapng_statistics(o->buf + o->len, BUFFER - o->len, (uint32_t)i->index,
					       o->last_ns, i->seen + i->seen_before,
					       i->lost + i->lost_before));
	}
	if (!rc)
		rc = capture_file_flush(o, f);
	if (o->how.path && close(o->fd) && !rc)
		rc = cannot_write(o, 0, errno, f);
	o->fd = -1;
	return rc;
}

/* Is the file full, or its time over?  What ends it belongs to it. */
static bool is_due(const struct capture_file *o, size_t more)
{
	if (!o->in_file)
		return false; /* there shall be a frame in each */
	if (o->how.size && o->written + more > o->how.size)
		return true;
	return o->how.seconds > 0 && capture_clock() - o->began >= o->how.seconds;
}

static int turn_over(struct capture_file *o, struct fail *f)
{
	int rc = end_file(o, f);

	if (rc == 0 && o->how.keep && o->number >= o->how.keep) {
		char *old = numbered(o, o->number - o->how.keep + 1);

		(void)unlink(old); /* somebody may have taken it away */
		free(old);
	}
	return rc ? rc : open_next(o, f);
}

int capture_file_frame(struct capture_file *o, struct capture_interface *i,
		       const struct capture_frame *frame, const char *comment, struct fail *f)
{
	struct pcapng_frame p = {
		.time_ns = frame->time_ns,
		.data = frame->data,
		.caplen = frame->caplen,
		.len = frame->len,
		.dir = frame->dir == CAPTURE_IN ? PCAPNG_IN : PCAPNG_OUT,
		.comment = comment,
	};
	int rc = STATUS_OK;

	if (frame->caplen > FRAME_MAX)
		return fail_set(f, STATUS_UNREACHABLE,
				"the daemon sent a frame of %u bytes: that is none", frame->caplen);
	if (is_due(o, frame->caplen + strlen(comment) + 64))
		rc = turn_over(o, f);
	if (rc == 0)
		rc = enter(o, i, f);
	if (rc == 0)
		rc = make_room(o, FRAME_ROOM, f);
	if (rc)
		return rc;
	p.interface = (uint32_t)i->index;
	took(o, pcapng_frame(o->buf + o->len, BUFFER - o->len, &p));
	count(i, frame->port, frame->seen, frame->lost);
	o->last_ns = frame->time_ns;
	return STATUS_OK;
}

int capture_file_close(struct capture_file *o, struct fail *f)
{
	return o->fd < 0 ? STATUS_OK : end_file(o, f);
}

void capture_file_free(struct capture_file *o)
{
	for (struct capture_interface *i = o->interfaces, *next; i; i = next) {
		next = i->next;
		free(i);
	}
	free(o->open_path);
	free(o->buf);
}
