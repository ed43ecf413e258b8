/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_proto.h"

enum proto_many { ONE, MAY, LIST };

struct proto_field {
	uint8_t tag;
	uint8_t many;
	uint16_t min, max;	/* bytes */
};

struct proto_shape {
	enum proto_type type;
	struct proto_field field[16];	/* ended by tag 0 */
};

#define U32(tag) { (tag), ONE, 4, 4 }

static const struct proto_shape proto_shapes[] = {
	{ PROTO_LIST, { { 0 } } },
	{ PROTO_OPEN, { { TAG_PATH, ONE, 1, 127 }, U32(TAG_LIMIT) } },
	{ PROTO_GET_INFO, { { 0 } } },
	{ PROTO_PREFLIGHT, { { TAG_ID, LIST, 1, TOKEN_ID_MAX } } },
	{ PROTO_WAIT_TOUCH, { U32(TAG_LIMIT) } },
	{ PROTO_MAKE, { U32(TAG_LIMIT), { TAG_CDH, ONE, 32, 32 }, { TAG_ID, LIST, 1, TOKEN_ID_MAX },
	    { TAG_PIN, MAY, PROTO_PIN_MIN, PROTO_PIN_MAX }, { TAG_USER_NAME, ONE, 1, 63 },
	    { TAG_USER_ID, ONE, 16, 16 }, U32(TAG_PROTECTION), U32(TAG_TRY_EDDSA) } },
	{ PROTO_ASSERT, { U32(TAG_LIMIT), { TAG_CDH, ONE, 32, 32 },
	    { TAG_ID, LIST, 1, TOKEN_ID_MAX }, { TAG_SALT1, MAY, 32, 32 },
	    { TAG_SALT2, MAY, 32, 32 }, { TAG_PIN, MAY, PROTO_PIN_MIN, PROTO_PIN_MAX },
	    U32(TAG_UV), U32(TAG_KEPT) } },

	{ PROTO_DEVICES, { { TAG_PATH, LIST, 1, 127 }, { TAG_PRODUCT, LIST, 0, 95 },
	    { TAG_VENDOR, LIST, 0, 95 } } },
	{ PROTO_INFO, { { TAG_AAGUID, ONE, 16, 16 }, U32(TAG_FIRMWARE), U32(TAG_FIDO2),
	    U32(TAG_HMAC_SECRET), U32(TAG_CRED_PROTECT), U32(TAG_PIN_SET), U32(TAG_UV_KIND),
	    U32(TAG_ALWAYS_UV), U32(TAG_MAX_LIST), U32(TAG_MAX_ID), U32(TAG_MAX_MSG),
	    U32(TAG_EDDSA), U32(TAG_PIN_TRIES) } },
	{ PROTO_FOUND, { U32(TAG_HAS), U32(TAG_WHICH) } },
	{ PROTO_TOUCH_NOW, { { 0 } } },
	{ PROTO_TOUCHED, { { 0 } } },
	{ PROTO_CREDENTIAL, { { TAG_ID, ONE, 1, TOKEN_ID_MAX }, U32(TAG_PROTECTION),
	    U32(TAG_HMAC_SECRET), U32(TAG_ALG), { TAG_KEY, ONE, 32, 64 },
	    { TAG_AUTHDATA, ONE, 37, TOKEN_AUTHDATA_MAX }, { TAG_SIG, ONE, 0, TOKEN_SIG_MAX },
	    { TAG_FORMAT, ONE, 1, 31 }, { TAG_CERT, ONE, 0, TOKEN_CERT_MAX } } },
	{ PROTO_ASSERTION, { { TAG_ID, ONE, 1, TOKEN_ID_MAX },
	    { TAG_AUTHDATA, ONE, 37, TOKEN_AUTHDATA_MAX }, { TAG_SIG, ONE, 1, TOKEN_SIG_MAX },
	    { TAG_HMAC1, MAY, 32, 32 }, { TAG_HMAC2, MAY, 32, 32 } } },
	{ PROTO_FAILED, { U32(TAG_PIN_TRIES), U32(TAG_CODE), U32(TAG_ELAPSED), U32(TAG_ERRNO) } },
};

static const struct proto_shape *proto_shape_of(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(proto_shapes) / sizeof(proto_shapes[0]); i++)
		if (proto_shapes[i].type == type)
			return &proto_shapes[i];
	return NULL;
}

/* The number of fields with this tag, or -1 when one has a wrong length. */
static int proto_count(const struct frame *f, const struct proto_field *field)
{
	size_t n, len;

	for (n = 0; frame_get(f, field->tag, n, &len) != NULL; n++)
		if (len < field->min || len > field->max || n == PROTO_IDS_MAX)
			return -1;
	return (int)n;
}

int proto_check(const struct frame *f, struct err *e)
{
	const struct proto_shape *shape = proto_shape_of(f->type);
	uint8_t tags[17] = { 0 };
	size_t i;

	if (shape == NULL)
		return err_set(e, ERR_INPUT, "Message %u is not known.", f->type);
	for (i = 0; i < 16 && shape->field[i].tag != 0; i++) {
		const struct proto_field *field = &shape->field[i];
		const int n = proto_count(f, field);

		if (n < 0 || (n == 0 && field->many == ONE) || (n > 1 && field->many != LIST))
			return err_set(e, ERR_INPUT, "Field %u of message %u is malformed.",
			    field->tag, f->type);
		tags[i] = field->tag;
	}
	return frame_only(f, tags, e);
}
