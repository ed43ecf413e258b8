/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/iam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/call.h"
#include "aws/client_local.h"
#include "aws/sigv4.h"
#include "base/codec.h"

#define REPORT_WAIT_MS 2000
#define REPORT_WAITS 30
#define REPORT_BYTES (48u << 20)
#define PAGES 1000

static const struct aws_call iam_call = { .service = "iam" };

int iam_summary(struct aws *a, struct iam_summary *out, struct err *e)
{
	const struct { const char *name; int *to; } known[] = {
		{ "AccountMFAEnabled", &out->root_mfa },
		{ "AccountAccessKeysPresent", &out->root_keys },
		{ "AccountSigningCertificatesPresent", &out->root_certificates },
		{ "AccountPasswordPresent", &out->root_password },
	};
	struct aws_call c = iam_call;
	struct aws_read in;
	char name[64], value[16];
	uint32_t map, i;
	size_t k;
	int r;

	*out = (struct iam_summary){ -1, -1, -1, -1 };
	c.action = "GetAccountSummary";
	r = aws_call_xml(a, &c, &in, NULL, e);
	map = r == 0 ? xml_child(&in.x, 0, "GetAccountSummaryResult/SummaryMap") : XML_NONE;
	if (r == 0 && map == XML_NONE)
		r = aws_malformed(e, &c, "it has no SummaryMap");
	for (i = map == XML_NONE ? XML_NONE : xml_first(&in.x, map); r == 0 && i != XML_NONE;
	    i = xml_after(&in.x, map, i)) {
		if (xml_copy(name, sizeof(name), &in.x, xml_child(&in.x, i, "key")) != 0 ||
		    xml_copy(value, sizeof(value), &in.x, xml_child(&in.x, i, "value")) != 0)
			continue;
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (strcmp(name, known[k].name) == 0)
				*known[k].to = atoi(value);
	}
	aws_read_free(&in);
	return r;
}

/* Has a report made; *made is 1 when it is complete. */
static int report_make(int *made, struct aws *a, struct err *e)
{
	struct aws_call c = iam_call;
	struct aws_read in;
	char state[32];
	int r;

	c.action = "GenerateCredentialReport";
	r = aws_call_xml(a, &c, &in, NULL, e);
	if (r == 0 && xml_copy(state, sizeof(state), &in.x,
	    xml_child(&in.x, 0, "GenerateCredentialReportResult/State")) != 0)
		r = aws_malformed(e, &c, "it has no State");
	*made = r == 0 && strcmp(state, "COMPLETE") == 0;
	aws_read_free(&in);
	return r;
}

static int report_read(struct buf *out, const struct aws_call *c, const struct aws_read *in,
    struct err *e)
{
	struct buf text = BUF_INIT;
	unsigned char *raw = NULL;
	size_t len = 0;
	int r = 0;

	xml_text(&text, &in->x, xml_child(&in->x, 0, "GetCredentialReportResult/Content"));
	raw = malloc(text.len + 1);
	if (raw == NULL || !buf_ok(&text))
		r = err_set(e, ERR_MEMORY, "No memory is left for a credential report.");
	else if (text.len == 0 || base64_decode(raw, text.len, &len, buf_str(&text), text.len) != 0)
		r = aws_malformed(e, c, "it has no Content");
	else
		buf_put(out, raw, len);
	if (r == 0 && !buf_ok(out))
		r = err_set(e, ERR_MEMORY, "No memory is left for a credential report.");
	free(raw);
	buf_free(&text);
	return r;
}

int iam_report(struct aws *a, struct buf *out, struct err *e)
{
	struct aws_call c = iam_call;
	struct aws_read in;
	int r, made = 0, waits;

	for (waits = 0; made == 0; waits++) {
		r = report_make(&made, a, e);
		if (r != 0)
			return r;
		if (made == 0 && waits == REPORT_WAITS) {
			(void)err_set(e, ERR_STORE, "AWS has not made the credential report in time.");
			(void)err_hint(e, "Try again in some minutes.");
			return ERR_STORE;
		}
		if (made == 0)
			a->s.timing.sleep(a->s.timing.ctx, REPORT_WAIT_MS);
	}
	c.action = "GetCredentialReport";
	c.answer_max = REPORT_BYTES;
	r = aws_call_xml(a, &c, &in, NULL, e);
	if (r == 0)
		r = report_read(out, &c, &in, e);
	aws_read_free(&in);
	return r;
}

static int arn_ends(const char *arn, const char *account, const char *end)
{
	char want[128];
	const char *at = strstr(arn, ":iam::");

	(void)snprintf(want, sizeof(want), ":iam::%s:%s", account, end);
	return at != NULL && strcmp(at, want) == 0;
}

int iam_mfa_is_root(const char *serial, const char *user, const char *account)
{
	return arn_ends(user, account, "root") ||
	    arn_ends(serial, account, "mfa/root-account-mfa-device");
}

static int mfa_page(const struct aws_call *c, const struct aws_read *in, iam_mfa_fn *fn, void *ctx,
    struct err *e)
{
	const uint32_t list = xml_child(&in->x, 0, "ListVirtualMFADevicesResult/VirtualMFADevices");
	char serial[512], user[512];
	uint32_t i;
	int r = 0;

	if (list == XML_NONE)
		return aws_malformed(e, c, "it has no VirtualMFADevices");
	for (i = xml_first(&in->x, list); r == 0 && i != XML_NONE; i = xml_after(&in->x, list, i)) {
		if (xml_copy(user, sizeof(user), &in->x, xml_child(&in->x, i, "User/Arn")) != 0)
			user[0] = '\0';
		r = xml_copy(serial, sizeof(serial), &in->x, xml_child(&in->x, i, "SerialNumber")) != 0 ?
		    aws_malformed(e, c, "a device has no SerialNumber") : fn(ctx, serial, user, e);
	}
	return r;
}

int iam_virtual_mfa(struct aws *a, iam_mfa_fn *fn, void *ctx, struct err *e)
{
	struct aws_call c = iam_call;
	char marker[1024] = "", more[8] = "true";
	int r = 0, page;

	c.action = "ListVirtualMFADevices";
	for (page = 0; r == 0 && strcmp(more, "true") == 0 && page < PAGES; page++) {
		struct buf body = BUF_INIT;
		struct aws_read in;
		uint32_t result;

		buf_puts(&body, "AssignmentStatus=Assigned");
		if (marker[0] != '\0') {
			buf_puts(&body, "&Marker=");
			sigv4_encode(&body, marker, strlen(marker), 0);
		}
		c.body = buf_str(&body);
		r = aws_call_xml(a, &c, &in, NULL, e);
		if (r == 0)
			r = mfa_page(&c, &in, fn, ctx, e);
		result = r == 0 ? xml_child(&in.x, 0, "ListVirtualMFADevicesResult") : XML_NONE;
		if (r == 0 && (xml_copy(more, sizeof(more), &in.x,
		    xml_child(&in.x, result, "IsTruncated")) != 0 || (strcmp(more, "true") == 0 &&
		    xml_copy(marker, sizeof(marker), &in.x, xml_child(&in.x, result, "Marker")) != 0)))
			r = aws_malformed(e, &c, "it does not say how the list goes on");
		aws_read_free(&in);
		buf_free(&body);
	}
	if (r == 0 && page == PAGES && strcmp(more, "true") == 0)
		r = aws_malformed(e, &c, "its pages do not end");
	return r;
}

static int features_read(struct iam_features *out, const struct aws_call *c,
    const struct aws_read *in, struct err *e)
{
	const uint32_t result = xml_child(&in->x, 0, "ListOrganizationsFeaturesResult");
	const uint32_t list = xml_child(&in->x, result, "EnabledFeatures");
	char name[64];
	uint32_t i;

	if (result == XML_NONE || xml_copy(out->organization, sizeof(out->organization), &in->x,
	    xml_child(&in->x, result, "OrganizationId")) != 0)
		return aws_malformed(e, c, "it has no OrganizationId");
	for (i = list == XML_NONE ? XML_NONE : xml_first(&in->x, list); i != XML_NONE;
	    i = xml_after(&in->x, list, i)) {
		if (xml_copy(name, sizeof(name), &in->x, i) != 0)
			continue;
		out->root_credentials |= strcmp(name, "RootCredentialsManagement") == 0;
		out->root_sessions |= strcmp(name, "RootSessions") == 0;
	}
	return 0;
}

int iam_features(struct aws *a, struct iam_features *out, struct err *e)
{
	static const char *const none[] = { "ServiceAccessNotEnabledException",
		"ServiceAccessNotEnabled", "AccountNotManagementOrDelegatedAdministratorException",
		"AccountNotManagementOrDelegatedAdministrator", "OrganizationNotFoundException",
		"OrganizationNotFound", "OrganizationNotInAllFeaturesModeException",
		"OrganizationNotInAllFeaturesMode" };
	struct aws_call c = iam_call;
	struct aws_error x;
	struct aws_read in;
	struct err why;
	size_t i;
	int r;

	memset(out, 0, sizeof(*out));
	err_clear(&why);
	c.action = "ListOrganizationsFeatures";
	r = aws_call_xml(a, &c, &in, &x, &why);
	for (i = 0; r != 0 && i < sizeof(none) / sizeof(none[0]); i++)
		if (aws_error_is(&x, none[i])) {
			memcpy(out->why, x.code, sizeof(out->why));
			aws_read_free(&in);
			return 0;
		}
	r = r != 0 ? err_give(e, &why) : features_read(out, &c, &in, e);
	aws_read_free(&in);
	return r;
}
