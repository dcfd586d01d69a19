/* SPDX-License-Identifier: ISC */
/*
 * model.h - a lab as its file describes it: checked, with all defaults filled in, and nothing done yet.
 *
 *	{
 *	  "name": "vlans",
 *	  "title": "Two VLANs over a trunk",
 *	  "switches": {
 *	    "sw1": { "vlan_aware": true, "vlans": { "10": { "name": "staff" } } },
 *	    "sw2": { "vlan_aware": true }
 *	  },
 *	  "hosts": {
 *	    "h1": { "addresses": ["10.0.0.1/24"] },
 *	    "h2": {
 *	      "interfaces": { "eth0": { "mac": "02:00:00:00:00:02", "addresses": ["10.0.0.2/24"] } },
 *	      "routes": [ { "to": "default", "via": "10.0.0.254" } ],
 *	      "sysctls": { "net.ipv4.ip_forward": 1 },
 *	      "files": { "/etc/motd": ["line", "line"] },
 *	      "commands": [ "python3 -m http.server 80" ]
 *	    }
 *	  },
 *	  "vms": { "vm1": { "kernel": "vmlinuz", "initrd": "initrd.gz", "append": "quiet", "memory": "256M" } },
 *	  "links": [
 *	    { "between": ["h1", "sw1"], "access": 10 },
 *	    { "between": ["h2:eth0", "sw2:p7"], "access": 10 },
 *	    { "between": ["vm1", "sw2"] },
 *	    { "between": ["sw1", "sw2"], "trunk": "10,20", "at": { "sw2": { "stp_cost": 5 } } }
 *	  ],
 *	  "uplinks": { "dc2": { "switch": "sw1", "type": "vxlan", "vni": 42, "remotes": "192.0.2.7" } },
 *	  "checks": [ ... ]
 *	}
 *
 * What the switch knows has the names it has there: a switch takes the settings of a switch (switchd.json(5)), a link
 * and an uplink those of a port.  The settings of a link are those of the switch's port, of both ports where both ends are
 * switches; "at" is for one end.  So lab_config() is a configuration of switchd, which is checked by the same code
 * as the daemon's, and its errors are told at the place of the lab file that they come from.
 *
 * Ends of a link are "node" or "node:name".  Without a name the interface of a host is the first of its "interfaces" that
 * no link has, or else the next free of eth0, eth1...; the port of a switch is named like the node at its other end, or
 * like that and a number ("h1.2") where there is one of that name.
 * Names of switches, hosts, VMs and uplinks are of one space: "between" must be able to tell them.
 *
 * A host's "addresses", "mac" and "mtu" are those of its only interface, for the usual case; with "interfaces" each has its own.
 * An interface that no link has is an error.  A host of no link is one with lo alone.
 *
 * Many alike are one entry with a range in its name, or in "between": "h{1..50}" with "10.0.0.{1..50}/24" stands for fifty
 * entries, in each of which the ranges have gone as far (cli/lab/range.h).
 *
 * Untrusted: the file.  Every error names line, column and path, says what was found and what to write instead.
 */
#ifndef CLI_LAB_MODEL_H
#define CLI_LAB_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"
#include "util/address.h"

enum {
	/* Of a lab, and of each thing in it: letters, digits, '-', '_'; begins with a letter or digit, is no number. */
	LAB_NAME_SIZE = 32,
	LAB_HOSTS_MAX = 1024, /* and as many VMs, switches, links and uplinks */
	LAB_FILE_MAX = 4 << 20,
	LAB_WHERE_SIZE = 256,
};

/* Where an entry stands in the file: "hosts.h{1..50}", and which of several it is: "h7", or "". */
struct lab_where {
	char path[LAB_WHERE_SIZE];
	char which[2 * LAB_NAME_SIZE + 8];
};

struct lab_address {
	char text[64]; /* "10.0.0.1/24", as the kernel would write it */
	int family;    /* AF_INET or AF_INET6 */
	uint8_t ip[16];
	unsigned prefix;
};

struct lab_route {
	bool is_default;	/* of the family of `via`, or of IPv4 where there is none */
	struct lab_address to;	/* where it is not */
	struct lab_address via; /* family 0: none, then there is a `dev`; its text has no prefix */
	char dev[16];		/* "" = as the kernel finds */
	uint32_t metric;	/* 0 = the kernel's */
};

struct lab_interface {
	char name[16];
	/* That of the file, or one made of the names of lab, host and interface: each time the same. */
	uint64_t mac;
	bool mac_made;
	uint32_t mtu; /* 0 = the kernel's; the tap of lab_config() has it */
	struct lab_address *address;
	size_t addresses;
	/* The other end. */
	char sw[LAB_NAME_SIZE], port[64];
};

struct lab_sysctl {
	char *key; /* the path below /proc/sys: "net/ipv4/ip_forward"; only what belongs to a namespace */
	char *value;
};

struct lab_file {
	char *path; /* absolute, no ".." */
	char *text;
	size_t len;
	unsigned mode; /* 0644, or as {"mode": "0755", "text": ...} says */
};

struct lab_host {
	char name[LAB_NAME_SIZE];
	struct lab_interface *interface; /* in the order of the file, and of links */
	size_t interfaces;
	/* What the file says of them: nothing, the addresses of the only one, or each by its name. */
	enum { LAB_INTERFACES_UNSAID, LAB_INTERFACES_ONE, LAB_INTERFACES_NAMED } said;
	struct lab_route *route;
	size_t routes;
	struct lab_sysctl *sysctl;
	size_t sysctls;
	struct lab_file *file;
	size_t files;
	char **command; /* for sh -c, each started in the background when the host is complete */
	size_t commands;
	/* All of it with the defaults filled in: equal where nothing has to be done. */
	json_t *json;
	struct lab_where where;
};

struct lab_vm {
	char name[LAB_NAME_SIZE];
	char *kernel, *initrd, *append,
		*disk;	     /* absolute: those in the file are relative to it; NULL = none */
	unsigned memory_mib; /* default 256 */
	unsigned cpus;	     /* default 1 */
	bool kvm,
		tcg; /* "accel": who may run its code; "auto", the default, is KVM where there is some, else TCG */
	char **arg; /* "args": more of QEMU's */
	size_t args;
	struct lab_nic {
		uint64_t mac; /* as of an interface */
		bool mac_made;
		char sw[LAB_NAME_SIZE], port[64];
	} * nic; /* net0, net1... */
	size_t nics;
	json_t *json; /* as of a host */
	struct lab_where where;
};

struct lab_switch {
	char name[LAB_NAME_SIZE];
	json_t *settings; /* of the switch, as in switchd.json(5), without ports */
	struct lab_where where;
};

/*
 * Out of the lab to other machines, or to other labs: a port of kind vxlan or udp, in the network that swctl was called in.
 * The switch's port has the name of the uplink.
 */
struct lab_uplink {
	char name[LAB_NAME_SIZE], sw[LAB_NAME_SIZE];
	json_t *settings; /* of the port that leads out: "type", and what ports of this kind have */
	json_t *port;	  /* of the switch's port: what any port has */
	struct lab_where where;
};

/* A host or VM and a switch, or two switches. */
struct lab_link {
	struct lab_end {
		enum { LAB_HOST, LAB_VM, LAB_SWITCH } kind;
		char node[LAB_NAME_SIZE];
		char name[64];	  /* of the interface or the port; of a VM "net0", "net1" */
		json_t *settings; /* of the port; NULL where it is no switch */
		char at[LAB_WHERE_SIZE]; /* where settings of this end alone are: "links[3].at.sw2", or "" */
	} end[2];			 /* the second is a switch always */
	struct lab_where where;
};

struct lab {
	char name
		[LAB_NAME_SIZE]; /* of the file; where it has none, the file's name without .json */
	char *title;		 /* "" */
	char *path;		 /* of the file, absolute */
	char *called;		 /* as messages call the file */
	struct lab_switch *sw;
	size_t switches;
	struct lab_host *host;
	size_t hosts;
	struct lab_vm *vm;
	size_t vms;
	struct lab_link *link;
	size_t links;
	struct lab_uplink *uplink;
	size_t uplinks;
	json_t *checks; /* an array, each checked by check_parse() (cli/lab/check.h); borrowed */
	json_t *json;	/* the whole file */
	char *text;	/* as it was read: lab_error() looks for lines in it */
	size_t len;
};

/* Reads and checks the file.  0, or a status with *f filled; *lab is then empty.  Else to be freed with lab_free(). */
int lab_load(const char *path, struct lab *lab, struct fail *f);

/*
 * The same of a text in memory; `path` is what it is called, and what paths in it are relative to: it need not be there.
 */
int lab_parse(const char *path, const char *text, size_t len, struct lab *lab, struct fail *f);

void lab_free(struct lab *lab);

/*
 * Fills *f with "FILE:LINE:COLUMN: links[3].pvid: ..."; returns STATUS_REFUSED.  `where` is the path of the value in the
 * file.
 */
int lab_error(const struct lab *lab, struct fail *f, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Are the files there that VMs are started from?  lab_load() does not ask: a lab can be looked at on a machine that has not
 * got them.  0, or a status with *f filled.
 */
int lab_check_files(const struct lab *lab, struct fail *f);

/* NULL where there is none. */
const struct lab_host *lab_find_host(const struct lab *lab, const char *name);
const struct lab_vm *lab_find_vm(const struct lab *lab, const char *name);
const struct lab_switch *lab_find_switch(const struct lab *lab, const char *name);

/*
 * The configuration of the lab's switchd, a new reference.  A host's port is a tap in the namespace of the host's
 * name; between switches there are patches.  A VM's NIC is a `stream` port that connects to "DIR/vm-NAME-N.sock", where QEMU
 * listens; an uplink one that connects to "DIR/up-NAME.sock", where the lab's second switchd does: so ports keep their
 * names whoever comes and goes.
 */
json_t *lab_config(const struct lab *lab, const char *dir);

/*
 * The configuration of that second switchd, which is in the network outside: for each uplink a switch of two ports, the way
 * out with the settings of the file, and the stream that listens at "DIR/up-NAME.sock".  NULL where there are no uplinks.
 */
json_t *lab_uplink_config(const struct lab *lab, const char *dir);

/*
 * A JSON Schema (draft 7) of lab files, made of the tables of settings; a new reference.  config/switchd.lab.schema.json is
 * this, and a test says so.
 */
json_t *lab_schema_make(void);

#endif
