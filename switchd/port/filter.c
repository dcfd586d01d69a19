/* SPDX-License-Identifier: ISC */
#include "port/filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

/* Running out of memory is an error and not an exit(). */
#define HASH_NONFATAL_OOM	 1
#define uthash_nonfatal_oom(elt) (oom = true)
#include <uthash.h>

struct program {
	struct filter filter; /* first: what ports have */
	struct bpf_program bpf;
	unsigned users;
	UT_hash_handle hh;
	char text[]; /* the key */
};

enum {
	/* Loads from there on ask not for bytes but for what the kernel knows of a frame: linux/filter.h. */
	ANCILLARY_FROM = 0x80000000,
	SNAPLEN = 262144, /* larger than any frame; what a program says is true where it is not 0 */
};

static struct program *program_of(const struct filter *f)
{
	return (struct program *)(uintptr_t)f;
}

static bool run(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	return bpf_filter(program_of(f)->bpf.bf_insns, frame, (u_int)len, (u_int)caplen) != 0;
}

static bool run_none(const struct filter *f, const uint8_t *frame, size_t caplen, size_t len)
{
	(void)f;
	(void)frame;
	(void)caplen;
	(void)len;
	return false;
}

static const struct filter nothing_passes = {.match = run_none};

static struct program *find(const struct filters *fs, const char *text)
{
	struct program *p;

	HASH_FIND_STR(fs->first, text, p);
	return p;
}

bool filters_have(const struct filters *fs, const char *text)
{
	return !text[0] || find(fs, text);
}

static int refuse(const char *text, const char *why, struct err *e)
{
	char shown[TEXT_SHOWN_SIZE];

	return err_set(e, EINVAL,
		       "no filter can be made of \"%s\": %s; pcap-filter(7) has the language, and "
		       "tcpdump -d tries an expression",
		       text_shown(text, shown), why);
}

/* Of a program that libpcap has made: does it end, soon, and ask for nothing but bytes? */
static const char *fault_of(const struct bpf_program *bpf)
{
	if (bpf->bf_len > FILTER_STEPS_MAX)
		return "it takes more instructions than the 4096 that there may be";
	for (unsigned i = 0; i < bpf->bf_len; i++) {
		const struct bpf_insn *in = &bpf->bf_insns[i];

		if (in->code == (BPF_JMP | BPF_JA) && in->k >= bpf->bf_len - i)
			return "it takes a loop (protochain), which a frame could make long";
		if (BPF_CLASS(in->code) == BPF_LD && BPF_MODE(in->code) == BPF_ABS &&
		    in->k >= ANCILLARY_FROM)
			return "it asks what is not in a frame (inbound, outbound, ifindex)";
	}
	return NULL;
}

static int compile(const char *text, struct bpf_program *bpf, struct err *e)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	const char *fault;
	int rc = 0;

	if (!pcap)
		return err_set(e, ENOMEM, "out of memory");
	if (pcap_compile(pcap, bpf, text, 1, PCAP_NETMASK_UNKNOWN)) {
		rc = refuse(text, pcap_geterr(pcap), e);
	} else {
		fault = fault_of(bpf);
		if (fault) {
			rc = refuse(text, fault, e);
			pcap_freecode(bpf);
		}
	}
	pcap_close(pcap);
	return rc;
}

static void free_program(struct program *p)
{
	pcap_freecode(&p->bpf);
	free(p);
}

int filters_make(struct filters *fs, const char *text, struct err *e)
{
	size_t len = strlen(text);
	struct program *p;
	bool oom = false;
	int rc;

	if (filters_have(fs, text))
		return 0;
	p = calloc(1, sizeof(*p) + len + 1);
	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	rc = compile(text, &p->bpf, e);
	if (rc) {
		free(p);
		return rc;
	}
	p->filter.match = run;
	memcpy(p->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, fs->first, p->text, len, p);
	if (oom) {
		free_program(p);
		return err_set(e, ENOMEM, "out of memory");
	}
	fs->count++;
	return 0;
}

const struct filter *filters_take(struct filters *fs, const char *text)
{
	struct program *p = text[0] ? find(fs, text) : NULL;

	if (!text[0])
		return NULL;
	if (!p)
		return &nothing_passes;
	p->users++;
	return &p->filter;
}

void filters_let_go(const struct filter *f)
{
	if (f && f != &nothing_passes)
		program_of(f)->users--;
}

void filters_sweep(struct filters *fs)
{
	for (struct program *p = fs->first, *next; p; p = next) {
		next = p->hh.next;
		if (p->users)
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the next is taken before this one is freed */
		HASH_DEL(fs->first, p);
		free_program(p);
		fs->count--;
	}
}

unsigned filter_steps(const struct filter *f)
{
	return f && f != &nothing_passes ? program_of(f)->bpf.bf_len : 0;
}
