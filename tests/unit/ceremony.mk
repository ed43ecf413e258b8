# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/ceremony_person tests/unit/ceremony_words

tests_unit_ceremony_person_SOURCES = tests/unit/ceremony_person.c tests/unit/unit.h
tests_unit_ceremony_person_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ceremony_person_LDADD = libtkceremony.la libtkfake.la libtkbase.la $(CMOCKA_LIBS)

tests_unit_ceremony_words_SOURCES = tests/unit/ceremony_words.c tests/unit/unit.h
tests_unit_ceremony_words_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ceremony_words_LDADD = libtkceremony.la libtkbase.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/ceremony_ask tests/unit/ceremony_counters tests/unit/ceremony_held

tests_unit_ceremony_ask_SOURCES = tests/unit/ceremony_ask.c tests/unit/ceremony_place.h
tests_unit_ceremony_ask_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ceremony_ask_LDADD = libtkceremony.la libtktoken.la libtklogfake.la $(CMOCKA_LIBS)

tests_unit_ceremony_held_SOURCES = tests/unit/ceremony_held.c tests/unit/ceremony_place.h
tests_unit_ceremony_held_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ceremony_held_LDADD = libtkceremony.la libtktoken.la libtklogfake.la $(CMOCKA_LIBS)

tests_unit_ceremony_counters_SOURCES = tests/unit/ceremony_counters.c
tests_unit_ceremony_counters_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ceremony_counters_LDADD = libtkceremony.la libtktoken.la libtklogfake.la \
	$(CMOCKA_LIBS)
endif
