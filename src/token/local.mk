# SPDX-License-Identifier: BSD-2-Clause
# The messages, for both sides.
noinst_LTLIBRARIES += libtkproto.la
libtkproto_la_SOURCES = \
	src/token/authdata.c src/token/authdata.h src/token/proto_answer.c \
	src/token/proto_check.c src/token/proto_request.c src/token/token.h \
	src/token/token_proto.h
libtkproto_la_LIBADD = libtkbase.la

# The client, linked into the core: knows no libfido2.
noinst_LTLIBRARIES += libtktoken.la
libtktoken_la_SOURCES = \
	src/token/token.c src/token/token_call.c src/token/token_client.h \
	src/token/token_ops.c src/token/token_pool.c src/token/token_server.c \
	src/token/token_why.c src/token/token_why.h
libtktoken_la_CPPFLAGS = $(AM_CPPFLAGS) -DTWOKEY_HELPER_DIR=\"$(helperdir)\"
libtktoken_la_LIBADD = libtkproto.la

# The only program that links libfido2.
helper_PROGRAMS += twokey-token
twokey_token_SOURCES = \
	src/token/helper.h src/token/helper_assert.c src/token/helper_check.c \
	src/token/helper_device.c src/token/helper_fork.c src/token/helper_key.c \
	src/token/helper_key.h \
	src/token/helper_list.c src/token/helper_main.c src/token/helper_make.c \
	src/token/helper_sandbox.c src/token/helper_serve.c src/token/helper_watch.c
twokey_token_CFLAGS = $(AM_CFLAGS) $(FIDO2_CFLAGS) $(SECCOMP_CFLAGS) -pthread
twokey_token_LDFLAGS = $(PROG_LDFLAGS) -pthread
twokey_token_LDADD = libtkproto.la libtkcrypto.la libtkbase.la libtkconfine.la $(FIDO2_LIBS)
