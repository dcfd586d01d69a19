# SPDX-License-Identifier: ISC
#
# make check   runs every test                   make V=1     shows each command
#
# Objects go to $(B).  A sanitised tree is the same rules with SAN=1 and a folder of its own.

VERSION   := 0.1.0
PREFIX    ?= /usr/local
SBINDIR   ?= $(PREFIX)/sbin
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DATADIR   ?= $(PREFIX)/share
SYSCONFDIR ?= /etc
UNITDIR   ?= /lib/systemd/system

# What apt-get installs: to build, to test, to compare with.  One list, kept nowhere else.
PKGS_BUILD := gcc make pkg-config libc6-dev linux-libc-dev libuv1-dev uthash-dev libjansson-dev libmnl-dev
PKGS_TEST  := libcmocka-dev python3 python3-pytest python3-jsonschema iproute2 iputils-ping iperf3 \
              procps util-linux openvpn uml-utilities
PKGS_LINT  := clang clang-format clang-tidy cppcheck shellcheck mandoc
PKGS_FUZZ  := clang libclang-rt-14-dev
PKGS_BENCH := iproute2 iperf3 vde2

B   ?= build
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

WARN    := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
           -Wpointer-arith -Wcast-qual -Wno-unused-parameter
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDHARD  := -pie -Wl,-z,relro,-z,now
CFLAGS  ?= -O2 -g
ifdef SAN
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
HARDEN  := -fPIE
endif
ALL_CPPFLAGS = -D_GNU_SOURCE -DSWITCHD_VERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' \
               -Iswitchd $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP
LINK         = $(CC) $(ALL_CFLAGS) $(LDHARD) $(LDFLAGS)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
src = $(sort $(wildcard $(addsuffix /*.c,$(1))))

# The layers, lowest first.  core.a is all that the unit tests, the fuzz targets and the topology
# runner are linked with: what reaches upwards from core/ does not link.
CORE    := $(call obj,$(call src,switchd/util switchd/core))
DAEMON  := $(call obj,$(call src,switchd/port switchd/ctl switchd))
# Pure parts above the core that have unit tests and fuzz targets of their own.
CTLPURE := $(call obj,switchd/port/options.c switchd/ctl/optjson.c switchd/ctl/rpc.c \
             switchd/ctl/config.c switchd/ctl/config_json.c switchd/ctl/diff.c switchd/ctl/schema.c)
UNIT    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNITLIB := $(call obj,$(filter-out tests/unit/test_%,$(call src,tests/unit)))
FUZZ    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(B)/switchd

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/core.a: $(CORE)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/switchd: $(DAEMON) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ -luv -ljansson -lmnl

# Tests of the control layer's pure half (test_rpc*, test_config*, test_cli*) need jansson; the core's do not.
$(B)/unit/test_rpc% $(B)/unit/test_config%: LIBS = $(CTLPURE) -ljansson
$(B)/unit/test_options: LIBS = $(B)/obj/switchd/port/options.o
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(UNITLIB) $(B)/core.a $(CTLPURE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $< $(UNITLIB) $(LIBS) $(B)/core.a $(if $(findstring jansson,$(LIBS)),-ljansson) -lcmocka

$(B)/fuzz_rpc $(B)/fuzz_config: LIBS = $(CTLPURE) -ljansson
$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(B)/core.a $(CTLPURE)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $< $(B)/obj/tests/fuzz/replay.o $(filter-out -l%,$(LIBS)) $(B)/core.a $(filter -l%,$(LIBS))

$(B)/topology: $(call obj,$(call src,tests/topology)) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^

# ---- running things ----

deps:
	@tests/deps $(PKGS_BUILD) $(PKGS_TEST)

deps-build:
	@tests/deps $(PKGS_BUILD)

deps-lint:
	@tests/deps $(PKGS_BUILD) $(PKGS_TEST) $(PKGS_LINT)

deps-fuzz:
	@tests/deps $(PKGS_BUILD) $(PKGS_FUZZ)

deps-bench:
	@tests/deps $(PKGS_BUILD) $(PKGS_BENCH)

# The san tree has its own check-unit, which includes the corpora and the topologies.
check: deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory check-unit
	@$(MAKE) --no-print-directory check-san
	@echo "all checks passed"

check-unit: $(UNIT) $(addprefix $(B)/,$(FUZZ)) $(B)/topology
	$(Q)set -e; for t in $(UNIT); do $$t; done
	$(Q)set -e; for f in $(FUZZ); do $(B)/$$f tests/fuzz/corpus/$${f#fuzz_}; done
	$(Q)set -e; for f in $(FUZZ); do $(B)/$$f -r 100000 -s 1 tests/fuzz/corpus/$${f#fuzz_}; done
	$(Q)$(B)/topology tests/topology/*.topo

check-san:
	@$(MAKE) --no-print-directory B=$(B)/san SAN=1 all
	@$(MAKE) --no-print-directory B=$(B)/san SAN=1 check-unit

SECONDS ?= 60
fuzz: deps-fuzz
	$(Q)set -e; for f in $(FUZZ); do tests/fuzz/explore $$f $(B) $(SECONDS); done

C_FILES  := $(sort $(wildcard switchd/*.[ch] switchd/*/*.[ch] cli/*.[ch] tests/*/*.[ch]))
SCRIPTS  := .ci/run tests/deps tests/layers $(wildcard tests/*/run tests/net/isolate tests/fuzz/explore)

lint: deps-lint
	$(call say,LINT,layers)
	$(Q)tests/layers
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,LINT,shellcheck)
	$(Q)shellcheck $(SCRIPTS)
	$(call say,LINT,cppcheck)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
	  --suppressions-list=tests/cppcheck.suppress --error-exitcode=1 -j 2 \
	  -D_GNU_SOURCE -D'SWITCHD_VERSION="x"' -D'SYSCONFDIR="x"' -Iswitchd -Icli switchd
	$(call say,LINT,clang-tidy)
	$(Q)printf '%s\n' $(filter %.c,$(C_FILES)) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet "$$@" -- \
	  -std=gnu11 $(ALL_CPPFLAGS) -Itests/unit 2>&1 | { ! grep -A4 -E "warning:|error:"; }' lint

format:
	clang-format -i $(C_FILES)

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all deps deps-build deps-lint deps-fuzz deps-bench check check-unit check-san fuzz lint format clean
.SECONDARY:
