/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/kms.h"

#include <string.h>

#include "aws/call.h"
#include "base/codec.h"
#include "base/text.h"

/* What needs no escape in JSON, and no second thought in CloudTrail. */
static int plain_word(const char *s)
{
	return *s != '\0' && strlen(s) <= KMS_ARN_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/=@+") ==
	    strlen(s);
}

/* Base64 of secret bytes goes into memory that is wiped, so no tree is built. */
static int use_body(struct secret **out, const struct kms_use *u, const char *member,
    const void *data, size_t len, struct err *e)
{
	struct buf rest = BUF_INIT;
	size_t i;
	int r = 0;

	if (!plain_word(u->key) || len == 0 || len > KMS_BLOB_MAX)
		r = err_set(e, ERR_USAGE, "The name of a KMS key, or what it is to work on, is malformed.");
	buf_printf(&rest, "\",\"KeyId\":\"%s\",\"EncryptionContext\":{", u->key);
	for (i = 0; r == 0 && i < u->n_context; i++) {
		if (!plain_word(u->context[i].name) || !plain_word(u->context[i].value))
			r = err_set(e, ERR_USAGE, "An encryption context is malformed.");
		buf_printf(&rest, "%s\"%s\":\"%s\"", i == 0 ? "" : ",", u->context[i].name,
		    u->context[i].value);
	}
	buf_puts(&rest, "}}");
	if (r == 0 && !buf_ok(&rest))
		r = err_set(e, ERR_MEMORY, "No memory is left for a request.");
	if (r == 0)
		r = secret_new(out, rest.len + BASE64_LEN(len) + 64, e);
	if (r == 0) {
		r = secret_append(*out, "{\"", 2, e);
		if (r == 0)
			r = secret_append(*out, member, strlen(member), e);
		if (r == 0)
			r = secret_append(*out, "\":\"", 3, e);
		base64_encode((char *)(*out)->data + (*out)->len, data, len);
		(*out)->len += BASE64_LEN(len);
		if (r == 0)
			r = secret_append(*out, rest.data, rest.len, e);
	}
	buf_free(&rest);
	return r;
}

/* Base64 needs no escapes: it is decoded where it lies. */
static int use_bytes(struct secret *out, const struct reply *v, uint32_t node)
{
	if (!reply_is(v, node, REPLY_STRING))
		return -1;
	return base64_decode(out->data, out->cap, &out->len, v->text + v->nodes[node].at,
	    v->nodes[node].len);
}

/* One use of a key: the answer's member `answer`, decoded. */
static int use_call(struct aws *a, struct kms_use *u, const char *action, const char *member,
    const void *data, size_t len, const char *answer, struct secret **out, struct err *e)
{
	struct aws_call c = { .service = "kms", .action = action, .region = u->region };
	struct aws_read in = { .answer = { .why = NET_ANSWERED } };
	struct secret *body = NULL;
	const char *id;
	int r;

	*out = NULL;
	u->request_id[0] = u->arn[0] = '\0';
	r = use_body(&body, u, member, data, len, e);
	if (r == 0) {
		c.body = (const char *)body->data;
		r = aws_call(a, &c, &in.answer, NULL, e);
		id = net_header(&in.answer, "x-amzn-requestid");
		if (id != NULL)
			text_escape(u->request_id, sizeof(u->request_id), id, strlen(id));
	}
	if (r == 0 && reply_parse(&in.v, buf_str(&in.answer.body), in.answer.body.len) != 0)
		r = aws_malformed(e, &c, in.v.why);
	if (r == 0)
		r = secret_new(out, KMS_BLOB_MAX, e);
	if (r == 0 && (reply_copy(u->arn, sizeof(u->arn), &in.v, reply_get(&in.v, 0, "KeyId")) != 0 ||
	    !plain_word(u->arn) || use_bytes(*out, &in.v, reply_get(&in.v, 0, answer)) != 0))
		r = aws_malformed(e, &c, "it lacks the key or the bytes");
	aws_read_free(&in);
	secret_free(&body);
	if (r != 0)
		secret_free(out);
	return r;
}

int kms_encrypt(struct aws *a, struct kms_use *u, const void *plain, size_t len, uint8_t *blob,
    size_t *blob_len, struct err *e)
{
	struct secret *out = NULL;
	int r;

	*blob_len = 0;
	if (len > KMS_PLAIN_MAX)
		return err_set(e, ERR_USAGE, "KMS encrypts %d bytes at most.", KMS_PLAIN_MAX);
	r = use_call(a, u, "Encrypt", "Plaintext", plain, len, "CiphertextBlob", &out, e);
	if (r == 0) {
		memcpy(blob, out->data, out->len);
		*blob_len = out->len;
	}
	secret_free(&out);
	return r;
}

int kms_decrypt(struct aws *a, struct kms_use *u, const uint8_t *blob, size_t len,
    struct secret **plain, struct err *e)
{
	return use_call(a, u, "Decrypt", "CiphertextBlob", blob, len, "Plaintext", plain, e);
}

int kms_describe(struct aws *a, const char *region, const char *key, struct kms_key *out,
    struct err *e)
{
	const struct aws_call c = { .service = "kms", .action = "DescribeKey", .region = region };
	json *j = json_new_object();
	struct aws_read in;
	uint32_t meta;
	int r;

	memset(out, 0, sizeof(*out));
	if (json_set_str(j, "KeyId", key) != 0)
		json_free(&j);
	r = aws_call_json(a, &c, j, &in, NULL, e);
	meta = reply_get(&in.v, 0, "KeyMetadata");
	if (r == 0 && (reply_copy(out->arn, sizeof(out->arn), &in.v, reply_get(&in.v, meta, "Arn")) != 0 ||
	    reply_copy(out->state, sizeof(out->state), &in.v, reply_get(&in.v, meta, "KeyState")) != 0 ||
	    reply_copy(out->usage, sizeof(out->usage), &in.v, reply_get(&in.v, meta, "KeyUsage")) != 0 ||
	    reply_copy(out->spec, sizeof(out->spec), &in.v, reply_get(&in.v, meta, "KeySpec")) != 0 ||
	    reply_copy(out->origin, sizeof(out->origin), &in.v, reply_get(&in.v, meta, "Origin")) != 0 ||
	    !plain_word(out->arn) || !plain_word(out->origin) || !plain_word(out->state) || !plain_word(out->usage) ||
	    !plain_word(out->spec)))
		r = aws_malformed(e, &c, "it lacks what a key is");
	aws_read_free(&in);
	return r;
}

int kms_policy(struct aws *a, const char *region, const char *key, struct buf *out, struct err *e)
{
	const struct aws_call c = { .service = "kms", .action = "GetKeyPolicy", .region = region };
	json *j = json_new_object();
	struct aws_read in;
	int r;

	/* A key has one, of this name (KMS API reference, GetKeyPolicy). */
	if (json_set_str(j, "KeyId", key) | json_set_str(j, "PolicyName", "default"))
		json_free(&j);
	r = aws_call_json(a, &c, j, &in, NULL, e);
	if (r == 0 && reply_text(out, &in.v, reply_get(&in.v, 0, "Policy")) != 0)
		r = aws_malformed(e, &c, "it has no policy");
	aws_read_free(&in);
	return r;
}
