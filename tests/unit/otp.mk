# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/import tests/unit/otp tests/unit/password

tests_unit_import_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_import_LDADD = libtkotp.la $(CMOCKA_LIBS)

tests_unit_otp_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_otp_LDADD = libtkotp.la $(CMOCKA_LIBS)

tests_unit_password_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_password_LDADD = libtkotp.la $(CMOCKA_LIBS)
endif
