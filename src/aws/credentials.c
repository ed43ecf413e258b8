/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_local.h"
#include "aws/ini.h"
#include "aws/process.h"
#include "base/file.h"
#include "base/text.h"

#define FILE_BYTES (256u << 10)
#define PROCESS_MS 60000

/* What one profile says; slices of the file's text. */
struct profile {
	const char *name, *file;
	int config;		/* of ~/.aws/config: sections are "profile NAME" */
	int seen;
	const char *other;	/* a way to get credentials that is not ours */
	struct ini_slice id, key, token, process;
};

void aws_credentials_free(struct aws_credentials *c)
{
	secret_free(&c->key);
	secret_free(&c->token);
	memset(c, 0, sizeof(*c));
}

int credentials_take(struct aws_credentials *c, const char *id, size_t id_len, const void *key,
    size_t key_len, const void *token, size_t token_len, const char *where, struct err *e)
{
	size_t i;
	int r;

	for (i = 0; i < id_len; i++)
		if (id[i] <= 0x20 || id[i] >= 0x7f || id[i] == '/' || id[i] == ',')
			id_len = 0;
	if (id_len == 0 || id_len > AWS_KEY_ID_MAX || key_len == 0 || key_len > AWS_KEY_MAX ||
	    token_len > AWS_TOKEN_MAX)
		return err_set(e, ERR_CONFIG, "The access key of %s is empty or no such key.", where);
	/* A token travels in a header. */
	for (i = 0; i < token_len; i++)
		if (((const char *)token)[i] <= 0x20 || ((const char *)token)[i] >= 0x7f)
			return err_set(e, ERR_CONFIG, "The session token of %s is malformed.", where);
	memcpy(c->key_id, id, id_len);
	c->key_id[id_len] = '\0';
	r = secret_from(&c->key, key, key_len, e);
	if (r == 0 && token_len > 0)
		r = secret_from(&c->token, token, token_len, e);
	return r;
}

/* Is this section the profile's? */
static int profile_is(const struct profile *p, const struct ini_slice *section)
{
	struct ini_slice s = *section;

	if (p->config && !ini_is(&s, "default")) {
		if (s.len < 8 || memcmp(s.at, "profile", 7) != 0 || (s.at[7] != ' ' && s.at[7] != '\t'))
			return 0;
		for (s.at += 7, s.len -= 7; s.len > 0 && (*s.at == ' ' || *s.at == '\t'); s.len--)
			s.at++;
		if (s.len > 2 && s.at[0] == '"' && s.at[s.len - 1] == '"')
			s.at++, s.len -= 2;
	}
	return ini_is(&s, p->name);
}

static int profile_key(void *ctx, const struct ini_slice *section, const struct ini_slice *key,
    const struct ini_slice *value, unsigned line, struct err *e)
{
	static const char *const others[] = { "sso_session", "sso_start_url", "role_arn",
		"web_identity_token_file", "credential_source", "login_session" };
	struct profile *p = ctx;
	struct ini_slice *to = ini_is(key, "aws_access_key_id") ? &p->id :
	    ini_is(key, "aws_secret_access_key") ? &p->key :
	    ini_is(key, "aws_session_token") ? &p->token :
	    ini_is(key, "credential_process") ? &p->process : NULL;
	size_t i;

	if (!profile_is(p, section))
		return 0;
	p->seen = 1;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (ini_is(key, others[i]))
			p->other = others[i];
	if (to == NULL)
		return 0;
	if (to->len > 0)
		return err_set(e, ERR_CONFIG, "%s, line %u: a key of the profile stands here a second "
		    "time.", p->file, line);
	*to = *value;
	return 0;
}

/* Reads the file at path; *text NULL when it is not there. */
static int credentials_file(struct secret **text, const char *path, enum file_trust trust,
    struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct dir d = { .fd = -1, .path = NULL };
	struct err own;
	char *folder;
	int r;

	*text = NULL;
	err_clear(&own);
	if (slash == NULL)
		return err_set(e, ERR_CONFIG, "%s is no absolute path.", path);
	folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	if (folder == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading %s.", path);
	r = dir_open(&d, folder, FILE_ANY, &own);
	if (r == 0)
		r = file_read_secret(text, &d, slash + 1, FILE_BYTES, trust, &own);
	dir_close(&d);
	free(folder);
	return r == 0 || r == ERR_MISSING ? 0 : err_give(e, &own);
}

/* Credentials of one file.  ERR_MISSING, with e untouched, when it has none. */
static int credentials_try(struct aws_credentials *c, const struct aws_where *w, const char *path,
    int config, const char **other, struct err *e)
{
	struct profile p = { .name = w->profile == NULL ? "default" : w->profile, .config = config };
	char shown[128], file[256];
	struct secret *text = NULL, *printed = NULL;
	int r;

	r = credentials_file(&text, path, config ? FILE_OURS : FILE_PRIVATE, e);

	text_escape(shown, sizeof(shown), p.name, strlen(p.name));
	text_escape(file, sizeof(file), path, strlen(path));
	p.file = file;
	(void)snprintf(c->source, sizeof(c->source), "profile \"%.64s\" in %.150s", shown, file);
	if (r == 0 && text != NULL)
		r = ini_parse((const char *)text->data, text->len, file, profile_key, &p, e);
	if (p.other != NULL)
		*other = p.other;
	if (r != 0)
		;
	else if (p.id.len > 0 || p.key.len > 0)
		r = credentials_take(c, p.id.at, p.id.len, p.key.at, p.key.len, p.token.at, p.token.len,
		    c->source, e);
	else if (p.process.len > 0) {
		r = process_run(&printed, p.process.at, p.process.len, w->root, w->home,
		    w->process_ms > 0 ? w->process_ms : PROCESS_MS, c->source, e);
		if (r == 0)
			r = credentials_from_json(c, printed, "what the credential_process prints", e);
	} else {
		r = ERR_MISSING;
	}
	secret_free(&text);
	secret_free(&printed);
	return r;
}

static int credentials_none(const struct aws_where *w, const char *other, struct err *e)
{
	char shown[128];

	text_escape(shown, sizeof(shown), w->profile == NULL ? "default" : w->profile,
	    w->profile == NULL ? 7 : strlen(w->profile));
	if (other != NULL)
		(void)err_set(e, ERR_CONFIG, "The profile \"%s\" gets its credentials by %s, which is "
		    "not built in.", shown, other);
	else
		(void)err_set(e, ERR_CONFIG, "There are no AWS credentials for the profile \"%s\".", shown);
	(void)err_hint(e, "Put an access key into a profile, or a line `credential_process = aws "
	    "configure export-credentials --profile P --format process`: single sign-on, roles, "
	    "instance and container credentials come that way.");
	return ERR_CONFIG;
}

/* The file at `named`, else home + usual. */
static int credentials_path(char *out, size_t cap, const char *named, const char *home,
    const char *usual)
{
	const int n = named != NULL ? snprintf(out, cap, "%s", named) :
	    snprintf(out, cap, "%s%s", home, usual);

	return n > 0 && (size_t)n < cap ? 0 : -1;
}

int aws_credentials_load(struct aws_credentials *c, const struct aws_where *w, struct err *e)
{
	const char *other = NULL;
	char path[1024];
	int r = ERR_MISSING;

	memset(c, 0, sizeof(*c));
	if (!w->root && w->profile == NULL && w->env_key_id != NULL && w->env_key != NULL) {
		(void)snprintf(c->source, sizeof(c->source), "the environment");
		return credentials_take(c, w->env_key_id, strlen(w->env_key_id), w->env_key,
		    strlen(w->env_key), w->env_token, w->env_token == NULL ? 0 : strlen(w->env_token),
		    c->source, e);
	}
	if (w->root && w->credentials_file == NULL) {
		(void)err_set(e, ERR_CONFIG, "No file with AWS credentials is configured.");
		(void)err_hint(e, "Name one in the configuration: \"aws_credentials\" of twokey.conf(5).");
		return ERR_CONFIG;
	}
	if (w->credentials_file == NULL && (w->home == NULL || *w->home != '/'))
		return credentials_none(w, NULL, e);
	if (credentials_path(path, sizeof(path), w->credentials_file, w->home,
	    "/.aws/credentials") == 0)
		r = credentials_try(c, w, path, 0, &other, e);
	if (r == ERR_MISSING && !w->root && (w->config_file != NULL || w->home != NULL) &&
	    credentials_path(path, sizeof(path), w->config_file, w->home, "/.aws/config") == 0)
		r = credentials_try(c, w, path, 1, &other, e);
	return r == ERR_MISSING ? credentials_none(w, other, e) : r;
}
