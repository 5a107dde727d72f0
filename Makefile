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
CTLLIBS	:= jansson smartcols
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
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS) $(CTLLIBS))
PKG_LIBS = $(shell pkg-config --libs $(LIBS))
CTL_LIBS = $(shell pkg-config --libs $(CTLLIBS))

SRC	:= $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c))
MAIN	:= src/edge/main.c
LIBSRC	:= $(filter-out $(MAIN),$(SRC))
CTLSRC	:= $(wildcard src/ctl/*.c)
TESTSRC	:= $(foreach r,$(ROOMS) ctl,$(wildcard tests/$(r)/*_test.c)) $(wildcard tests/replay/*_test.c)
TESTLIB	:= $(wildcard tests/support/*.c)
HEADERS	:= $(wildcard include/*/*.h tests/support/*.h src/*/*.h)

obj	= $(patsubst %.c,$(1)/%.o,$(2))
tests	= $(patsubst tests/%.c,$(1)/tests/%,$(TESTSRC))

.PHONY: all check check-fast deps install uninstall clean lint fuzz bench demo tests asan purity

all: $(B)/waysided $(B)/waysidectl

# $(1) folder, $(2) flags: one set of objects, library, programs and tests a flavour.
define flavour
$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(HARDEN) $$(PKG_CFLAGS) $(2) -c $$< -o $$@

$(1)/libwayside.a: $(call obj,$(1),$(LIBSRC))
	@rm -f $$@
	$$(AR) rcs $$@ $$^

$(1)/waysided: $(call obj,$(1),$(MAIN)) $(1)/libwayside.a
	$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)

$(1)/waysidectl: $(call obj,$(1),$(CTLSRC)) $(1)/libwayside.a
	$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ $$(CTL_LIBS)

$(1)/tests/%: $(1)/tests/%.o $(call obj,$(1),$(TESTLIB)) $(1)/libwayside.a
	$$(CC) $$(LINK) $(2) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(PKG_LIBS)
endef
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(eval $(call flavour,$(B),))
$(eval $(call flavour,$(B)/asan,$(SANITIZE) -U_FORTIFY_SOURCE))
.SECONDARY:

tests: $(call tests,$(B))
asan: $(call tests,$(B)/asan) $(B)/asan/waysided $(B)/asan/waysidectl

-include $(shell find $(B) -name '*.d' 2>/dev/null)
