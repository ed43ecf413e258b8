# SPDX-License-Identifier: BSD-2-Clause
# The client and the messages, linked into the core: knows no libcurl.
noinst_LTLIBRARIES += libtknet.la
libtknet_la_SOURCES = \
	src/net/net.c src/net/net.h src/net/net_proto.h src/net/net_why.c src/net/net_why.h \
	src/net/proto.c src/net/url.c
libtknet_la_CPPFLAGS = $(AM_CPPFLAGS) -DTWOKEY_HELPER_DIR=\"$(helperdir)\"
libtknet_la_LIBADD = libtkbase.la

# The only program that links libcurl.
helper_PROGRAMS += twokey-net
twokey_net_SOURCES = \
	src/net/helper.h src/net/helper_curl.c src/net/helper_main.c src/net/helper_sandbox.c \
	src/net/helper_serve.c
twokey_net_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(SECCOMP_CFLAGS)
twokey_net_LDFLAGS = $(PROG_LDFLAGS)
twokey_net_LDADD = libtknet.la libtkconfine.la libtkbase.la $(CURL_LIBS)
