/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CLIP_H
#define TWOKEY_CLI_CLIP_H

#include "base/secret.h"
#include "cli/term.h"

enum clip_way {
	CLIP_OSC52,	/* the terminal's own clipboard, also over ssh */
	CLIP_WAYLAND,	/* /usr/bin/wl-copy */
	CLIP_X11	/* /usr/bin/xclip */
};
/* For people: "the terminal (OSC 52)", "wl-copy", "xclip". */
const char *clip_name(enum clip_way way);
/* wl-copy or xclip when they are there and their display is; else OSC 52.
 * Root always gets OSC 52: it runs no program because of its environment. */
enum clip_way clip_choose(void);
/* ERR_USAGE when that would be OSC 52 and TERM is dumb or not set: what is no
 * control sequence to a terminal is text on its screen. */
int clip_possible(struct err *e);

/*
 * Puts the secret on the clipboard, waits `seconds` with a countdown on the
 * terminal (Enter ends it sooner, signals too), and clears it.  Helpers read
 * it from stdin and are ended afterwards.  At most 64 KiB.  ERR_IO when a
 * helper fails.  The clipboard is cleared in every case.
 */
int clip_hold(struct term *t, enum clip_way way, const struct secret *s, const char *label,
    int seconds, struct err *e);

#endif
