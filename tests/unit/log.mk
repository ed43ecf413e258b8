# SPDX-License-Identifier: BSD-2-Clause
# A vault on disk with its log, for any test to use.
check_LTLIBRARIES += libtklogfake.la
libtklogfake_la_SOURCES = tests/unit/log_lib.c tests/unit/log_lib.h
libtklogfake_la_LIBADD = libtkfake.la libtklog.la libtkstore.la libtkvault.la libtkcrypto.la \
	libtkbase.la
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/log_append tests/unit/log_archive tests/unit/log_flips tests/unit/log_go tests/unit/log_index \
	tests/unit/log_merkle tests/unit/log_recover tests/unit/log_space \
	tests/unit/log_note tests/unit/log_verify tests/unit/log_verify_attended \
	tests/unit/log_verify_event tests/unit/log_verify_login \
	tests/unit/log_verify_owner tests/unit/log_verify_said \
	tests/unit/log_version tests/unit/store_folder \
	tests/unit/store_state
tests_unit_log_append_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_append_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_archive_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_archive_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_go_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_go_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_index_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_index_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_merkle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_merkle_LDADD = libtklog.la libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_log_note_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_note_LDADD = libtklog.la libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_log_verify_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_verify_attended_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_attended_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_verify_event_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_event_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_verify_said_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_said_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_verify_login_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_login_LDADD = libtkceremony.la libtktoken.la libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_verify_owner_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_verify_owner_LDADD = libtkceremony.la libtktoken.la libtklogfake.la $(CMOCKA_LIBS)
tests_unit_store_folder_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_folder_LDADD = libtkstore.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_store_state_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_store_state_LDADD = libtkstore.la libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_log_flips_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_flips_LDADD = libtkceremony.la libtktoken.la libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_recover_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_recover_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_space_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_space_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_version_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_version_LDADD = libtklogfake.la $(CMOCKA_LIBS)
tests_unit_log_index_SOURCES = tests/unit/log_index.c tests/unit/log_two.h
tests_unit_log_version_SOURCES = tests/unit/log_version.c tests/unit/log_two.h
tests_unit_log_flips_SOURCES = tests/unit/log_flips.c tests/unit/log_login.h
tests_unit_log_verify_login_SOURCES = tests/unit/log_verify_login.c tests/unit/log_login.h
tests_unit_log_verify_owner_SOURCES = tests/unit/log_verify_owner.c tests/unit/log_login.h
tests_unit_log_append_SOURCES = tests/unit/log_append.c tests/unit/log_shot.h
tests_unit_log_recover_SOURCES = tests/unit/log_recover.c tests/unit/log_shot.h
tests_unit_log_space_SOURCES = tests/unit/log_space.c tests/unit/log_shot.h
endif
