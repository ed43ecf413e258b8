/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/verify.h"

void verify_report_free(struct verify_report **r)
{
	if (*r != NULL) {
		free((*r)->logs);
		free((*r)->findings);
	}
	free(*r);
	*r = NULL;
}

void verify_memory_words(char *out, size_t cap, const struct verify_report *r)
{
	if (!r->used_pin && !r->used_own && !r->used_seen) {
		(void)snprintf(out, cap, "none");
		return;
	}
	(void)snprintf(out, cap, "%s%s%s%s%s", r->used_pin ? "pin" : "",
	    r->used_pin && (r->used_own || r->used_seen) ? ", " : "", r->used_own ? "own head" : "",
	    r->used_own && r->used_seen ? ", " : "", r->used_seen ? "seen heads" : "");
}

static int findings_json(json *arr, const struct verify_report *r)
{
	size_t i;
	json *j;

	for (i = 0; i < r->nfindings; i++) {
		const struct verify_finding *f = &r->findings[i];

		j = json_new_object();
		if (json_set_str(j, "level", f->level == VERIFY_FAULT ? "fault" : "note") != 0 ||
		    json_set_str(j, "host", f->host[0] != '\0' ? f->host : NULL) != 0 ||
		    (f->seq < 0 ? json_set_null(j, "seq") : json_set_int(j, "seq", f->seq)) != 0 ||
		    (f->last < 0 ? json_set_null(j, "last") : json_set_int(j, "last", f->last)) != 0 ||
		    json_set_str(j, "what", f->what) != 0 || json_set_str(j, "text", f->text) != 0) {
			json_free(&j);
			return -1;
		}
		if (json_add(arr, j) != 0)
			return -1;
	}
	return 0;
}

static int logs_json(json *arr, const struct verify_report *r)
{
	size_t i;
	json *j;

	for (i = 0; i < r->nlogs; i++) {
		const struct verify_log *l = &r->logs[i];

		j = json_new_object();
		if (json_set_str(j, "host", l->host) != 0 || json_set_int(j, "size", l->size) != 0 ||
		    (l->covered < 0 ? json_set_null(j, "covered")
				    : json_set_int(j, "covered", l->covered)) != 0 ||
		    (l->covered < 0 ? json_set_null(j, "root")
				    : json_set_hex(j, "root", l->root, HASH_LEN)) != 0 ||
		    json_set_int(j, "vouched", l->vouched) != 0 ||
		    json_set_int(j, "memory", l->memory) != 0) {
			json_free(&j);
			return -1;
		}
		if (json_add(arr, j) != 0)
			return -1;
	}
	return 0;
}

int verify_report_json(json **out, const struct verify_report *r, struct err *e)
{
	json *j = json_new_object(), *logs = json_new_array(), *findings = json_new_array();
	char words[64];
	int bad;

	*out = NULL;
	verify_memory_words(words, sizeof(words), r);
	bad = logs_json(logs, r) != 0 || findings_json(findings, r) != 0;
	if (json_set(j, "logs", logs) != 0 || json_set(j, "findings", findings) != 0 || bad ||
	    json_set_hex(j, "vault", r->vault, HASH_LEN) != 0 ||
	    json_set_int(j, "policies", r->policies) != 0 ||
	    json_set_int(j, "records", r->records) != 0 ||
	    json_set_int(j, "shares", r->shares) != 0 ||
	    json_set_int(j, "entries", r->entries) != 0 ||
	    json_set_int(j, "approvals", r->approvals) != 0 ||
	    json_set_int(j, "unknown", r->unknown) != 0 ||
	    json_set_int(j, "faults", r->faults) != 0 || json_set_int(j, "notes", r->notes) != 0 ||
	    json_set_str(j, "memory", words) != 0) {
		json_free(&j);
		return err_set(e, ERR_MEMORY, "No memory is left for a report.");
	}
	*out = j;
	return 0;
}
