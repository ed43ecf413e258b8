# SPDX-License-Identifier: BSD-2-Clause
# softkey and libsoftkey.so: built, never installed. CBOR is its own strict codec (cbr.c, cbw.c); libcbor
# would accept what an authenticator must refuse (CTAP 2.1 section 8).

noinst_PROGRAMS += tools/softkey/softkey
noinst_LTLIBRARIES += tools/softkey/libsoftkey.la

tools_softkey_softkey_CPPFLAGS = -D_GNU_SOURCE $(CRYPTO_CFLAGS)
tools_softkey_softkey_LDFLAGS = $(PROG_LDFLAGS)
tools_softkey_softkey_LDADD = $(CRYPTO_LIBS)
tools_softkey_softkey_SOURCES = \
	tools/softkey/assert.c tools/softkey/attest.c tools/softkey/attest.h tools/softkey/auth.c \
	tools/softkey/button.c tools/softkey/cbr.c tools/softkey/cbr.h tools/softkey/cbw.c \
	tools/softkey/clientpin.c tools/softkey/cmd.h tools/softkey/cmd_ctl.c tools/softkey/cmd_key.c \
	tools/softkey/cmd_plug.c tools/softkey/cmd_serve.c tools/softkey/control.c tools/softkey/cose.c \
	tools/softkey/cred.c tools/softkey/crypt.c tools/softkey/crypt.h tools/softkey/ctap.h \
	tools/softkey/engine.c tools/softkey/engine.h tools/softkey/ext.c tools/softkey/fault.c \
	tools/softkey/fault.h tools/softkey/hid.c tools/softkey/hid.h tools/softkey/info.c \
	tools/softkey/main.c tools/softkey/make.c tools/softkey/manage.c tools/softkey/pin.c \
	tools/softkey/quirk.c tools/softkey/quirk.h tools/softkey/root.inc tools/softkey/server.c \
	tools/softkey/server.h tools/softkey/state.c tools/softkey/state.h tools/softkey/store.c \
	tools/softkey/store.h tools/softkey/u2f.c tools/softkey/uhid.c tools/softkey/unixsock.c

# -rpath makes libtool build a shared object although nothing installs it. It goes into programs of
# others, which have no sanitizer's runtime.
tools_softkey_libsoftkey_la_CPPFLAGS = -D_GNU_SOURCE
tools_softkey_libsoftkey_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden -fno-sanitize=all
tools_softkey_libsoftkey_la_LDFLAGS = $(AM_LDFLAGS) -Wc,-fno-sanitize=all -module -avoid-version -shared -rpath /nowhere
tools_softkey_libsoftkey_la_SOURCES = tools/softkey/preload.c
