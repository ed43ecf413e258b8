/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_EVENT_LOCAL_H
#define TWOKEY_CORRELATE_EVENT_LOCAL_H

#include "base/view.h"
#include "correlate/event.h"

#define EVENT_AGENT_MAX 160	/* bytes of a userAgent that are kept */

/* Reads the record at obj.  1: *ev is filled in, its strings point into text, a room
 * of EVENT_TEXT_MAX bytes; 0: it does not concern root; -1: *why says what is wrong. */
#define EVENT_TEXT_MAX 4096
int event_read(struct event *ev, char text[EVENT_TEXT_MAX], const struct view *v, uint32_t obj,
    const char **why);
/* "2021-07-30T10:37:34Z", with a fraction perhaps, which does not count: ms, or -1. */
int64_t event_time(const struct view *v, uint32_t node);
/* 1 when obj has the member that makes it a record. */
int event_is_record(const struct view *v, uint32_t obj);

#endif
