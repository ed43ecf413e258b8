/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that pam_motd(8) shows at logins: what is due now. */
#include "cli/remind_run.h"

#include <stdlib.h>
#include <string.h>

#include "cli/story.h"

static int put_steps(struct buf *b, const struct remind *m, struct err *e)
{
	for (size_t i = 0; i < m->look.n_steps; i++) {
		const struct step *st = &m->look.steps[i];
		json *j = remind_entry(st);
		struct story story = { 0 };
		struct buf line = BUF_INIT;
		const char *text;

		story_tell(&line, &story, j);
		text = strchr(buf_str(&line), ':');
		buf_printf(b, "twokey %s: %s%s%s\n", policy_name(m->v.session->policy), text != NULL ? text + 2 : "",
		    st->record != NULL ? "; twokey rotate " : "", st->record != NULL ? st->record : "");
		b->failed |= line.failed || j == NULL;
		story_end(&story);
		buf_free(&line);
		json_free(&j);
	}
	return buf_ok(b) ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}

static int write_file(const char *path, const struct buf *b, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	struct dir d = { -1, NULL };
	int r = folder == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : dir_make(folder, 0755, e);

	if (r == 0 && (r = dir_open(&d, folder, FILE_OURS, e)) == 0)
		r = file_replace_soft(&d, slash + 1, b->data, b->len, 0644, e);
	dir_close(&d);
	free(folder);
	return r;
}

int remind_motd(const struct remind *m, struct err *e)
{
	const struct config *c = &m->v.config;
	struct buf b = BUF_INIT;
	int r = put_steps(&b, m, e);

	for (size_t i = 0; r == 0 && i < c->n_channels; i++)
		if (c->channels[i].kind == CHANNEL_MOTD)
			r = write_file(c->channels[i].file, &b, e);
	buf_free(&b);
	return r;
}
