/* SPDX-License-Identifier: ISC */
#include "capture_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "js.h"

/* Out of memory ends the program, as need() does. */
#include <uthash.h>

struct entry {
	struct known_port known; /* first: what the callers have */
	UT_hash_handle hh;
};

enum {
	/*
	 * A reader that is woken for each frame costs the switch more than the frame does.  So it reads what there is, and
	 * naps; the ring has room for what comes meanwhile, unless so much was in it that it had better go on.
	 */
	NAP_MS = 2,
	NAP_BELOW = 16, /* of the ring, that part */
};

double capture_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int not_mapped(struct ctx *ctx, const char *why)
{
	return fail_set(&ctx->fail, STATUS_UNREACHABLE, "switchd at %s cannot be captured from: %s",
			ctx->rpc.path, why);
}

/* What came with the answer: the ring, the place, and what wakes us. */
static int map(struct capture_link *l, struct ctx *ctx, const json_t *answer)
{
	json_int_t bytes = js_int(answer, "bytes");
	int fd[RPC_FDS];
	const char *why;

	if (rpc_take_fds(&ctx->rpc, fd) != RPC_FDS)
		return not_mapped(ctx, "no memory came with its answer");
	l->wake = fd[2];
	l->bytes = bytes > 0 ? (size_t)bytes : 0;
	l->ring = mmap(NULL, l->bytes, PROT_READ, MAP_SHARED, fd[0], 0);
	l->place = mmap(NULL, CAPTURE_PLACE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd[1], 0);
	close(fd[0]);
	close(fd[1]);
	if (l->ring == MAP_FAILED || l->place == MAP_FAILED)
		return not_mapped(ctx, strerror(errno));
	why = capture_reader_begin(&l->reader, l->ring, l->bytes, l->place);
	return why ? not_mapped(ctx, why) : STATUS_OK;
}

int capture_link_open(struct capture_link *l, struct ctx *ctx, json_t *params)
{
	json_t *answer = ctx_call(ctx, "capture.start", params);
	int status;

	*l = (struct capture_link){.ring = MAP_FAILED, .place = MAP_FAILED, .wake = -1};
	if (!answer)
		return ctx->fail.status ? ctx->fail.status : CAPTURE_STOPPED;
	status = map(l, ctx, answer);
	l->several = js_true(answer, "several");
	l->reasons = json_incref(json_object_get(answer, "reasons"));
	json_decref(answer);
	return status;
}

void capture_link_close(struct capture_link *l)
{
	struct entry *first = (struct entry *)l->ports, *e = first, *next;

	HASH_CLEAR(hh, first);
	for (; e; e = next) {
		next = e->hh.next;
		free(e);
	}
	l->ports = NULL;
	if (l->ring != MAP_FAILED)
		munmap(l->ring, l->bytes);
	if (l->place != MAP_FAILED)
		munmap(l->place, CAPTURE_PLACE_SIZE);
	if (l->wake >= 0)
		close(l->wake);
	json_decref(l->reasons);
}

/* ---- ports ---- */

static struct entry *find(const struct capture_link *l, uint32_t number)
{
	struct entry *first = (struct entry *)l->ports, *e;

	HASH_FIND(hh, first, &number, sizeof(number), e);
	return e;
}

const char *capture_link_name(const struct capture_link *l, const struct capture_port *p, char *out,
			      size_t size)
{
	if (l->several || (l->first[0] && strcmp(l->first, p->sw) != 0))
		snprintf(out, size, "%s/%s", p->sw, p->name);
	else
		snprintf(out, size, "%s", p->name);
	return out;
}

static void meet(struct capture_link *l, const struct capture_port *p)
{
	struct entry *first = (struct entry *)l->ports, *e = find(l, p->port);

	if (e)
		return;
	e = need(calloc(1, sizeof(*e)));
	e->known.port = *p;
	if (!l->first[0])
		memcpy(l->first, p->sw, sizeof(l->first));
	capture_link_name(l, p, e->known.name, sizeof(e->known.name));
	HASH_ADD(hh, first, known.port.port, sizeof(e->known.port.port), e);
	l->ports = &first->known;
}

static const char *port_name(void *owner, uint32_t number)
{
	const struct entry *e = find(owner, number);

	return e ? e->known.port.name : NULL;
}

static const char *reason_name(void *owner, unsigned number)
{
	const struct capture_link *l = owner;

	return json_string_value(json_array_get(l->reasons, number));
}

struct capture_names capture_link_names(struct capture_link *l)
{
	return (struct capture_names){.port = port_name, .reason = reason_name, .owner = l};
}

/* ---- frames ---- */

enum capture_come capture_link_next(struct capture_link *l, struct capture_frame *f,
				    struct known_port **port)
{
	struct capture_port p;
	struct entry *e;

	capture_reader_done(&l->reader); /* with the one before */
	for (;;) {
		switch (capture_reader_next(&l->reader, f, &p)) {
		case CAPTURE_GOT_PORT:
			meet(l, &p);
			continue;
		case CAPTURE_GOT_FRAME:
			e = find(l, f->port);
			*port = e ? &e->known : NULL;
			return e ? CAPTURE_COMES_FRAME : CAPTURE_COMES_BROKEN;
		case CAPTURE_GOT_NOTHING:
			return CAPTURE_COMES_NOTHING;
		default:
			return CAPTURE_COMES_BROKEN;
		}
	}
}

/* The pieces of poll() that may end a capture come first. */
static enum capture_wake wait_for(const struct ctx *ctx, int wake, int timeout_ms)
{
	struct pollfd p[] = {
		{.fd = ctx->rpc.stop_fd, .events = POLLIN},
		{.fd = ctx->rpc.out_fd, .events = 0}, /* POLLERR comes unasked */
		{.fd = ctx->rpc.fd, .events = POLLIN},
		{.fd = wake, .events = POLLIN},
	};

	if (poll(p, sizeof(p) / sizeof(p[0]), timeout_ms) < 0)
		return CAPTURE_WAKE_MORE;
	if (p[0].revents || p[1].revents & (POLLERR | POLLNVAL))
		return CAPTURE_WAKE_STOP;
	if (p[2].revents)
		return CAPTURE_WAKE_HUNG_UP;
	return p[3].revents ? CAPTURE_WAKE_MORE : CAPTURE_WAKE_TIME;
}

static int until_ms(double until)
{
	double left = until - capture_clock();

	if (until < 0)
		return -1;
	return left > 0 ? (int)(left < 1e6 ? left * 1000 : 1e9) + 1 : 0;
}

enum capture_wake capture_link_wait(struct capture_link *l, const struct ctx *ctx, double until)
{
	uint64_t came = l->reader.at - l->drained;
	enum capture_wake why;
	char woken[64];

	l->drained = l->reader.at;
	if (came) {
		bool may_nap = l->reader.at == l->reader.until && came < l->reader.size / NAP_BELOW;

		why = wait_for(ctx, -1, may_nap ? NAP_MS : 0);
		return why == CAPTURE_WAKE_TIME ? CAPTURE_WAKE_MORE : why;
	}
	if (!capture_reader_sleeps(&l->reader))
		return CAPTURE_WAKE_MORE;
	why = wait_for(ctx, l->wake, until_ms(until));
	if (why == CAPTURE_WAKE_MORE && recv(l->wake, woken, sizeof(woken), MSG_DONTWAIT) == 0)
		return CAPTURE_WAKE_HUNG_UP;
	return why;
}

json_t *capture_link_stop(struct capture_link *l, struct ctx *ctx)
{
	(void)l;
	ctx->rpc.stop_fd = ctx->rpc.out_fd =
		-1; /* one Ctrl-C is enough to end it, and the answer is wanted */
	return ctx_call(ctx, "capture.stop", NULL);
}
