# SPDX-License-Identifier: ISC
#
# make demo    shows the switch at work          make check   runs every test
# make help    lists the other targets           make V=1     shows each command
#
# Objects go to $(B).  A sanitised tree is the same rules with SAN=1 and a folder of its own.

VERSION   := 0.1.0
PREFIX    ?= /usr/local
SBINDIR   ?= $(PREFIX)/sbin
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DATADIR   ?= $(PREFIX)/share
DOCDIR    ?= $(DATADIR)/doc/switchd
LABDOCDIR := $(DOCDIR)/labs
SYSCONFDIR ?= /etc
UNITDIR   ?= /lib/systemd/system
# Where Wireshark looks for who offers interfaces (tshark -G folders); empty: nothing is put there.
EXTCAPDIR ?= /usr/lib/$(shell $(CC) -print-multiarch)/wireshark/extcap

# What apt-get installs: to build, to test, to compare with.  One list, kept nowhere else.
PKGS_BUILD := gcc make pkg-config libc6-dev linux-libc-dev libuv1-dev uthash-dev libjansson-dev libmnl-dev libpcap-dev \
              libncurses-dev
PKGS_TEST  := libcmocka-dev python3 python3-pytest python3-jsonschema iproute2 iputils-ping iperf3 \
              procps util-linux qemu-system-x86 busybox-static cpio vde-switch vdeplug vde-wirefilter vde2 passt lldpd \
              openvswitch-switch dnsmasq-base tshark graphviz tmux
PKGS_LINT  := clang clang-format clang-tidy cppcheck shellcheck mandoc
PKGS_FUZZ  := clang libclang-rt-14-dev
PKGS_CORE  := python3 valgrind
PKGS_BENCH := $(PKGS_CORE) iproute2 iperf3 ethtool util-linux vde2 openvswitch-switch

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
               -Iswitchd -Icli $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP
LINK         = $(CC) $(ALL_CFLAGS) $(LDHARD) $(LDFLAGS)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
src = $(sort $(wildcard $(addsuffix /*.c,$(1))))

# The layers, lowest first.  core.a is all that the unit tests, the fuzz targets and the topology
# runner are linked with: what reaches upwards from core/ does not link.
CORE    := $(call obj,$(call src,switchd/util switchd/core))
DAEMON  := $(call obj,$(filter-out switchd/ctl/replay.c,$(call src,switchd/port switchd/ctl switchd)))
OPTIONS := $(call obj,$(wildcard switchd/port/options*.c))
# A configuration as data: its reader, writer and schema.
CONFIG  := $(OPTIONS) $(call obj,switchd/ctl/optjson.c switchd/ctl/config.c switchd/ctl/config_json.c switchd/ctl/config_macs.c \
             switchd/ctl/config_bindings.c switchd/ctl/config_groups.c switchd/ctl/config_dump.c switchd/ctl/schema.c)
# What becomes of frames, as data; and filters, which a replay needs.
TRACING := $(call obj,switchd/ctl/tracing.c switchd/ctl/tracing_text.c switchd/ctl/replay.c switchd/ctl/filters.c switchd/port/filter.c)
CLI_LIBS := -ljansson -lmnl -lpcap -lncursesw -ltinfo
CLI     := $(call obj,$(call src,cli cli/*) switchd/ctl/where.c) $(CONFIG) $(TRACING)
# Pure parts above the core that have unit tests and fuzz targets of their own.
CTLPURE := $(CONFIG) $(call obj,switchd/ctl/rpc.c switchd/ctl/rpc_method.c switchd/ctl/diff.c)
UNIT    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNITLIB := $(call obj,$(filter-out tests/unit/test_%,$(call src,tests/unit)))
FUZZ    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHLIB := $(call obj,tests/bench/wire.c)
BENCH   := $(patsubst tests/bench/%.c,$(B)/bench/%,$(filter-out %/wire.c,$(wildcard tests/bench/*.c)))
MAN     := docs/switchd.8 docs/swctl.1 docs/switchd.json.5 docs/switchd-lab.json.5

all: $(B)/switchd $(B)/swctl

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/core.a: $(CORE)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/switchd: $(DAEMON) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ -luv -ljansson -lmnl -lpcap -lm

$(B)/swctl: $(CLI) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CLI_LIBS) -lm

# Tests of the control layer's pure half and of swctl need jansson; the core's link core.a alone.
$(filter $(B)/unit/test_rpc% $(B)/unit/test_config%,$(UNIT)): LIBS = $(CTLPURE) -ljansson
$(filter $(B)/unit/test_cli%,$(UNIT)): LIBS = $(filter-out %/cli/main.o,$(CLI)) $(CLI_LIBS)
$(B)/unit/test_options: LIBS = $(OPTIONS)
# The compiler of filters, which needs nothing of the event loop.
PROGRAMS := $(OPTIONS) $(call obj,switchd/port/filter.c)
$(B)/unit/test_filter_program: LIBS = $(PROGRAMS) -lpcap
$(B)/unit/test_filter_program: $(PROGRAMS)
POLLER := $(call obj,switchd/port/poller.c switchd/port/busy.c)
$(B)/unit/test_poller $(B)/unit/test_busy: LIBS = $(POLLER)
$(B)/unit/test_poller $(B)/unit/test_busy: $(POLLER)
# Decides whether there is memory.
$(B)/unit/test_nomem: LDFLAGS += -Wl,--wrap=calloc
# What tests share is an archive: of two parts that have one name the one that is used is linked.
$(B)/unit.a: $(UNITLIB)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/unit.a $(B)/core.a $(CTLPURE) $(CLI)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $< $(filter-out -l%,$(LIBS)) $(B)/unit.a $(filter -l%,$(LIBS)) $(B)/core.a -lm $(if $(findstring jansson,$(LIBS)),-ljansson) -lcmocka

$(B)/fuzz_rpc $(B)/fuzz_config: LIBS = $(CTLPURE) -ljansson
$(B)/fuzz_lab: LIBS = $(filter-out %/cli/main.o,$(CLI)) $(CLI_LIBS)
$(B)/fuzz_lab: $(CLI)
# What probes of a lab read.
PROBES := $(call obj,cli/lab/offer.c cli/lab/echo.c)
$(B)/fuzz_offer $(B)/fuzz_echo: LIBS = $(PROBES)
$(B)/fuzz_offer $(B)/fuzz_echo: $(PROBES)
$(B)/fuzz_filter: LIBS = $(PROGRAMS) -lpcap
$(B)/fuzz_filter: $(PROGRAMS)
$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(B)/core.a $(CTLPURE)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $< $(B)/obj/tests/fuzz/replay.o $(filter-out -l%,$(LIBS)) $(B)/core.a -lm $(filter -l%,$(LIBS))

$(B)/topology: $(call obj,$(call src,tests/topology)) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ -lm

# What test_gso_oracle.py holds against the kernel.
$(B)/gso_cut: $(call obj,tests/net/gso_cut.c) $(B)/core.a
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ -lm

$(B)/bench/pieces: LIBS = -lpcap
$(B)/bench/pieces: $(PROGRAMS)
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(BENCHLIB) $(B)/core.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lm

# What tests/fuzz/explore builds in its own way.
cli-sources:
	@echo $(patsubst $(B)/obj/%.o,%.c,$(filter-out %/cli/main.o,$(CLI)))

cli-libs:
	@echo $(CLI_LIBS)

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

deps-core:
	@tests/deps $(PKGS_BUILD) $(PKGS_CORE)

demo: deps
	@$(MAKE) --no-print-directory all
	@SWITCHD=$(abspath $(B))/switchd SWCTL=$(abspath $(B))/swctl tests/demo/run

# How many compilers, unit tests and fuzz targets run at once; tests/net/run takes a JOBS of the environment as well.
JOBS  ?= $(shell nproc)
# Not where make has been told -j already.
J = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
# Runs each program of a list with the arguments it has in the list; what it says when it has ended.
TOGETHER = xargs -P $(JOBS) -I @ sh -c 'out=$$(@ 2>&1) && printf "%s\n" "$$out" || { printf "%s\n" "$$out" "@ failed"; exit 1; }'

# The san tree has its own check-unit, which includes the corpora and the topologies.
check: deps
	@$(MAKE) --no-print-directory $(J) all tests
	@$(MAKE) --no-print-directory check-unit
	@$(MAKE) --no-print-directory -j$$(($(JOBS) + 1)) check-net check-unit-san
	@$(MAKE) --no-print-directory B=$(B)/san SAN=1 check-net
	@echo "all checks passed"

# Network tests wait for most of the time: in it this runs, and only in it (SCHED_IDLE), so that it delays none of them.
check-unit-san:
	@chrt --idle 0 $(MAKE) --no-print-directory $(J) B=$(B)/san SAN=1 all tests
	@chrt --idle 0 $(MAKE) --no-print-directory B=$(B)/san SAN=1 check-unit

tests: $(UNIT) $(addprefix $(B)/,$(FUZZ)) $(B)/topology $(B)/gso_cut

check-unit: $(UNIT) $(addprefix $(B)/,$(FUZZ)) $(B)/topology
	$(Q)printf '%s\n' $(UNIT) | $(TOGETHER)
	$(Q)printf '%s\n' $(foreach f,$(FUZZ),'$(B)/$f -r 100000 -s 1 tests/fuzz/corpus/$(f:fuzz_%=%)') | $(TOGETHER)
	$(Q)$(B)/topology tests/topology/*.topo

check-net: all $(B)/gso_cut
	$(Q)SWITCHD=$(abspath $(B))/switchd SWCTL=$(abspath $(B))/swctl tests/net/run

check-san:
	@$(MAKE) --no-print-directory $(J) B=$(B)/san SAN=1 all tests
	@$(MAKE) --no-print-directory B=$(B)/san SAN=1 check-unit check-net

SECONDS ?= 60
fuzz: deps-fuzz
	$(Q)set -e; for f in $(FUZZ); do tests/fuzz/explore $$f $(B) $(SECONDS); done

bench: deps-bench
	@$(MAKE) --no-print-directory all $(BENCH)
	@SWITCHD=$(abspath $(B))/switchd SWCTL=$(abspath $(B))/swctl tests/bench/run $(if $(QUICK),--quick) \
	  $(if $(DOCS),--write-docs)

bench-core: deps-core
	@$(MAKE) --no-print-directory $(B)/bench/pieces
	@/usr/bin/python3 tests/bench/core.py $(B)/bench/pieces $(if $(CHECK),--check) $(if $(RECORD),--record) \
	  $(if $(DOCS),--write-docs)

# What a lesson is; not what a student puts beside it.
LESSONS  := $(sort docs/labs/README.md $(wildcard $(addprefix docs/labs/*/,README.md lab.json solved.json *.py *.sh)))
C_FILES  := $(sort $(wildcard switchd/*.[ch] switchd/*/*.[ch] cli/*.[ch] cli/*/*.[ch] tests/*/*.[ch]))
SCRIPTS  := .ci/run tests/deps tests/bench/run tests/layers tests/demo/run tests/net/run tests/net/isolate \
            tests/net/make_guest tests/net/guest_init tests/fuzz/explore $(filter %.sh,$(LESSONS))

lint: deps-lint
	$(call say,LINT,layers)
	$(Q)tests/layers
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,LINT,shellcheck)
	$(Q)shellcheck $(SCRIPTS) cli/completion/swctl.bash
	$(call say,LINT,mandoc)
	$(Q)mandoc -T lint -W warning $(MAN)
	$(call say,LINT,cppcheck)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
	  --library=tests/cppcheck.cfg --error-exitcode=1 -j 2 \
	  -D_GNU_SOURCE -D'SWITCHD_VERSION="x"' -D'SYSCONFDIR="x"' -Iswitchd -Icli switchd cli
	$(call say,LINT,clang-tidy)
	$(Q)printf '%s\n' $(filter switchd/%.c cli/%.c,$(C_FILES)) | xargs -P 2 -n 6 sh -c \
	  'clang-tidy --quiet "$$@" -- -std=gnu11 -D_GNU_SOURCE -DSWITCHD_VERSION=\"x\" -DSYSCONFDIR=\"x\" \
	  -Iswitchd -Icli 2>&1 | { ! grep -A4 -E "warning:|error:"; }' lint

format:
	clang-format -i $(C_FILES)

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
	  $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(DATADIR)/switchd/labs $(DESTDIR)$(UNITDIR) \
	  $(DESTDIR)$(DATADIR)/bash-completion/completions $(DESTDIR)$(DATADIR)/zsh/site-functions \
	  $(DESTDIR)$(DATADIR)/fish/vendor_completions.d $(DESTDIR)$(SYSCONFDIR)/switchd
	install -m 755 $(B)/switchd $(DESTDIR)$(SBINDIR)/switchd
	install -m 755 $(B)/swctl $(DESTDIR)$(BINDIR)/swctl
	$(if $(EXTCAPDIR),install -d $(DESTDIR)$(EXTCAPDIR) && ln -sf $(BINDIR)/swctl $(DESTDIR)$(EXTCAPDIR)/switchd-extcap)
	install -m 644 docs/swctl.1 $(DESTDIR)$(MANDIR)/man1/
	install -m 644 docs/switchd.json.5 docs/switchd-lab.json.5 $(DESTDIR)$(MANDIR)/man5/
	install -m 644 docs/switchd.8 $(DESTDIR)$(MANDIR)/man8/
	install -m 644 config/*.json $(DESTDIR)$(DATADIR)/switchd/
	install -m 644 config/labs/*.json $(DESTDIR)$(DATADIR)/switchd/labs/
	install -D -m 644 docs/vm.md $(DESTDIR)$(DOCDIR)/vm.md
	for f in $(LESSONS:docs/labs/%=%); do install -D -m 644 docs/labs/$$f $(DESTDIR)$(LABDOCDIR)/$$f || exit 1; done
	chmod 755 $(addprefix $(DESTDIR)$(LABDOCDIR)/,$(patsubst docs/labs/%,%,$(filter %.py %.sh,$(LESSONS))))
	sed -i 's|"[./]*config/switchd.lab|"$(DATADIR)/switchd/switchd.lab|' $(DESTDIR)$(LABDOCDIR)/*/*.json
	sed 's|@SBINDIR@|$(SBINDIR)|' config/switchd.service > $(DESTDIR)$(UNITDIR)/switchd.service
	install -m 644 cli/completion/swctl.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/swctl
	install -m 644 cli/completion/_swctl $(DESTDIR)$(DATADIR)/zsh/site-functions/_swctl
	install -m 644 cli/completion/swctl.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/swctl.fish

# The configuration in $(SYSCONFDIR) is its writer's and stays.
uninstall:
	$(if $(EXTCAPDIR),rm -f $(DESTDIR)$(EXTCAPDIR)/switchd-extcap)
	rm -f $(DESTDIR)$(SBINDIR)/switchd $(DESTDIR)$(BINDIR)/swctl $(DESTDIR)$(MANDIR)/man1/swctl.1 \
	  $(DESTDIR)$(MANDIR)/man5/switchd.json.5 $(DESTDIR)$(MANDIR)/man5/switchd-lab.json.5 $(DESTDIR)$(MANDIR)/man8/switchd.8 \
	  $(DESTDIR)$(UNITDIR)/switchd.service $(DESTDIR)$(DATADIR)/bash-completion/completions/swctl \
	  $(DESTDIR)$(DATADIR)/zsh/site-functions/_swctl $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/swctl.fish
	rm -rf $(DESTDIR)$(DATADIR)/switchd $(DESTDIR)$(DOCDIR)

help:
	@printf '%s\n' 'make              build switchd and swctl in $(B)/' \
	  'make deps         install the Debian packages that building and testing need' \
	  'make demo         a lab of three hosts and two switches, shown at work' \
	  'make check        every test: unit, fuzz corpora, topologies, network; again under sanitisers' \
	  'make check-unit   unit tests, fuzz corpora and topologies' \
	  'make check-net    real taps in network namespaces (as root)' \
	  'make check-san    both under AddressSanitizer and UndefinedBehaviorSanitizer' \
	  'make fuzz         explore with libFuzzer, SECONDS=60 for each target' \
	  'make bench        speed, side by side with the kernel bridge, VDE, Open vSwitch; QUICK=1 for a glance' \
  'make bench-core   instructions and nanoseconds of each piece; CHECK=1 compares with what was' \
  '                  recorded, RECORD=1 records; DOCS=1 puts either into docs/performance.md' \
	  'make lint         format, clang-tidy, cppcheck, shellcheck, man pages, layers' \
	  'make format       put the sources into the house style' \
	  'make install      to PREFIX=$(PREFIX), below DESTDIR; make uninstall takes it away' \
	  'make clean        remove $(B)/' 'V=1 shows each command'

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all cli-sources cli-libs deps deps-build deps-lint deps-fuzz deps-bench deps-core demo check tests check-unit check-unit-san check-net check-san fuzz bench bench-core lint format \
        install uninstall clean help
.SECONDARY:
