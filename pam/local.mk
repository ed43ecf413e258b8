# SPDX-License-Identifier: BSD-2-Clause
# The module loads libpam and libc, and nothing else: no library of ours.
noinst_LTLIBRARIES += libtkpam.la
libtkpam_la_SOURCES = pam/pam_twokey.c pam/relay.c pam/relay.h
libtkpam_la_CPPFLAGS = $(AM_CPPFLAGS) -DTWOKEY_GATE=\"$(helperdir)/twokey-gate\"
libtkpam_la_LIBADD = libtkwire.la

noinst_LTLIBRARIES += libtkwire.la
libtkwire_la_SOURCES = src/gate/pamargs.c src/gate/pamargs.h src/gate/wire.c src/gate/wire.h

pam_LTLIBRARIES = pam_twokey.la
pam_twokey_la_SOURCES = pam/module.c
pam_twokey_la_LIBADD = libtkpam.la $(PAM_LIBS)
pam_twokey_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(top_srcdir)/pam/pam_twokey.map
pam_twokey_la_DEPENDENCIES = libtkpam.la pam/pam_twokey.map
EXTRA_DIST += pam/pam_twokey.map pam/twokey.pam-config

# For pam-auth-update, which goes by the file's name there.
pamconfigdir = $(datadir)/pam-configs

# libtool's own description of a module is of no use to anybody.
install-data-hook:
	rm -f $(DESTDIR)$(pamdir)/pam_twokey.la
	$(MKDIR_P) "$(DESTDIR)$(pamconfigdir)"
	$(INSTALL_DATA) $(srcdir)/pam/twokey.pam-config "$(DESTDIR)$(pamconfigdir)/twokey"

uninstall-local:
	rm -f "$(DESTDIR)$(pamconfigdir)/twokey"

# libtool goes by that description when it removes the module.
uninstall-hook:
	rm -f $(DESTDIR)$(pamdir)/pam_twokey.so
