# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/unit/unit.h
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/base_child tests/unit/base_codec tests/unit/base_corpus tests/unit/base_file tests/unit/base_frame \
	tests/unit/base_json tests/unit/base_json_tree tests/unit/base_secret \
	tests/unit/base_text tests/unit/base_view
tests_unit_base_child_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_child_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_codec_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_codec_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_corpus_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_corpus_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_file_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_frame_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_frame_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_json_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_json_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_json_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_json_tree_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_secret_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_secret_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_text_LDADD = libtkbase.la $(CMOCKA_LIBS)
tests_unit_base_view_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_view_LDADD = libtkbase.la $(CMOCKA_LIBS)
endif
