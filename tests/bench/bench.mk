# SPDX-License-Identifier: BSD-2-Clause
# What tools/bench measures with: built when it asks for them, and with the tests.
EXTRA_PROGRAMS = tests/bench/judge tests/bench/make_log tests/bench/make_trail tests/bench/unpack tests/bench/on_terminal tests/bench/write_durably
CLEANFILES += $(EXTRA_PROGRAMS)
tests_bench_make_log_SOURCES = tests/bench/make_log.c
tests_bench_make_log_LDADD = libtkfake.la libtklog.la libtkstore.la libtkvault.la libtkcrypto.la \
	libtkbase.la
tests_bench_judge_SOURCES = tests/bench/judge.c
tests_bench_judge_LDADD = libtkcorrelate.la
tests_bench_judge_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_bench_make_trail_SOURCES = tests/bench/make_trail.c
tests_bench_make_trail_LDADD = libtkbase.la $(DEFLATE_LIBS)
tests_bench_unpack_SOURCES = tests/bench/unpack.c
tests_bench_unpack_LDADD = $(DEFLATE_LIBS)
tests_bench_unpack_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_bench_on_terminal_SOURCES = tests/bench/on_terminal.c
tests_bench_write_durably_SOURCES = tests/bench/write_durably.c
check-local: $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/bench/login.sh
