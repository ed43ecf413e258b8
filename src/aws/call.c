/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/call.h"

#include <string.h>

int aws_call_json(struct aws *a, const struct aws_call *c, json *body, struct aws_read *out,
    struct aws_error *x, struct err *e)
{
	struct aws_call full = *c;
	struct buf text = BUF_INIT;
	int r;

	memset(out, 0, sizeof(*out));
	r = body == NULL ? err_set(e, ERR_MEMORY, "No memory is left for a request.") :
	    json_canonical(&text, body, e);
	json_free(&body);
	full.body = buf_str(&text);
	if (r == 0)
		r = aws_call(a, &full, &out->answer, x, e);
	if (r == 0 && (reply_parse(&out->v, buf_str(&out->answer.body), out->answer.body.len) != 0))
		r = aws_malformed(e, c, out->v.why);
	else if (r == 0 && !reply_is(&out->v, 0, REPLY_OBJECT))
		r = aws_malformed(e, c, "it is no object");
	buf_free(&text);
	return r;
}

int aws_call_xml(struct aws *a, const struct aws_call *c, struct aws_read *out,
    struct aws_error *x, struct err *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = aws_call(a, c, &out->answer, x, e);
	if (r == 0 && xml_parse(&out->x, buf_str(&out->answer.body), out->answer.body.len) != 0)
		r = aws_malformed(e, c, out->x.why);
	return r;
}

void aws_read_free(struct aws_read *r)
{
	reply_free(&r->v);
	xml_free(&r->x);
	if (r->answer.body.data != NULL)
		secret_zero(r->answer.body.data, r->answer.body.len);
	net_answer_free(&r->answer);
}
