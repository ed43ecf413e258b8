/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/error.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aws/reply.h"
#include "aws/xml.h"
#include "base/text.h"

/* Codes of the services' models and of "Common Errors" in their references. */
static const struct {
	const char *code;
	enum aws_kind kind;
} error_kinds[] = {
	{ "AccessDenied", AWS_DENIED }, { "AccessDeniedException", AWS_DENIED },
	{ "AuthorizationError", AWS_DENIED }, { "NotAuthorized", AWS_DENIED },
	{ "UnauthorizedOperation", AWS_DENIED }, { "KmsAccessDenied", AWS_DENIED },
	{ "OptInRequired", AWS_DENIED }, { "AccountProblem", AWS_DENIED },
	{ "AllAccessDisabled", AWS_DENIED }, { "InvalidSecurity", AWS_DENIED },
	{ "ExpiredToken", AWS_EXPIRED }, { "ExpiredTokenException", AWS_EXPIRED },
	{ "TokenRefreshRequired", AWS_EXPIRED },
	{ "UnrecognizedClientException", AWS_UNKNOWN_KEY },
	{ "InvalidClientTokenId", AWS_UNKNOWN_KEY }, { "InvalidAccessKeyId", AWS_UNKNOWN_KEY },
	{ "InvalidToken", AWS_UNKNOWN_KEY },
	{ "MissingAuthenticationToken", AWS_UNKNOWN_KEY },
	{ "MissingAuthenticationTokenException", AWS_UNKNOWN_KEY },
	{ "SignatureDoesNotMatch", AWS_SIGNATURE }, { "InvalidSignatureException", AWS_SIGNATURE },
	{ "IncompleteSignature", AWS_SIGNATURE }, { "IncompleteSignatureException", AWS_SIGNATURE },
	{ "RequestTimeTooSkewed", AWS_SKEW }, { "RequestExpired", AWS_SKEW },
	{ "RequestInTheFuture", AWS_SKEW },
	{ "Throttling", AWS_THROTTLED }, { "ThrottlingException", AWS_THROTTLED },
	{ "ThrottledException", AWS_THROTTLED }, { "RequestThrottled", AWS_THROTTLED },
	{ "RequestThrottledException", AWS_THROTTLED }, { "KmsThrottled", AWS_THROTTLED },
	{ "TooManyRequestsException", AWS_THROTTLED }, { "RequestLimitExceeded", AWS_THROTTLED },
	{ "BandwidthLimitExceeded", AWS_THROTTLED }, { "SlowDown", AWS_THROTTLED },
	{ "PriorRequestNotComplete", AWS_THROTTLED },
	{ "InternalError", AWS_SERVER }, { "InternalFailure", AWS_SERVER },
	{ "InternalServerError", AWS_SERVER }, { "InternalServerException", AWS_SERVER },
	{ "ServiceUnavailable", AWS_SERVER }, { "ServiceUnavailableException", AWS_SERVER },
	{ "ServiceException", AWS_SERVER }, { "ServiceFailure", AWS_SERVER },
	{ "RequestTimeout", AWS_SERVER }, { "RequestTimeoutException", AWS_SERVER },
	{ "KMSInternalException", AWS_SERVER }, { "DependencyTimeoutException", AWS_SERVER },
	{ "KeyUnavailableException", AWS_SERVER },
	{ "NoSuchKey", AWS_MISSING }, { "NoSuchBucket", AWS_MISSING },
	{ "NoSuchVersion", AWS_MISSING }, { "NoSuchEntity", AWS_MISSING },
	{ "NotFound", AWS_MISSING }, { "NotFoundException", AWS_MISSING },
	{ "ResourceNotFoundException", AWS_MISSING }, { "QueueDoesNotExist", AWS_MISSING },
	{ "AWS.SimpleQueueService.NonExistentQueue", AWS_MISSING },
	{ "AWSOrganizationsNotInUseException", AWS_MISSING },
	{ "OrganizationNotFoundException", AWS_MISSING }, { "ReportNotPresent", AWS_MISSING },
	{ "ReportExpired", AWS_MISSING }, { "ReportInProgress", AWS_MISSING },
	{ "InvalidCiphertextException", AWS_SEALED }, { "IncorrectKeyException", AWS_SEALED },
};

static int error_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

int aws_error_is(const struct aws_error *x, const char *code)
{
	return error_same(x->code, code);
}

enum aws_kind aws_error_kind(const struct aws_error *x)
{
	size_t i;

	for (i = 0; i < sizeof(error_kinds) / sizeof(error_kinds[0]); i++)
		if (error_same(x->code, error_kinds[i].code))
			return error_kinds[i].kind;
	if (x->status == 429)
		return AWS_THROTTLED;
	if (x->status >= 500)
		return AWS_SERVER;
	/* A proxy or a load balancer that answers for the service. */
	if (x->code[0] == '\0' && x->status == 403)
		return AWS_DENIED;
	return x->code[0] == '\0' && x->status == 404 ? AWS_MISSING : AWS_OTHER;
}

/* "ns#Name", "Name:http://..." -> "Name" */
static void error_code(struct aws_error *out, const char *s)
{
	const char *hash = strrchr(s, '#');

	if (hash != NULL)
		s = hash + 1;
	text_escape(out->code, sizeof(out->code), s, strcspn(s, ":"));
}

static void error_json(struct aws_error *out, const char *body, size_t len)
{
	struct reply v = REPLY_INIT;
	char text[1024];

	if (reply_parse(&v, body, len) == 0) {
		if (reply_copy(text, sizeof(text), &v, reply_get(&v, 0, "__type")) == 0 ||
		    reply_copy(text, sizeof(text), &v, reply_get(&v, 0, "code")) == 0)
			error_code(out, text);
		if (reply_copy(text, sizeof(text), &v, reply_get(&v, 0, "message")) == 0 ||
		    reply_copy(text, sizeof(text), &v, reply_get(&v, 0, "Message")) == 0)
			text_escape(out->message, sizeof(out->message), text, strlen(text));
	}
	reply_free(&v);
}

/* query: <ErrorResponse><Error>...</Error><RequestId/></ErrorResponse>; S3: <Error>...</Error> */
static void error_xml(struct aws_error *out, const char *body, size_t len)
{
	struct xml x = XML_INIT;
	char text[1024];
	uint32_t inner;

	if (xml_parse(&x, body, len) == 0) {
		inner = xml_is(&x, 0, "Error") ? 0 : xml_child(&x, 0, "Error");
		if (xml_copy(text, sizeof(text), &x, xml_child(&x, inner, "Code")) == 0)
			error_code(out, text);
		if (xml_copy(text, sizeof(text), &x, xml_child(&x, inner, "Message")) == 0)
			text_escape(out->message, sizeof(out->message), text, strlen(text));
		if (xml_copy(text, sizeof(text), &x, xml_child(&x, 0, "RequestId")) == 0)
			text_escape(out->request_id, sizeof(out->request_id), text, strlen(text));
	}
	xml_free(&x);
}

void aws_error_read(struct aws_error *out, const struct net_answer *a, const char *body,
    size_t len)
{
	const char *h;

	memset(out, 0, sizeof(*out));
	out->status = a->status;
	h = net_header(a, "x-amzn-requestid");
	if (h == NULL)
		h = net_header(a, "x-amz-request-id");
	if (h != NULL)
		text_escape(out->request_id, sizeof(out->request_id), h, strlen(h));
	while (len > 0 && strchr(" \t\r\n", *body) != NULL && *body != '\0')
		body++, len--;
	if (len > 0 && *body == '{')
		error_json(out, body, len);
	else if (len > 0)
		error_xml(out, body, len);
	h = net_header(a, "x-amzn-errortype");
	if (h != NULL)
		error_code(out, h);
}

static int error_denied(struct err *e, const struct aws_error *x, const char *action)
{
	(void)err_set(e, ERR_STORE, "AWS does not allow %s with this key%s%s.", action,
	    x->message[0] == '\0' ? "" : ": ", x->message);
	(void)err_hint(e, "Add a statement with Effect Allow and Action %s to a policy of the user or "
	    "role whose key this is.", action);
	return ERR_STORE;
}

int aws_error_set(struct err *e, const struct aws_error *x, const char *action)
{
	enum err_code code = ERR_STORE;

	switch (aws_error_kind(x)) {
	case AWS_DENIED:
		return error_denied(e, x, action);
	case AWS_EXPIRED:
		(void)err_set(e, ERR_STORE, "AWS refuses %s: the temporary credentials have expired.",
		    action);
		(void)err_hint(e, "Get new ones, or use a credential_process that does.");
		return ERR_STORE;
	case AWS_UNKNOWN_KEY:
		(void)err_set(e, ERR_STORE, "AWS refuses %s: it does not know this access key (%s).",
		    action, x->code);
		(void)err_hint(e, "Look whether the key is still active, of this partition, and that "
		    "its session token stands beside it.");
		return ERR_STORE;
	case AWS_SIGNATURE:
		(void)err_set(e, ERR_STORE, "AWS refuses %s: the signature does not fit (%s%s%s).",
		    action, x->code, x->message[0] == '\0' ? "" : ": ", x->message);
		(void)err_hint(e, "Look at the secret access key, and at this machine's clock.");
		return ERR_STORE;
	case AWS_SKEW:
		(void)err_set(e, ERR_STORE, "AWS refuses %s: this machine's clock is off (%s).", action,
		    x->code);
		(void)err_hint(e, "Set the clock: timedatectl shows it.");
		return ERR_STORE;
	case AWS_THROTTLED:
		(void)err_set(e, ERR_STORE, "AWS is asked for %s too often (%s); waiting did not help.",
		    action, x->code[0] == '\0' ? "HTTP 429" : x->code);
		(void)err_hint(e, "Try again later; something else in this account may use up the "
		    "limit.");
		return ERR_STORE;
	case AWS_SERVER:
		(void)err_set(e, ERR_STORE, "AWS is in trouble with %s (%s, HTTP %d); waiting did not "
		    "help.", action, x->code[0] == '\0' ? "no code" : x->code, x->status);
		(void)err_hint(e, "Try again later.");
		return ERR_STORE;
	case AWS_MISSING:
		code = ERR_MISSING;
		break;
	case AWS_SEALED:
		code = ERR_TAMPERED;
		break;
	case AWS_OTHER:
		break;
	}
	return err_set(e, code, "AWS answers %s to %s%s%s (HTTP %d, request %s).",
	    x->code[0] == '\0' ? "without a code" : x->code, action,
	    x->message[0] == '\0' ? "" : ": ", x->message, x->status,
	    x->request_id[0] == '\0' ? "unknown" : x->request_id);
}

int64_t aws_http_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4] = "", *at;
	const char *found;
	struct tm tm = { 0 };
	int n = 0;

	at = strchr(text, ',');
	if (at == NULL || sscanf(at, ", %2d %3s %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month,
	    &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 6 || n == 0)
		return -1;
	found = strlen(month) == 3 ? strstr(months, month) : NULL;
	if (found == NULL || (found - months) % 3 != 0 || tm.tm_year < 1970 || tm.tm_mday < 1)
		return -1;
	tm.tm_mon = (int)(found - months) / 3;
	tm.tm_year -= 1900;
	return (int64_t)timegm(&tm) * 1000;
}
