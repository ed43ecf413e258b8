/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_XML_H
#define TWOKEY_AWS_XML_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The XML that AWS's services answer in, and no more of XML: elements that hold
 * either elements or text.  Attributes are stepped over; white space between
 * elements is none of the text.  Refused are a document type, comments, processing
 * instructions behind the declaration, CDATA, entities but the five and character
 * references, more than XML_DEPTH levels or XML_NODES elements.
 */
#define XML_DEPTH 12
#define XML_NODES 65536
#define XML_NONE UINT32_MAX

struct xml_node {
	uint32_t name, name_len;	/* bytes in text, prefix included */
	uint32_t at, len;		/* the text of an element without children, as it stands */
	uint32_t next;			/* the node behind this one and all it holds */
};

/* Start with XML_INIT; end with xml_free. nodes[0] is the outermost element. */
struct xml {
	const char *text;		/* lent */
	size_t len;
	struct xml_node *nodes;
	size_t n, cap;
	const char *why;		/* after a failure, a few words */
};
#define XML_INIT { NULL, 0, NULL, 0, 0, NULL }

/* 0, or -1 with x->why. text stays in use. */
int xml_parse(struct xml *x, const char *text, size_t len);
void xml_free(struct xml *x);

/* 1 when the element has this name. */
int xml_is(const struct xml *x, uint32_t node, const char *name);
/* The first child; of `parent` the one behind `child`. XML_NONE at the end. */
uint32_t xml_first(const struct xml *x, uint32_t parent);
uint32_t xml_after(const struct xml *x, uint32_t parent, uint32_t child);
/* The first child of that name, "a/b" for a child of a child; XML_NONE without one, or
 * when node is XML_NONE. */
uint32_t xml_child(const struct xml *x, uint32_t node, const char *path);
/* Appends an element's text, references resolved; nothing for XML_NONE. */
void xml_text(struct buf *out, const struct xml *x, uint32_t node);
/* Copies it as a string; -1 when it does not fit, holds a NUL or there is no such node. */
int xml_copy(char *out, size_t cap, const struct xml *x, uint32_t node);

#endif
