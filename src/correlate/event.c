/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/event.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "correlate/event_local.h"


/* Of the members that are looked for, each once. */
struct look {
	const char *name;
	uint32_t len;
	uint32_t *at;
};
#define LOOK(name, at) { name, sizeof(name) - 1, at }

/* 0, or -1 when one of them stands twice: readers would differ over it. */
static int look(const struct view *v, uint32_t obj, const struct look *all, size_t n)
{
	uint32_t key;

	for (size_t i = 0; i < n; i++)
		*all[i].at = VIEW_NONE;
	if (!view_is(v, obj, VIEW_OBJECT))
		return 0;
	for (key = obj + 1; key < v->nodes[obj].next; key = v->nodes[key + 1].next) {
		const struct view_node *k = &v->nodes[key];

		for (size_t i = 0; i < n; i++)
			if (k->len == all[i].len && !k->escaped &&
			    memcmp(v->text + k->at, all[i].name, k->len) == 0) {
				if (*all[i].at != VIEW_NONE)
					return -1;
				*all[i].at = key + 1;
				break;
			}
	}
	return 0;
}

struct record {
	uint32_t version, identity, time, source, name, region, address, agent, request, response,
	    more, id, read_only, type, recipient, error, message;
	uint32_t who, arn, account, key, session;	/* of userIdentity */
	uint32_t assumed, attributes;			/* of its sessionContext */
	uint32_t created, mfa;				/* of its attributes */
	uint32_t outcome;		/* of a sign-in: responseElements' member of the event's name */
};

static int look_identity(struct record *r, const struct view *v)
{
	const struct look identity[] = { LOOK("type", &r->who), LOOK("arn", &r->arn),
		LOOK("accountId", &r->account), LOOK("accessKeyId", &r->key),
		LOOK("sessionContext", &r->session) };
	const struct look session[] = { LOOK("assumedRoot", &r->assumed),
		LOOK("attributes", &r->attributes) };
	const struct look attributes[] = { LOOK("creationDate", &r->created),
		LOOK("mfaAuthenticated", &r->mfa) };

	return look(v, r->identity, identity, sizeof(identity) / sizeof(identity[0])) != 0 ||
	    look(v, r->session, session, 2) != 0 ||
	    look(v, r->attributes, attributes, 2) != 0 ? -1 : 0;
}

static int look_record(struct record *r, const struct view *v, uint32_t obj)
{
	const struct look all[] = { LOOK("eventVersion", &r->version), LOOK("userIdentity", &r->identity),
		LOOK("eventTime", &r->time), LOOK("eventSource", &r->source), LOOK("eventName", &r->name),
		LOOK("awsRegion", &r->region), LOOK("sourceIPAddress", &r->address),
		LOOK("userAgent", &r->agent), LOOK("requestParameters", &r->request),
		LOOK("responseElements", &r->response), LOOK("additionalEventData", &r->more),
		LOOK("eventID", &r->id), LOOK("readOnly", &r->read_only), LOOK("eventType", &r->type),
		LOOK("recipientAccountId", &r->recipient), LOOK("errorCode", &r->error),
		LOOK("errorMessage", &r->message) };

	return look(v, obj, all, sizeof(all) / sizeof(all[0])) != 0 ? -1 : look_identity(r, v);
}

int event_is_record(const struct view *v, uint32_t obj)
{
	return view_get(v, obj, "eventSource") != VIEW_NONE || view_get(v, obj, "eventID") != VIEW_NONE;
}

int64_t event_time(const struct view *v, uint32_t node)
{
	char text[40], whole[CLOCK_TEXT_LEN + 1];
	int64_t t;
	size_t n;

	if (view_text(v, node, text, sizeof(text)) != 0 || (n = strlen(text)) < 20 ||
	    text[n - 1] != 'Z' || (n > 20 && (text[19] != '.' ||
	    strspn(text + 20, "0123456789") != n - 21 || n == 21)))
		return -1;
	memcpy(whole, text, 19);
	memcpy(whole + 19, ".000Z", 6);
	return clock_parse(&t, whole) == 0 ? t : -1;
}

/* The text of a node in the room; "" when it is none or does not fit.  Cut to max
 * bytes unless that is 0. */
struct room {
	char *p;
	size_t left;
};
static const char *keep_text(struct room *room, const struct view *v, uint32_t node, size_t max)
{
	char *at = room->p;
	size_t n;

	if (room->left == 0 || view_text(v, node, at, room->left) != 0)
		return "";
	n = strlen(at);
	if (max != 0 && n > max) {
		for (n = max; n > 0 && ((unsigned char)at[n] & 0xc0) == 0x80; n--)
			;
		at[n] = '\0';
	}
	room->p += n + 1;
	room->left -= n + 1;
	return at;
}

static int is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

static int is_text(const struct view *v, uint32_t node, const char *word)
{
	char text[16];

	return view_text(v, node, text, sizeof(text)) == 0 && strcasecmp(text, word) == 0;
}

static int is_true(const struct view *v, uint32_t node)
{
	return view_is(v, node, VIEW_TRUE) || is_text(v, node, "true");
}

static enum event_mfa mfa_of(const struct view *v, uint32_t node)
{
	if (is_true(v, node) || is_text(v, node, "yes"))
		return EVENT_MFA_YES;
	return view_is(v, node, VIEW_FALSE) || is_text(v, node, "false") || is_text(v, node, "no") ?
	    EVENT_MFA_NO : EVENT_MFA_UNKNOWN;
}

/* Of an IAM call by root: is it about root itself?  A user is named then otherwise
 * (measured on real records: root's own calls name nobody, or this). */
static int about_root(const struct view *v, uint32_t request)
{
	char text[256];

	if (view_text(v, view_get(v, request, "serialNumber"), text, sizeof(text)) == 0 &&
	    strstr(text, "/root-account") != NULL)
		return 1;
	return view_text(v, view_get(v, request, "userName"), text, sizeof(text)) != 0 ||
	    strcmp(text, "AWS ROOT USER") == 0;
}

static enum event_kind sign_in_kind(const char *name, int failed)
{
	static const struct { const char *name; enum event_kind kind; } all[] = {
		{ "CheckMfa", EVENT_MFA_ASKED }, { "PasswordUpdated", EVENT_PASSWORD_UPDATED },
		{ "PasswordRecoveryRequested", EVENT_RECOVERY_REQUESTED },
		{ "PasswordRecoveryCompleted", EVENT_RECOVERY_COMPLETED },
		{ "EmailUpdated", EVENT_EMAIL_UPDATED }
	};

	if (strcmp(name, "ConsoleLogin") == 0)
		return failed ? EVENT_SIGN_IN_FAILED : EVENT_SIGN_IN;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(name, all[i].name) == 0)
			return all[i].kind;
	return EVENT_ACT;
}

static enum event_kind root_kind(const struct event *ev, const struct record *r, const struct view *v)
{
	static const struct { const char *source, *name; enum event_kind kind; } all[] = {
		{ "iam", "CreateAccessKey", EVENT_KEY_CREATED },
		{ "iam", "EnableMFADevice", EVENT_MFA_ENABLED },
		{ "iam", "DeactivateMFADevice", EVENT_MFA_REMOVED },
		{ "iam", "DeleteVirtualMFADevice", EVENT_MFA_REMOVED },
		{ "iam", "UpdateAccountEmailAddress", EVENT_EMAIL_UPDATED },
		{ "account", "AcceptPrimaryEmailUpdate", EVENT_EMAIL_UPDATED },
		{ "account", "StartPrimaryEmailUpdate", EVENT_EMAIL_UPDATED }
	};

	if (strcmp(ev->source, "signin") == 0)
		return sign_in_kind(ev->name, ev->failed);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(ev->source, all[i].source) == 0 && strcmp(ev->name, all[i].name) == 0)
			return all[i].kind == EVENT_EMAIL_UPDATED || about_root(v, r->request) ?
			    all[i].kind : EVENT_ACT;
	return EVENT_ACT;
}

/* What others than root do: to give a root session away, to move an account's email, to use a
 * witness.  EVENT_KINDS: nothing that matters here. */
static enum event_kind other_kind(const struct event *ev, const struct view *v,
    const struct record *r)
{
	if (strcmp(ev->source, "sts") == 0 && strcmp(ev->name, "AssumeRoot") == 0)
		return EVENT_ASSUME_ROOT;
	if (strcmp(ev->source, "signin") == 0) {
		/* Only root has a password to recover this way, whatever the identity says. */
		const enum event_kind k = sign_in_kind(ev->name, ev->failed);

		return k == EVENT_RECOVERY_REQUESTED || k == EVENT_RECOVERY_COMPLETED ||
		    k == EVENT_EMAIL_UPDATED ? k : EVENT_KINDS;
	}
	if (strcmp(ev->source, "account") == 0 && strstr(ev->name, "PrimaryEmailUpdate") != NULL)
		return EVENT_EMAIL_UPDATED;
	if (strcmp(ev->source, "kms") == 0 && (strcmp(ev->name, "Decrypt") == 0 ||
	    strcmp(ev->name, "ReEncrypt") == 0) && view_is(v, view_get(v, view_get(v, r->request,
	    "encryptionContext"), "twokey:witness"), VIEW_STRING))
		return EVENT_WITNESS;
	return EVENT_KINDS;
}

/* Whose root: of root's own calls the caller's account, else the one that the call is about. */
static const char *account_of(const struct event *ev, struct room *room, const struct view *v,
    const struct record *r, int by_root)
{
	const char *s = "";

	if (ev->kind == EVENT_ASSUME_ROOT)
		s = keep_text(room, v, view_get(v, r->request, "targetPrincipal"), 0);
	else if (ev->kind == EVENT_EMAIL_UPDATED)
		s = keep_text(room, v, view_get(v, r->request, "accountId"), 0);
	if (!is_account(s) && by_root)
		s = keep_text(room, v, r->account, 0);
	return is_account(s) ? s : keep_text(room, v, r->recipient, 0);
}

/* "VAULT RECORD ID", as the encryption context has them; "" when one is missing. */
static const char *witness_of(struct room *room, const struct view *v, uint32_t context)
{
	static const char *const names[] = { "twokey:vault", "twokey:record", "twokey:witness" };
	const char *all = keep_text(room, v, view_get(v, context, names[0]), 64);

	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *one = keep_text(room, v, view_get(v, context, names[i]), 64);

		if (*all == '\0' || *one == '\0')
			return "";
		/* The texts stand one behind the other. */
		((char *)(uintptr_t)one)[-1] = ' ';
	}
	return all;
}

static const char *detail_of(const struct event *ev, struct room *room, const struct view *v,
    const struct record *r)
{
	uint32_t node;

	switch ((enum event_kind)ev->kind) {
	case EVENT_WITNESS:
		return witness_of(room, v, view_get(v, r->request, "encryptionContext"));
	case EVENT_ASSUME_ROOT:
		node = view_get(v, view_get(v, r->request, "taskPolicyArn"), "arn");
		break;
	case EVENT_KEY_CREATED:
		node = view_get(v, view_get(v, r->response, "accessKey"), "accessKeyId");
		break;
	case EVENT_MFA_ENABLED:
	case EVENT_MFA_REMOVED:
		node = view_get(v, r->request, "serialNumber");
		break;
	default:
		return "";
	}
	return keep_text(room, v, node, 256);
}

static const char *source_of(struct room *room, const struct view *v, uint32_t node)
{
	static const char end[] = ".amazonaws.com";
	const char *s = keep_text(room, v, node, 0);
	const size_t n = strlen(s), cut = sizeof(end) - 1;

	if (n > cut && strcmp(s + n - cut, end) == 0)
		room->p[-(ptrdiff_t)cut - 1] = '\0';
	return s;
}

static int missing(const struct event *ev, const char **why)
{
	if (ev->time < 0)
		*why = "its eventTime is none";
	else if (*ev->source == '\0' || *ev->name == '\0')
		*why = "it has no eventSource or eventName";
	else if (*ev->id == '\0' || strlen(ev->id) > 64)
		*why = "it has no eventID";
	else if (!is_account(ev->account))
		*why = "it names no account";
	else
		return 0;
	return 1;
}

/* Does a sign-in service's answer say that it failed? */
static int outcome_failed(const struct view *v, const struct record *r, const char *name)
{
	return is_text(v, view_get(v, r->response, name), "failure") ||
	    view_is(v, r->error, VIEW_STRING) || view_is(v, r->message, VIEW_STRING);
}

int event_read(struct event *ev, char text[EVENT_TEXT_MAX], const struct view *v, uint32_t obj,
    const char **why)
{
	struct room room = { text, EVENT_TEXT_MAX };
	struct record r;
	int by_root;

	memset(ev, 0, sizeof(*ev));
	if (look_record(&r, v, obj) != 0) {
		*why = "a member stands in it twice";
		return -1;
	}
	by_root = is_text(v, r.who, "Root");
	ev->source = source_of(&room, v, r.source);
	ev->name = keep_text(&room, v, r.name, 0);
	ev->failed = (uint8_t)outcome_failed(v, &r, ev->name);
	ev->kind = (uint8_t)(!by_root ? other_kind(ev, v, &r) : is_true(v, r.assumed) ? EVENT_CENTRAL :
	    root_kind(ev, &r, v));
	if (ev->kind == EVENT_KINDS)
		return 0;
	ev->time = event_time(v, r.time);
	ev->session = event_time(v, r.created);
	ev->id = keep_text(&room, v, r.id, 0);
	ev->account = account_of(ev, &room, v, &r, by_root);
	ev->region = keep_text(&room, v, r.region, 32);
	ev->address = keep_text(&room, v, r.address, 64);
	ev->agent = keep_text(&room, v, r.agent, EVENT_AGENT_MAX);
	ev->key = keep_text(&room, v, ev->kind == EVENT_ASSUME_ROOT ? view_get(v, view_get(v, r.response,
	    "credentials"), "accessKeyId") : r.key, 64);
	ev->detail = detail_of(ev, &room, v, &r);
	ev->mfa = (uint8_t)(ev->kind == EVENT_SIGN_IN || ev->kind == EVENT_SIGN_IN_FAILED ?
	    mfa_of(v, view_get(v, r.more, "MFAUsed")) : mfa_of(v, r.mfa));
	ev->writes = view_is(v, r.read_only, VIEW_FALSE) || is_text(v, r.read_only, "false");
	return missing(ev, why) ? -1 : 1;
}

const char *event_kind_name(enum event_kind k)
{
	static const char *const names[EVENT_KINDS] = { "act", "sign-in", "failed sign-in", "mfa asked",
		"password updated", "password recovery requested", "password recovery completed",
		"email updated", "access key created", "mfa enabled", "mfa removed", "assume root",
		"central", "witness" };

	return k < EVENT_KINDS ? names[k] : "none";
}
