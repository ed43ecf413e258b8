# SPDX-License-Identifier: BSD-2-Clause
# twokey-gate; everything but its main is a library, so that tests link it.
noinst_LTLIBRARIES += libtkgate.la
libtkgate_la_SOURCES = \
	src/gate/attempts.c src/gate/attempts.h src/gate/gate.h src/gate/gate_auth.c \
	src/gate/gate_call.c src/gate/gate_open.c src/gate/gate_password.c src/gate/gate_session.c \
	src/gate/gate_talk.c \
	src/gate/mark.c src/gate/mark.h src/gate/resident.c src/gate/resident.h src/gate/rootpw.c src/gate/rootpw.h src/gate/shadow.c src/gate/shadow.h \
	src/gate/upkeep.c src/gate/upkeep.h
libtkgate_la_CPPFLAGS = $(AM_CPPFLAGS) -DTWOKEY_HELPER_DIR=\"$(helperdir)\"
libtkgate_la_LIBADD = libtkwire.la libtkcli.la libtkceremony.la libtkrotate.la libtklog.la libtkstore.la \
	libtkvault.la libtkotp.la libtktoken.la libtkcrypto.la libtkbase.la $(CRYPT_LIBS)

helper_PROGRAMS += twokey-gate
twokey_gate_SOURCES = src/gate/main.c
twokey_gate_LDFLAGS = $(PROG_LDFLAGS)
twokey_gate_LDADD = libtkgate.la
