# Wayside: `make` builds, `make check` proves, `make demo` shows, `make install` installs.
# Everything that is built lands in build/.

VERSION	:= 0.1.0
PREFIX	?= /usr
DESTDIR	?=
SYSCONFDIR ?= /etc
UNITDIR	?= /lib/systemd/system
CC	?= cc
CLANG	?= clang
B	:= build

LIBS	:= libmnl libnftnl libcares libconfig libuv jansson libseccomp libcap-ng
CTLLIBS	:= jansson smartcols libmnl ncursesw
ROOMS	:= base model plan codec edge net engine
PURE	:= base model plan codec engine

WARN	:= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	   -Wno-missing-field-initializers -Werror
HARDEN	:= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPT	?= -O2 -g
override CFLAGS += -std=c11 -D_GNU_SOURCE -DWAYSIDE_VERSION='"$(VERSION)"' -Iinclude -Itests \
		   $(OPT) $(WARN) $(EXTRA) -MMD -MP
LINK	:= -pie -Wl,-z,relro,-z,now -Wl,--as-needed

# Only when asked for: `make deps` has to work before they are installed.
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS) $(CTLLIBS) $(WEBLIBS))
PKG_LIBS = $(shell pkg-config --libs $(LIBS))
WEB_LIBS = $(shell pkg-config --libs $(WEBLIBS)) -pthread
CTL_LIBS = $(shell pkg-config --libs $(CTLLIBS))

SRC	:= $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c))
MAIN	:= src/edge/main.c
LIBSRC	:= $(filter-out $(MAIN),$(SRC))
WEBSRC	:= $(wildcard src/web/*.c)
WEBLIBS	:= libmicrohttpd jansson
CTLMAIN	:= src/ctl/main.c
CTLSRC	:= $(wildcard src/ctl/*.c)
TESTSRC	:= $(foreach r,$(ROOMS) ctl web,$(wildcard tests/$(r)/*_test.c)) $(wildcard tests/replay/*_test.c)
CHAOSSRC := $(wildcard tests/chaos/*.c)
TESTLIB	:= $(wildcard tests/support/*.c)

# `make V=1` shows the commands.
Q	:= $(if $(V),,@)
say	= $(if $(V),,@echo "  $(1)")

obj	= $(patsubst %.c,$(1)/%.o,$(2))
tests	= $(patsubst tests/%.c,$(1)/tests/%,$(TESTSRC))

.PHONY: all tests asan fuzzers fuzz deps check check-fast demo bench bench-heal bench-direct bench-beside chaos purity lint install uninstall clean
.PHONY: deb coverage musl

all: $(B)/waysided $(B)/waysidectl $(B)/wayside-web

# $(1) folder, $(2) flags: one set of objects, library, programs and tests a flavour.
define flavour
$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(call say,CC   $$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(HARDEN) $$(PKG_CFLAGS) $(2) -c $$< -o $$@

$(1)/libwayside.a: $(call obj,$(1),$(LIBSRC))
	@rm -f $$@
	$$(call say,AR   $$@)
	$$(Q)$$(AR) rcs $$@ $$^

$(1)/waysided: $(call obj,$(1),$(MAIN)) $(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)

$(1)/libctl.a: $(call obj,$(1),$(filter-out $(CTLMAIN),$(CTLSRC)))
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^

$(1)/waysidectl: $(call obj,$(1),$(CTLMAIN)) $(1)/libctl.a $(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ $$(CTL_LIBS)

# What the page is made of is inside the program.
$(1)/src/web/assets.o: src/web/index.html src/web/app.js src/web/style.css

$(1)/libweb.a: $(call obj,$(1),$(filter-out src/web/main.c,$(WEBSRC)))
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^

$(1)/wayside-web: $(call obj,$(1),src/web/main.c) $(1)/libweb.a $(1)/libctl.a $(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ $$(WEB_LIBS) $$(CTL_LIBS)

$(1)/libsupport.a: $(call obj,$(1),$(TESTLIB))
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^

$(1)/tests/%: $(1)/tests/%.o $(1)/libsupport.a $(1)/libweb.a $(1)/libctl.a \
		$(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(PKG_LIBS) $$(CTL_LIBS) \
		$$(WEB_LIBS)

$(1)/tests/chaos/chaos: $(call obj,$(1),$(CHAOSSRC)) $(1)/libsupport.a $(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(PKG_LIBS)

# The daemon whose calls to netlink fail: tests/chaos/edge/inject.c.
$(1)/tests/chaos/waysided: $(call obj,$(1),$(MAIN) tests/chaos/edge/inject.c) $(1)/libwayside.a
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LINK) $(2) $(WRAPPED:%=-Wl,--wrap=%) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)
endef
WRAPPED	:= socket setsockopt send sendmsg recvmsg
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(eval $(call flavour,$(B),))
$(eval $(call flavour,$(B)/asan,$(SANITIZE) -U_FORTIFY_SOURCE))
$(eval $(call flavour,$(B)/cov,--coverage -O0 -U_FORTIFY_SOURCE))
.SECONDARY:

# Benches are built with the tests, so that they go on building.
BENCHES	:= $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(filter-out %/floor.c,$(wildcard tests/bench/*.c)))

# Counts what any program asks of memory; not of the flavours.
ALLOCS	:= $(B)/tests/support/allocs.so
$(ALLOCS): tests/support/allocs.c tests/support/allocs_preload.c tests/support/allocs.h
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -fPIC -shared -o $@ $(filter %.c,$^)

tests: $(call tests,$(B)) $(BENCHES) $(ALLOCS) $(B)/tests/chaos/chaos
asan: $(call tests,$(B)/asan) $(B)/asan/tests/chaos/chaos $(B)/asan/tests/chaos/waysided \
	$(B)/asan/waysided $(B)/asan/waysidectl $(B)/asan/wayside-web

# --- fuzz targets: libFuzzer needs clang ------------------------------------------------------

FUZZSRC	:= $(wildcard tests/fuzz/*_fuzz.c)
FUZZERS	:= $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZSRC))
FUZZ_SECONDS ?= 60
FUZZFLAGS := -fsanitize=fuzzer-no-link,address,undefined -U_FORTIFY_SOURCE

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC   $@)
	$(Q)$(CLANG) $(CFLAGS) $(PKG_CFLAGS) $(FUZZFLAGS) -c $< -o $@

$(B)/fuzz/libwayside.a: $(call obj,$(B)/fuzz/obj,$(LIBSRC))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/fuzz/libsupport.a: $(call obj,$(B)/fuzz/obj,$(TESTLIB))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/fuzz/obj/src/web/assets.o: src/web/index.html src/web/app.js src/web/style.css

$(B)/fuzz/libweb.a: $(call obj,$(B)/fuzz/obj,$(filter-out src/web/main.c,$(WEBSRC)) \
		$(filter-out $(CTLMAIN),$(CTLSRC)))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o $(B)/fuzz/libsupport.a $(B)/fuzz/libweb.a \
		$(B)/fuzz/libwayside.a
	$(call say,LINK $@)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -Wl,--as-needed -o $@ $^ $(PKG_LIBS) \
		$(WEB_LIBS) $(CTL_LIBS)

fuzzers: $(FUZZERS)

# New findings go to build/fuzz/corpus, crashes to build/fuzz; the corpus here stays as it is.
fuzz: fuzzers
	$(Q)tests/fuzz/run $(B)/fuzz $(FUZZ_SECONDS)

# The same with gcc and without libFuzzer: each runs over the files that it is given.
$(B)/cov/fuzz/%: $(B)/cov/tests/fuzz/%.o $(B)/cov/tests/fuzz/once.o $(B)/cov/libsupport.a \
		$(B)/cov/libweb.a $(B)/cov/libctl.a $(B)/cov/libwayside.a
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(Q)$(CC) --coverage -o $@ $^ $(PKG_LIBS) $(WEB_LIBS) $(CTL_LIBS)

# Lines of the codecs that examples, properties and the corpora of the fuzz targets run.
coverage: $(patsubst tests/%.c,$(B)/cov/tests/%,$(wildcard tests/codec/*_test.c)) \
		$(patsubst tests/fuzz/%.c,$(B)/cov/fuzz/%,$(FUZZSRC))
	$(Q)tests/coverage $(B)/cov codec 95

# Does it compile where the C library is musl, with the libraries' own headers?
musl:
	$(Q)tests/musl $(B)

# --- chaos ------------------------------------------------------------------------------------

# A million events in a hundred worlds, one after the other; then a thousand deaths on the running
# kernel. What the sanitizer keeps of freed memory and of stacks is little, so that what is resident
# says something.
CHAOS_SEED ?= 1000
CHAOS_ROUNDS ?= 100
CHAOS_KILLS ?= 1000
CHAOS_ASAN := quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=1
chaos: all $(B)/asan/tests/chaos/chaos $(B)/asan/tests/chaos/waysided
	$(Q)ASAN_OPTIONS=$(CHAOS_ASAN) nice -n 19 \
		$(B)/asan/tests/chaos/chaos $(CHAOS_SEED) 10000 $(CHAOS_ROUNDS)
	$(Q)CHAOS_SEED=$(CHAOS_SEED) CHAOS_KILLS=$(CHAOS_KILLS) WAYSIDE_LAB_BACKEND=userspace \
		tests/lab/vm -n -t 7200 tests/ns/chaos.t

# --- checks -----------------------------------------------------------------------------------

BUILD_DEPS := build-essential pkg-config libmnl-dev libnftnl-dev libc-ares-dev libconfig-dev \
	      libuv1-dev libjansson-dev uthash-dev libseccomp-dev libcap-ng-dev libsmartcols-dev \
	      libncurses-dev libmicrohttpd-dev
# What the demonstration runs; tests need more.
DEMO_DEPS  := iproute2 iputils-ping nftables iptables wireguard-tools dnsmasq-base socat jq \
	      conntrack util-linux procps qemu-system-x86 busybox-static kmod cpio
TEST_DEPS  := $(DEMO_DEPS) python3 dbus-daemon libcmocka-dev clang libclang-rt-dev tmux mandoc \
	      bird2 frr zsh fish curl chromium chromium-driver fonts-dejavu-core dpkg-dev debhelper \
	      lintian debootstrap wireguard-go musl-tools
LINT_DEPS  := clang-tidy clang-format cppcheck shellcheck

deps:
	$(Q)contrib/deps $(BUILD_DEPS) $(TEST_DEPS)

# A fresh machine first gets what is missing, then a second make sees it.
check: deps
	$(Q)for p in prometheus apparmor; do tests/support/unpacked $$p $(B)/$$p >/dev/null || exit 1; done
	$(Q)$(MAKE) --no-print-directory -j2 all tests asan fuzzers
	$(Q)tests/run $(B) all

check-fast:
	$(Q)contrib/deps $(BUILD_DEPS) libcmocka-dev
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)tests/run $(B) fast

demo:
	$(Q)contrib/deps $(BUILD_DEPS) $(DEMO_DEPS)
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)tests/lab/vm -n tests/demo/hospital.sh

bench: all $(BENCHES) $(ALLOCS)
	$(Q)tests/bench/run

bench-heal: all
	$(Q)tests/bench/kept heal tests/lab/vm -n -t 7200 tests/bench/heal $(HEAL)

bench-direct: all
	$(Q)tests/lab/vm -n -t 7200 tests/bench/direct

bench-beside: all
	$(Q)tests/bench/kept beside tests/lab/vm -n -t 3600 tests/bench/beside

purity: $(B)/libwayside.a
	$(Q)tests/purity $(B) $(PURE)

# Macros that cppcheck cannot follow: what they expand to only has to have the right shape.
CPPCHECK := '-D__typeof__(x)=struct any *' \
	    '-DHASH_ITER(h,s,k,v)=while(step_(s,&(k),&(v)))' \
	    '-Djson_object_foreach(o,k,v)=while(step_(o,&(k),&(v)))' \
	    '-Djson_array_foreach(o,k,v)=while(step_(o,&(k),&(v)))'

SHELL_FILES = $(shell git ls-files | xargs grep -lE '^\#!.*(ba)?sh')

lint:
	$(Q)contrib/deps $(BUILD_DEPS) $(TEST_DEPS) $(LINT_DEPS)
	git ls-files '*.[ch]' | xargs clang-format --dry-run -Werror
	shellcheck -x $(SHELL_FILES)
	mandoc -Tlint -W warning contrib/man/*.[158]
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppressions-list=tests/cppcheck.supp --error-exitcode=1 -Iinclude $(CPPCHECK) src
	$(MAKE) --no-print-directory -j2 B=$(B)/clang CC=$(CLANG) all tests
	clang-tidy --quiet $(SRC) $(CTLSRC) $(WEBSRC) -- $(CFLAGS) $(PKG_CFLAGS)

# --- installation -----------------------------------------------------------------------------

SBIN	= $(DESTDIR)$(PREFIX)/sbin
BIN	= $(DESTDIR)$(PREFIX)/bin
MAN	= $(DESTDIR)$(PREFIX)/share/man

# What the shells complete is made by the program that it is for.
BASHCOMP = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/waysidectl
ZSHCOMP	= $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_waysidectl
FISHCOMP = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/waysidectl.fish

$(B)/completion.%: $(B)/waysidectl
	$(Q)$(B)/waysidectl completion $* > $@.new && mv $@.new $@

all: $(foreach s,bash zsh fish,$(B)/completion.$(s))

install: all
	install -D -m 755 $(B)/waysided $(SBIN)/waysided
	install -D -m 755 $(B)/waysidectl $(BIN)/waysidectl
	install -D -m 755 $(B)/wayside-web $(SBIN)/wayside-web
	install -D -m 644 $(B)/completion.bash $(BASHCOMP)
	install -D -m 644 $(B)/completion.zsh $(ZSHCOMP)
	install -D -m 644 $(B)/completion.fish $(FISHCOMP)
	install -D -m 644 contrib/man/waysided.8 $(MAN)/man8/waysided.8
	install -D -m 644 contrib/man/wayside-web.8 $(MAN)/man8/wayside-web.8
	install -D -m 644 contrib/man/waysidectl.1 $(MAN)/man1/waysidectl.1
	install -D -m 644 contrib/man/wayside.conf.5 $(MAN)/man5/wayside.conf.5
	install -D -m 644 conf/wayside.conf $(DESTDIR)$(PREFIX)/share/doc/wayside/examples/wayside.conf
	install -d -m 755 $(DESTDIR)$(SYSCONFDIR)/wayside/conf.d
	install -D -m 644 contrib/iproute2/rt_protos.d/wayside.conf \
		$(DESTDIR)$(SYSCONFDIR)/iproute2/rt_protos.d/wayside.conf
	install -d -m 755 $(DESTDIR)$(UNITDIR)
	for unit in waysided wayside-web; do \
		sed 's|/usr/sbin/|$(PREFIX)/sbin/|' contrib/systemd/$$unit.service \
			> $(DESTDIR)$(UNITDIR)/$$unit.service; \
	done
	install -D -m 644 contrib/systemd/import.conf \
		$(DESTDIR)$(UNITDIR)/waysided.service.d/import.conf
	install -D -m 644 contrib/systemd/networkd.conf.d/wayside.conf \
		$(DESTDIR)$(SYSCONFDIR)/systemd/networkd.conf.d/wayside.conf
	install -D -m 644 contrib/sysusers.d/wayside.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/wayside.conf
	install -D -m 644 contrib/tmpfiles.d/wayside.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/wayside.conf
	$(if $(DESTDIR),,-$(Q)$(INSTALLED))

# On this machine: its user is there at once, and systemd knows the units. In a DESTDIR that is for
# whoever makes a package of it.
INSTALLED = ! command -v systemd-sysusers >/dev/null || \
	systemd-sysusers $(PREFIX)/lib/sysusers.d/wayside.conf; \
	[ ! -d /run/systemd/system ] || systemctl daemon-reload

uninstall:
	rm -f $(SBIN)/waysided $(BIN)/waysidectl $(MAN)/man8/waysided.8 $(MAN)/man1/waysidectl.1 \
		$(MAN)/man5/wayside.conf.5 $(DESTDIR)$(UNITDIR)/waysided.service \
		$(DESTDIR)$(UNITDIR)/waysided.service.d/import.conf \
		$(SBIN)/wayside-web $(MAN)/man8/wayside-web.8 \
		$(DESTDIR)$(UNITDIR)/wayside-web.service \
		$(DESTDIR)$(SYSCONFDIR)/iproute2/rt_protos.d/wayside.conf \
		$(DESTDIR)$(SYSCONFDIR)/systemd/networkd.conf.d/wayside.conf \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/wayside.conf \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/wayside.conf \
		$(BASHCOMP) $(ZSHCOMP) $(FISHCOMP)
	-rmdir $(DESTDIR)$(UNITDIR)/waysided.service.d
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/wayside

# Debian packages of the working tree, in build/deb.
deb:
	contrib/debian/build $(B)/deb

clean:
	rm -rf $(B)

# Not what was unpacked for tests, where other things end in .d.
-include $(shell find $(B) \( -path $(B)/deb -o -path $(B)/prometheus -o -path $(B)/apparmor \
	-o -path $(B)/lab \) -prune -o -type f -name '*.d' -print 2>/dev/null)
