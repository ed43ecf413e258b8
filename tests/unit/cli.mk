# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/cli_cloud tests/unit/cli_config tests/unit/cli_hush tests/unit/cli_pam_libpam \
	tests/unit/cli_pam_stack tests/unit/cli_runexec tests/unit/cli_say tests/unit/cli_show \
	tests/unit/cli_story tests/unit/cli_table tests/unit/cli_term

tests_unit_cli_cloud_SOURCES = tests/unit/cli_cloud.c tests/unit/unit.h
tests_unit_cli_cloud_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_cloud_LDADD = libtkcli.la libtkbase.la $(CMOCKA_LIBS)

tests_unit_cli_config_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_config_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_hush_SOURCES = tests/unit/cli_hush.c tests/unit/cli_pty.c tests/unit/cli_pty.h
tests_unit_cli_hush_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_hush_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_pam_libpam_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_pam_libpam_LDADD = libtkcli.la $(CMOCKA_LIBS) $(PAM_LIBS)

tests_unit_cli_pam_stack_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_pam_stack_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_runexec_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_runexec_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_say_SOURCES = tests/unit/cli_say.c tests/unit/cli_pty.c tests/unit/cli_pty.h
tests_unit_cli_say_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_say_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_show_SOURCES = tests/unit/cli_show.c tests/unit/cli_pty.c tests/unit/cli_pty.h
tests_unit_cli_show_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_show_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_story_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_story_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_table_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_table_LDADD = libtkcli.la $(CMOCKA_LIBS)

tests_unit_cli_term_SOURCES = tests/unit/cli_term.c tests/unit/cli_pty.c tests/unit/cli_pty.h
tests_unit_cli_term_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_term_LDADD = libtkcli.la $(CMOCKA_LIBS)
endif
