/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_FAULT_H
#define SOFTKEY_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_UNPLUG,
	FAULT_STRAY,
	FAULT_BAD_SIG,
	FAULT_NO_UV,
	FAULT_NO_UP,
	FAULT_COUNTER_BACK,
	FAULT_TRUNCATE,
	FAULT_HANG,
	FAULT_GARBAGE,
	FAULT_OTHER_SECRET,
	FAULT_MUTE,
	FAULT_COUNT
};

struct fault_set {
	struct {
		unsigned left;	/* operations still to be spoiled */
		int scope;	/* index into the table of scopes */
	} f[FAULT_COUNT];
};

/* Arms "NAME" or "NAME@SCOPE" for n operations, 0 to disarm. False: no such name. */
bool fault_arm(struct fault_set *s, const char *spec, unsigned n);

/* Operations that are no CTAP command of their own */
enum {
	OP_U2F = 0x100,
	OP_SILENT,	/* getAssertion with up=false */
	OP_PROBE,	/* makeCredential that only asks for a touch, with an empty pinUvAuthParam */
};

/* The faults that this operation (a CTAP command or one of the above) suffers, as bits of enum
 * fault_kind; each is used up by one. */
unsigned fault_take(struct fault_set *s, unsigned op);

/* True if a report is to be overheard: N of this fault counts reports. */
bool fault_mute(struct fault_set *s);

/* Name of the i-th fault, NULL past the end. */
const char *fault_name(unsigned i);
const char *fault_help(unsigned i);
const char *fault_scope(unsigned i);

#endif
