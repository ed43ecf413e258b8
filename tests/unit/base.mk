# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/unit/unit.h \
	tests/fuzz/fuzz_frame.c \
	tests/fuzz/fuzz_json.c \
	tests/fuzz/corpus/frame/cut \
	tests/fuzz/corpus/frame/empty \
	tests/fuzz/corpus/frame/falling \
	tests/fuzz/corpus/frame/huge \
	tests/fuzz/corpus/frame/list \
	tests/fuzz/corpus/frame/nul \
	tests/fuzz/corpus/frame/number \
	tests/fuzz/corpus/frame/text \
	tests/fuzz/corpus/frame/version \
	tests/fuzz/corpus/json/control \
	tests/fuzz/corpus/json/deep \
	tests/fuzz/corpus/json/empty-array \
	tests/fuzz/corpus/json/empty-object \
	tests/fuzz/corpus/json/escapes \
	tests/fuzz/corpus/json/float \
	tests/fuzz/corpus/json/log-line \
	tests/fuzz/corpus/json/loose \
	tests/fuzz/corpus/json/numbers \
	tests/fuzz/corpus/json/too-deep \
	tests/fuzz/corpus/json/twice \
	tests/fuzz/corpus/json/utf8 \
	tests/fuzz/corpus/json/words
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/base_codec tests/unit/base_corpus tests/unit/base_file tests/unit/base_frame \
	tests/unit/base_json tests/unit/base_json_tree tests/unit/base_secret \
	tests/unit/base_text
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
endif
