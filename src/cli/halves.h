/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_HALVES_H
#define TWOKEY_CLI_HALVES_H

#include "base/secret.h"

/*
 * Shows a value in two halves, one after the other, on the alternate screen
 * (cli/present.h): for two people each of whom types one, so that nobody sees all of it.
 * Before each half everybody is told who turns away, and Enter is waited for.  title: the
 * record's name; label: the field's; seconds: how long each half stays.
 * ERR_INPUT for a value that is no clean text of 8 bytes and more, before anything is shown;
 * else as term_line and present_show.  Ctrl-C at a half: ERR_CANCELLED, the rest stays unseen.
 */
int halves_show(const char *title, const char *label, const struct secret *value, int seconds,
    struct err *e);

#endif
