/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_CBR_H
#define SOFTKEY_CBR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * CBOR in the canonical form of CTAP2 (CTAP 2.1 section 8), read in place and written into a fixed
 * buffer; nothing is allocated. A reader's spans point into the caller's message.
 */

#define CBR_MAX_DEPTH 4	/* CTAP 2.1 section 8: at most four levels */

struct span {
	const uint8_t *p;
	size_t n;
};

/* True if the whole of msg is one item in canonical form: shortest heads, sorted unique keys,
 * definite lengths, no tags, no floats, well-formed UTF-8, nothing after it. */
bool cbr_valid(struct span msg);

/* The functions below take items of a message that cbr_valid has passed. They are false, and leave
 * *out alone, for an item of another type. An absent item is {NULL, 0}, of no type at all. */
bool cbr_uint(struct span item, uint64_t *out);
bool cbr_int(struct span item, int64_t *out);
bool cbr_bool(struct span item, bool *out);
bool cbr_bytes(struct span item, struct span *out);
bool cbr_text(struct span item, struct span *out);
bool cbr_is_map(struct span item);
bool cbr_is_array(struct span item);

/* Elements of an array, or pairs of a map. */
size_t cbr_count(struct span item);

/* The value at a key of a map, absent if there is none. */
struct span cbr_at(struct span map, int64_t key);
struct span cbr_named(struct span map, const char *key);

/* Cuts the first item off *rest: walk an array or map from cbr_inside. */
struct span cbr_inside(struct span item);
struct span cbr_next(struct span *rest);

/* A growing message; once it has overflowed, bad stays set and nothing more is written. */
struct cbw {
	uint8_t *p;
	size_t n, max;
	bool bad;
};

void cbw_raw(struct cbw *w, const void *p, size_t n);
void cbw_byte(struct cbw *w, uint8_t b);
void cbw_map(struct cbw *w, size_t pairs);
void cbw_array(struct cbw *w, size_t n);
void cbw_int(struct cbw *w, int64_t v);
void cbw_bytes(struct cbw *w, const void *p, size_t n);
void cbw_text_n(struct cbw *w, const void *p, size_t n);
void cbw_text(struct cbw *w, const char *s);
void cbw_bool(struct cbw *w, bool b);

#endif
