/* SPDX-License-Identifier: ISC */
#include "trace_file.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "core/pcapng_read.h"

struct trace_file {
	const char *path;
	FILE *f;
	pcap_t *pcap; /* NULL: it is pcapng */
	struct pcapng_reader reader;
	struct pcapng_in in[PCAPNG_INTERFACES_MAX];
	uint8_t block[PCAPNG_BLOCK_MAX];
	unsigned long long blocks; /* read so far */
};

static const unsigned long long second_ns = 1000000000;

static int bad(struct ctx *ctx, const struct trace_file *t, const char *what)
{
	fail_set(&ctx->fail, STATUS_REFUSED, "%s: block %llu: %s", t->path, t->blocks + 1, what);
	return -1;
}

static int no_ethernet(struct ctx *ctx, const struct trace_file *t, int linktype)
{
	fail_set(&ctx->fail, STATUS_REFUSED,
		 "%s: frames of link type %d; only Ethernet (1) means something to a switch",
		 t->path, linktype);
	return -1;
}

/* pcap, in any of its variants; the FILE is libpcap's from now on. */
static bool open_pcap(struct ctx *ctx, struct trace_file *t)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	t->pcap = pcap_fopen_offline_with_tstamp_precision(t->f, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!t->pcap) {
		fail_set(&ctx->fail, STATUS_REFUSED, "%s: no capture file: %s", t->path, error);
		return false;
	}
	t->f = NULL;
	if (pcap_datalink(t->pcap) == DLT_EN10MB)
		return true;
	no_ethernet(ctx, t, pcap_datalink(t->pcap));
	return false;
}

struct trace_file *trace_file_open(struct ctx *ctx, const char *path)
{
	struct trace_file *t = need(calloc(1, sizeof(*t)));
	bool standard = strcmp(path, "-") == 0;
	int first;

	t->path = standard ? "standard input" : path;
	t->f = standard ? stdin : fopen(path, "re");
	t->reader.in = t->in;
	if (!t->f) {
		fail_set(&ctx->fail, STATUS_USAGE, "cannot open %s: %s", path, strerror(errno));
		free(t);
		return NULL;
	}
	first = getc(t->f);
	ungetc(first, t->f);
	/* a section header begins with a byte that no other format begins with */
	if (first == '\n' || open_pcap(ctx, t))
		return t;
	trace_file_close(t);
	return NULL;
}

void trace_file_close(struct trace_file *t)
{
	if (t->pcap)
		pcap_close(t->pcap);
	if (t->f && t->f != stdin)
		fclose(t->f);
	free(t);
}

static int next_pcap(struct ctx *ctx, struct trace_file *t, struct trace_packet *p)
{
	struct pcap_pkthdr *h;
	const uint8_t *data;
	int rc = pcap_next_ex(t->pcap, &h, &data);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1) {
		fail_set(&ctx->fail, STATUS_REFUSED, "%s: %s", t->path, pcap_geterr(t->pcap));
		return -1;
	}
	*p = (struct trace_packet){
		.interface = "",
		/* nanoseconds, as asked for */
		.time_ns = (uint64_t)h->ts.tv_sec * second_ns + (uint64_t)h->ts.tv_usec,
		.data = data,
		.caplen = h->caplen,
		.len = h->len,
	};
	return 1;
}

/* The next block into t->block; its length, 0 at the end, -1 where it cannot be. */
static long next_block(struct ctx *ctx, struct trace_file *t)
{
	size_t n = fread(t->block, 1, PCAPNG_HEAD, t->f), len;

	if (n == 0 && !ferror(t->f))
		return 0;
	if (n < PCAPNG_HEAD)
		return bad(ctx, t, ferror(t->f) ? strerror(errno) : "the file ends in it");
	len = pcapng_block_len(&t->reader, t->block);
	if (!len)
		return bad(ctx, t, "this is no pcapng, or the block has no length that can be");
	if (fread(t->block + PCAPNG_HEAD, 1, len - PCAPNG_HEAD, t->f) < len - PCAPNG_HEAD)
		return bad(ctx, t, "the file ends in it");
	return (long)len;
}

static int next_pcapng(struct ctx *ctx, struct trace_file *t, struct trace_packet *p)
{
	struct pcapng_read_frame f;
	long len;

	while ((len = next_block(ctx, t)) > 0) {
		enum pcapng_what what = pcapng_read(&t->reader, t->block, (size_t)len, &f);

		if (what == PCAPNG_BAD)
			return bad(ctx, t,
				   "its lengths do not agree, or its interface is not there");
		t->blocks++;
		if (what == PCAPNG_OTHER)
			continue;
		if (f.in->linktype != PCAPNG_ETHERNET)
			return no_ethernet(ctx, t, f.in->linktype);
		*p = (struct trace_packet){
			.interface = f.in->name,
			.time_ns = f.time_ns,
			.data = f.data,
			.caplen = f.caplen,
			.len = f.len,
			.dir = f.dir,
		};
		return 1;
	}
	return (int)len;
}

int trace_file_next(struct ctx *ctx, struct trace_file *t, struct trace_packet *p)
{
	return t->pcap ? next_pcap(ctx, t, p) : next_pcapng(ctx, t, p);
}
