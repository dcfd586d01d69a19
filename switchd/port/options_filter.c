/* SPDX-License-Identifier: ISC */
/*
 * options_filter.c - filters of ports: the settings, and what may stand in an expression.
 *
 * The language is that of tcpdump, and libpcap reads it (port/filter.h).  But libpcap looks names of hosts up,
 * by DNS and whatever else the host is set to ask, and would have to wait for an answer that may have to come through
 * this very switch; and what a filter lets pass would depend on what was answered on the day it was set.  So words
 * are looked at before: names are refused where a lookup could ask anybody.  Names of ports and protocols,
 * which are in files (services(5), protocols(5)), are not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/options_impl.h"
#include "util/text.h"

#define DIGITS "0123456789"
#define ALNUM  DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HEX    DIGITS "ABCDEFabcdef"

enum { WORD_SIZE = 64 };

/* What names mean that come next; as long as nothing else is said, those after `and` and `or` mean the same. */
enum names {
	NAMES_HOSTS,	 /* of hosts or networks, which would be looked up */
	NAMES_SERVICES,	 /* of ports */
	NAMES_PROTOCOLS, /* of protocols */
	NAMES_WORDS,	 /* of nothing: words that are part of the language in that place */
};

static const char joining[] = "and or not";
static const char before_services[] = "port portrange";
static const char before_protocols[] = "proto protochain";
static const char before_words[] =
	"type subtype direction dir on ifname rset ruleset reason action llc";

/* pcap-filter(7) */
static const char others[] =
	"dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp "
	"radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp "
	"snp csnp psnp clnp stp ipx netbeui host net mask gateway address1 addr1 address2 addr2 address3 addr3 "
	"address4 addr4 ra ta less greater byte broadcast multicast len length inbound outbound ifindex vlan "
	"mpls pppoed pppoes geneve vxlan lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg "
	"metaconnect rnr rulenum srnr subrulenum fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc "
	"hdpc hsls";

/* Words that stand for numbers. */
static const char numbers[] =
	"icmptype icmpcode icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo "
	"icmp-routeradvert icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply "
	"icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply icmp6type icmp6code "
	"icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem icmp6-echo "
	"icmp6-echoreply icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1 "
	"icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit "
	"icmp6-neighboradvert icmp6-redirect icmp6-routerrenum icmp6-nodeinformationquery "
	"icmp6-nodeinformationresponse icmp6-ineighbordiscoverysolicit icmp6-ineighbordiscoveryadvert "
	"icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest icmp6-homeagentdiscoveryreply "
	"icmp6-mobileprefixsolicit icmp6-mobileprefixadvert icmp6-certpathsolicit icmp6-certpathadvert "
	"icmp6-multicastrouteradvert icmp6-multicastroutersolicit icmp6-multicastrouterterm tcpflags tcp-fin "
	"tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr";

/* Is s so many fields of min to max hexadecimal digits with `by` in between? */
static bool is_fields(const char *s, unsigned fields, char by, size_t min, size_t max)
{
	for (unsigned i = 0; i < fields; i++) {
		size_t n = strspn(s, HEX);

		if (n < min || n > max)
			return false;
		s += n;
		if (i + 1 < fields && *s++ != by)
			return false;
	}
	return !*s;
}

/* 17, 0x11, 10.1, 10.1.2.3 */
static bool is_number(const char *s)
{
	for (unsigned i = 0; i < 4; i++) {
		if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && strspn(s + 2, HEX))
			s += 2 + strspn(s + 2, HEX);
		else if (strspn(s, DIGITS))
			s += strspn(s, DIGITS);
		else
			return false;
		if (!*s)
			return true;
		if (*s++ != '.')
			return false;
	}
	return false; /* something behind four, be it a dot */
}

/* A number or an address without colons. */
static bool is_plain(const char *s)
{
	return is_number(s) || word_in(s, numbers) || is_fields(s, 6, '-', 1, 2) ||
	       is_fields(s, 6, '.', 1, 2) || is_fields(s, 3, '.', 4, 4) ||
	       is_fields(s, 1, '\0', 12, 12);
}

/* What has two colons or more, as addresses of Ethernet and IPv6 do: how long it is; 0: s does not begin so. */
static size_t with_colons(const char *s, char word[WORD_SIZE])
{
	size_t n = strspn(s, HEX ":.");
	unsigned colons = 0;

	for (size_t i = 0; i < n; i++)
		colons += s[i] == ':';
	if (colons < 2)
		return 0;
	n = strspn(s, ALNUM ":.-");
	snprintf(word, WORD_SIZE, "%.*s", (int)n, s);
	return n;
}

/* Groups of up to four digits, eight of them or fewer with one "::", the last two perhaps like 192.0.2.1. */
static bool is_ipv6(const char *s)
{
	unsigned groups = 0, gaps = 0;

	if (s[0] == ':' && s[1] != ':')
		return false;
	while (*s) {
		size_t n = strspn(s, HEX);

		if (s[n] == '.')
			return is_number(s) && groups + 2 <= 8 - gaps && (gaps || groups == 6);
		if (n > 4)
			return false;
		groups += n != 0;
		s += n;
		if (s[0] == ':' && s[1] == ':') {
			gaps++;
			s += 2;
		} else if (s[0] == ':' && s[1]) {
			s++;
		} else if (s[0]) {
			return false;
		}
	}
	return gaps ? gaps == 1 && groups < 8 : groups == 8;
}

/* The word at s as libpcap reads it, and whether it is a name whatever it looks like; 0: there is none. */
static size_t take_word(const char *s, char word[WORD_SIZE], bool *name)
{
	size_t n, skip = *s == '\\';

	if (skip) {
		n = strcspn(++s, " !()\n\t");
	} else {
		n = strspn(s, ALNUM) ? strspn(s, ALNUM "-_.") : 0;
		while (n && (s[n - 1] == '-' || s[n - 1] == '_'))
			n--;
	}
	*name = skip || n >= WORD_SIZE; /* nothing of the language is that long, nor an address */
	snprintf(word, WORD_SIZE, "%.*s", (int)n, s);
	return n ? n + skip : 0;
}

/* A word of the language that `word` may have been meant to be; "" = none. */
static void nearest(const char *word, char out[WORD_SIZE])
{
	const char *lists[] = {joining, before_services, before_protocols, before_words, others};
	const char *best = NULL;
	char one[WORD_SIZE];

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const char *s = lists[i]; *s; s += strspn(s, " ")) {
			size_t n = strcspn(s, " ");

			snprintf(one, sizeof(one), "%.*s", (int)n, s);
			s += n;
			if (word_distance(word, one) <= strlen(word) / 3)
				word_nearest(word, one, &best);
			if (best == one)
				best = memcpy(out, one, sizeof(one));
		}
}

static int refuse_name(const char *word, struct err *e)
{
	char meant[WORD_SIZE], shown[TEXT_SHOWN_SIZE];

	nearest(word, meant);
	return err_set(e, EINVAL,
		       "\"%s\" is no word of the language of filters%s%s%s, and names of hosts and "
		       "networks are not looked up: write their addresses; see pcap-filter(7)",
		       text_shown(word, shown), meant[0] ? " (did you mean \"" : "", meant,
		       meant[0] ? "\"?)" : "");
}

/* What names mean behind the word, which is no name. */
static enum names after(const char *word, enum names before)
{
	if (is_plain(word) || word_in(word, joining))
		return before;
	if (word_in(word, before_services))
		return NAMES_SERVICES;
	if (word_in(word, before_protocols))
		return NAMES_PROTOCOLS;
	return word_in(word, before_words) ? NAMES_WORDS : NAMES_HOSTS;
}

static bool is_known(const char *word)
{
	return is_plain(word) || word_in(word, others) || word_in(word, joining) ||
	       word_in(word, before_services) || word_in(word, before_protocols) ||
	       word_in(word, before_words);
}

static int check_names(const char *s, struct err *e)
{
	enum names mean = NAMES_HOSTS;
	char word[WORD_SIZE];
	bool name;

	while (*s) {
		size_t n = with_colons(s, word);

		if (n) {
			if (n >= WORD_SIZE || (!is_fields(word, 6, ':', 1, 2) && !is_ipv6(word)))
				return refuse_name(word, e);
			s += n;
			continue;
		}
		n = take_word(s, word, &name);
		if (n && (name || !is_known(word))) {
			if (mean == NAMES_HOSTS)
				return refuse_name(word, e);
		} else if (n) {
			mean = after(word, mean);
		}
		s += n ? n : 1;
	}
	return 0;
}

int port_filter_check(const char *s, struct err *e)
{
	for (const char *p = s; *p; p++)
		if (*p < ' ' || *p > '~')
			return err_set(e, EINVAL,
				       "found the byte 0x%02x in it; an expression is one line of "
				       "letters, digits and signs of ASCII",
				       (unsigned char)*p);
	if (!s[strspn(s, " ")])
		return err_set(e, EINVAL,
			       "the expression is blank; leave it out for no filter at all");
	return check_names(s, e);
}

const struct opt port_filter_options[] = {
	{
		.name = "filter_in",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(filter_in),
		.size = ROOM(filter_in),
		.dflt = "",
		.arg = "EXPRESSION",
		.help = "take in only frames that match this, as tcpdump would; unset = all",
		.check = port_filter_check,
	},
	{
		.name = "filter_out",
		.type = OPT_STR,
		.change = OPT_LIVE,
		.off = AT(filter_out),
		.size = ROOM(filter_out),
		.dflt = "",
		.arg = "EXPRESSION",
		.help = "let out only frames that match this, as tcpdump would; unset = all",
		.check = port_filter_check,
	},
	{.name = NULL, .more = port_impair_options},
};
