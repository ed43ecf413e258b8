/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <string.h>

#include "ctap.h"
#include "fault.h"

static const struct {
	const char *name, *help;
} faults[FAULT_COUNT] = {
	[FAULT_UNPLUG] = { "unplug", "pulled out in the middle, after the touch" },
	[FAULT_STRAY] = { "stray", "a second, empty reply follows the proper one" },
	[FAULT_BAD_SIG] = { "bad-sig", "one bit of the signature is wrong" },
	[FAULT_NO_UV] = { "no-uv", "UV flag missing, though signed" },
	[FAULT_NO_UP] = { "no-up", "UP flag missing, though signed" },
	[FAULT_COUNTER_BACK] = { "counter-back", "counter lower than the last" },
	[FAULT_TRUNCATE] = { "truncate", "half of the reply" },
	[FAULT_HANG] = { "hang", "no answer at all" },
	[FAULT_GARBAGE] = { "garbage", "status OK and no CBOR after it" },
	[FAULT_OTHER_SECRET] = { "other-secret", "hmac-secret of another credential" },
	[FAULT_MUTE] = { "mute", "hears nothing at all, not even INIT; N counts reports" },
};

static const struct {
	const char *name;
	unsigned ops[4];
} scopes[] = {
	{ "user", { CTAP_MAKE_CREDENTIAL, CTAP_GET_ASSERTION, CTAP_GET_NEXT_ASSERTION, OP_U2F } },
	{ "make", { CTAP_MAKE_CREDENTIAL } },
	{ "assert", { CTAP_GET_ASSERTION, CTAP_GET_NEXT_ASSERTION } },
	{ "silent", { OP_SILENT } },
	{ "probe", { OP_PROBE } },
	{ "info", { CTAP_GET_INFO } },
	{ "pin", { CTAP_CLIENT_PIN } },
	{ "manage", { CTAP_CRED_MGMT, CTAP_CRED_MGMT_PREVIEW } },
	{ "any", { 0 } },
};

#define SCOPE_ANY (sizeof scopes / sizeof *scopes - 1)

const char *
fault_name(unsigned i)
{
	return i < FAULT_COUNT ? faults[i].name : NULL;
}

const char *
fault_help(unsigned i)
{
	return i < FAULT_COUNT ? faults[i].help : NULL;
}

const char *
fault_scope(unsigned i)
{
	return i <= SCOPE_ANY ? scopes[i].name : NULL;
}

bool
fault_arm(struct fault_set *s, const char *spec, unsigned n)
{
	size_t len = strcspn(spec, "@");
	const char *scope = spec[len] == '@' ? spec + len + 1 : "user";

	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		if (strlen(faults[i].name) != len || memcmp(faults[i].name, spec, len) != 0)
			continue;
		for (unsigned k = 0; k <= SCOPE_ANY; k++) {
			if (strcmp(scopes[k].name, scope) != 0)
				continue;
			s->f[i].left = n;
			s->f[i].scope = (int)k;
			return true;
		}
	}
	return false;
}

bool
fault_mute(struct fault_set *s)
{
	if (s->f[FAULT_MUTE].left == 0)
		return false;
	s->f[FAULT_MUTE].left--;
	return true;
}

static bool
scope_has(int scope, unsigned op)
{
	if ((size_t)scope == SCOPE_ANY)
		return true;
	for (size_t i = 0; i < 4; i++)
		if (op != 0 && scopes[scope].ops[i] == op)
			return true;
	return false;
}

unsigned
fault_take(struct fault_set *s, unsigned op)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		if (i == FAULT_MUTE || s->f[i].left == 0 || !scope_has(s->f[i].scope, op))
			continue;
		s->f[i].left--;
		bits |= 1U << i;
	}
	return bits;
}
