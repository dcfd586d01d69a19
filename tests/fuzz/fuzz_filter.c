/* SPDX-License-Identifier: ISC */
/*
 * fuzz_filter.c - any text as a filter, any bytes as the frame that it is asked about.
 *
 * Input: the expression up to the first newline, and the frame.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "core/frame.h"
#include "port/filter.h"
#include "port/options.h"

/*
 * What libpcap would look a host or a network up with is here instead of in the C library: nothing that has
 * passed its check may come to that.  Numbers are read with the first, too; so are names of ports, without a host.
 */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	struct addrinfo *one;

	(void)service;
	if (!node)
		return EAI_NONAME;
	if (inet_pton(AF_INET6, node, &sin6.sin6_addr) != 1) {
		CHECK(hints && hints->ai_flags & AI_NUMERICHOST);
		return EAI_NONAME;
	}
	one = calloc(1, sizeof(*one) + sizeof(sin6)); /* freeaddrinfo() frees it as a whole */
	CHECK(one);
	one->ai_family = AF_INET6;
	one->ai_addrlen = sizeof(sin6);
	one->ai_addr = memcpy(one + 1, &sin6, sizeof(sin6));
	*res = one;
	return 0;
}

struct ether_addr; /* its header and ours give EtherTypes the same names */
int ether_hostton(const char *name, struct ether_addr *addr);

int ether_hostton(const char *name, struct ether_addr *addr)
{
	(void)name;
	(void)addr;
	CHECK(!"an Ethernet address is looked up");
	return -1;
}

static int no_net(void)
{
	CHECK(!"a network is looked up");
	return -1;
}

int getnetbyname_r(const char *name, struct netent *buf, char *more, size_t size,
		   struct netent **result, int *code)
{
	(void)name, (void)buf, (void)more, (void)size, (void)result, (void)code;
	return no_net();
}

struct netent *getnetbyname(const char *name)
{
	(void)name;
	(void)no_net();
	return NULL;
}

/* The last bytes before memory that nobody may read. */
static uint8_t *at_the_edge(const uint8_t *data, size_t len)
{
	static uint8_t *end;

	if (!end) {
		size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (FRAME_MAX / page + 1) * page;
		uint8_t *area = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(area != MAP_FAILED);
		CHECK(mprotect(area + room, page, PROT_NONE) == 0);
		end = area + room;
	}
	if (len)
		memcpy(end - len, data, len);
	return end - len;
}

/* The same each time, wherever the frame lies; and what is not shown is not read. */
static void ask(const struct filter *f, const uint8_t *frame, size_t len)
{
	const uint8_t *edge = at_the_edge(frame, len);
	bool yes = f->match(f, edge, len, len);

	CHECK(yes == f->match(f, frame, len, len));
	for (size_t shown = 0; shown < len; shown += 1 + shown / 2) {
		const uint8_t *part = at_the_edge(frame, shown);

		(void)f->match(f, part, shown, len);
	}
}

static void check_refused(const struct err *e)
{
	CHECK(e->code == EINVAL && e->text[0]);
	for (const char *p = e->text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[1];
	const uint8_t *nl = size ? memchr(data, '\n', size) : NULL;
	size_t len = nl ? (size_t)(nl - data) : size;
	const uint8_t *frame = nl ? nl + 1 : none;
	size_t frame_len = nl ? size - len - 1 : 0;
	const struct opt *o = opt_find(port_type_find("tap")->options, "filter_in");
	struct port_cfg cfg;
	struct filters filters = {0};
	char text[FILTER_SIZE + 8];
	struct err e = {0};
	int rc;

	if (len >= sizeof(text) || frame_len > FRAME_MAX)
		return 0;
	if (len)
		memcpy(text, data, len);
	text[len] = '\0';
	port_cfg_init(&cfg, "h1", port_type_find("tap"));
	rc = opt_parse(o, text, &cfg, &e) ?: filters_make(&filters, cfg.filter_in, &e);
	if (rc) {
		check_refused(&e);
		CHECK(filters.count == 0);
		return 0;
	}
	const struct filter *f = filters_take(&filters, cfg.filter_in);
	CHECK(!f == !cfg.filter_in[0]);
	if (f) {
		CHECK(filter_steps(f) > 0 && filter_steps(f) <= FILTER_STEPS_MAX);
		ask(f, frame, frame_len);
	}
	filters_let_go(f);
	filters_sweep(&filters);
	CHECK(filters.count == 0);
	return 0;
}
