/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/config.h"

#include <ctype.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "cli/config_local.h"
#include "net/net.h"

#define CONFIG_MAX (64u << 10)
#define CONFIG_PATH_MAX 1024
#define CONFIG_ETC "/etc/twokey/twokey.conf"

static char *text_join(const char *a, const char *b)
{
	char *out = NULL;

	return asprintf(&out, "%s%s", a, b) < 0 ? NULL : out;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "Out of memory.");
}

int config_path_ok(const char *s)
{
	const char *p = s;

	if (*s != '/' || strlen(s) >= CONFIG_PATH_MAX || !text_clean(s, strlen(s)))
		return 0;
	while ((p = strstr(p, "/.")) != NULL) {
		p += 2;
		if (*p == '.')
			p++;
		if (*p == '/' || *p == '\0')
			return 0;
	}
	return 1;
}

enum config_kind { PATH, NAME, TEXT, ADDRESS, LIST };

/* Every member; host is an array in the struct, notify no string. */
static const struct config_key {
	const char *name;
	enum config_kind kind;
	size_t at;
} config_keys[] = {
	{ "store", PATH, offsetof(struct config, store) },
	{ "state", PATH, offsetof(struct config, state) },
	{ "host", NAME, 0 },
	{ "aws_region", TEXT, offsetof(struct config, aws_region) },
	{ "aws_profile", TEXT, offsetof(struct config, aws_profile) },
	{ "aws_credentials", PATH, offsetof(struct config, aws_credentials) },
	{ "aws_endpoint", ADDRESS, offsetof(struct config, aws_endpoint) },
	{ "aws_endpoint_cloudtrail", ADDRESS, offsetof(struct config, aws_endpoint_cloudtrail) },
	{ "aws_endpoint_kms", ADDRESS, offsetof(struct config, aws_endpoint_kms) },
	{ "aws_endpoint_s3", ADDRESS, offsetof(struct config, aws_endpoint_s3) },
	{ "aws_endpoint_sqs", ADDRESS, offsetof(struct config, aws_endpoint_sqs) },
	{ "aws_endpoint_sts", ADDRESS, offsetof(struct config, aws_endpoint_sts) },
	{ "ca_bundle", PATH, offsetof(struct config, ca_bundle) },
	{ "proxy", TEXT, offsetof(struct config, proxy) },
	{ "no_proxy", TEXT, offsetof(struct config, no_proxy) },
	{ "notify", LIST, 0 },
};
#define CONFIG_KEYS (sizeof(config_keys) / sizeof(config_keys[0]))

static char **config_place(struct config *c, const struct config_key *k)
{
	return (char **)((char *)c + k->at);
}

/* Puts a member's value to its place; at: where the value stands. */
static int config_member(struct config *c, const struct config_key *k, const char *value,
    const struct json_scan *at, struct err *e)
{
	if (k->kind == NAME) {
		if (!text_is_name(value))
			return json_scan_error(at, e, "\"host\" needs a name: lower-case letters, digits, "
			    "'-' and '.', at most 63.");
		memcpy(c->host, value, strlen(value) + 1);
		return 0;
	}
	if (k->kind == PATH && !config_path_ok(value))
		return json_scan_error(at, e, "\"%s\" needs an absolute path.", k->name);
	if (k->kind == ADDRESS && net_check_url(value, NULL) != 0)
		return json_scan_error(at, e, "\"%s\" needs an address, https://HOST[:PORT]; http "
		    "only to 127.0.0.1 and [::1].", k->name);
	if (*value == '\0' || !text_clean(value, strlen(value)))
		return json_scan_error(at, e, "\"%s\" needs a text on one line.", k->name);
	*config_place(c, k) = strdup(value);
	return *config_place(c, k) != NULL ? 0 : no_memory(e);
}

static int config_key(const struct config_key **out, struct config *c, const char *key,
    const struct json_scan *at, struct err *e)
{
	const struct config_key *k = config_keys;
	char shown[80];

	while (k < config_keys + CONFIG_KEYS && strcmp(k->name, key) != 0)
		k++;
	if (k == config_keys + CONFIG_KEYS) {
		text_escape(shown, sizeof(shown), key, strlen(key));
		return json_scan_error(at, e, "unknown key \"%s\".", shown);
	}
	if (k->kind == NAME ? c->host[0] != '\0' : k->kind == LIST ? c->channels != NULL :
	    *config_place(c, k) != NULL)
		return json_scan_error(at, e, "\"%s\" stands here a second time.", key);
	*out = k;
	return 0;
}

/* "key": "value" */
static int config_pair(struct config *c, struct json_scan *s, struct secret *key,
    struct secret *value, struct err *e)
{
	const struct config_key *k = NULL;
	struct json_scan at;
	int r;

	secret_wipe(key);
	secret_wipe(value);
	if (json_scan_peek(s, e) < 0)
		return ERR_CONFIG;
	at = *s;
	r = json_scan_string(s, key, e);
	if (r == 0)
		r = config_key(&k, c, (const char *)key->data, &at, e);
	if (r == 0)
		r = json_scan_take(s, ':', e);
	if (r == 0 && json_scan_peek(s, e) < 0)
		r = ERR_CONFIG;
	at = *s;
	if (r == 0 && k->kind == LIST)
		return config_notify(c, s, key, value, e);
	if (r == 0)
		r = json_scan_string(s, value, e);
	return r != 0 ? r : config_member(c, k, (const char *)value->data, &at, e);
}

static int config_object(struct config *c, struct json_scan *s, struct secret *key,
    struct secret *value, struct err *e)
{
	int r = json_scan_take(s, '{', e), next, first = 1;

	while (r == 0) {
		next = json_scan_peek(s, e);
		if (next < 0)
			return ERR_CONFIG;
		if (next == '}' && first)
			break;
		r = config_pair(c, s, key, value, e);
		first = 0;
		if (r == 0) {
			next = json_scan_peek(s, e);
			if (next < 0)
				return ERR_CONFIG;
			if (next == '}')
				break;
			r = json_scan_take(s, ',', e);
		}
	}
	if (r == 0)
		r = json_scan_take(s, '}', e);
	if (r == 0) {
		next = json_scan_peek(s, e);
		if (next != 0)
			r = next < 0 ? (int)ERR_CONFIG :
			    json_scan_error(s, e, "nothing may stand behind the last `}`.");
	}
	return r;
}

int config_parse(struct config *c, const char *text, size_t len, const char *where,
    struct err *e)
{
	struct json_scan s;
	/* Nothing is secret here; the scanner fills no other kind of buffer. */
	struct secret *key = NULL, *value = NULL;
	int r;

	memset(c, 0, sizeof(*c));
	json_scan_init(&s, text, len, where, ERR_CONFIG);
	s.comments = 1;
	r = secret_new(&key, 64, e);
	if (r == 0)
		r = secret_new(&value, CONFIG_PATH_MAX, e);
	if (r == 0)
		r = config_object(c, &s, key, value, e);
	secret_free(&key);
	secret_free(&value);
	if (r != 0)
		config_free(c);
	return r;
}

void config_free(struct config *c)
{
	size_t i;

	free(c->file);
	for (i = 0; i < CONFIG_KEYS; i++)
		if (config_keys[i].kind != NAME && config_keys[i].kind != LIST)
			free(*config_place(c, &config_keys[i]));
	for (i = 0; i < c->n_channels; i++)
		channel_free(&c->channels[i]);
	free(c->channels);
	memset(c, 0, sizeof(*c));
}

/* Reads path if it is there: 0, ERR_MISSING (e is left alone), or an error. */
static int config_read(struct config *c, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct buf text = BUF_INIT;
	struct dir d = { -1, NULL };
	struct err own;
	char *folder;
	int r;

	err_clear(&own);
	folder = slash == NULL ? strdup(".") : slash == path ? strdup("/")
	    : strndup(path, (size_t)(slash - path));
	if (folder == NULL)
		return no_memory(e);
	r = dir_open(&d, folder, FILE_ANY, &own);
	if (r == 0)
		r = file_read(&text, &d, slash != NULL ? slash + 1 : path, CONFIG_MAX, FILE_OURS,
		    &own);
	if (r == 0 && (r = config_parse(c, buf_str(&text), text.len, path, &own)) == ERR_CONFIG)
		(void)err_hint(&own, "Edit it: ${EDITOR:-vi} '%s' (`man twokey.conf` says what goes in).",
		    path);
	if (r == 0) {
		c->file = strdup(path);
		if (c->file == NULL)
			r = no_memory(&own);
	}
	if (r != 0)
		config_free(c);
	if (r != 0 && r != ERR_MISSING)
		(void)err_give(e, &own);
	dir_close(&d);
	free(folder);
	buf_free(&text);
	return r;
}

/* xdg when it is an absolute path (XDG Base Directory Specification), else
 * home's `usual`; with `rest` behind. NULL without either, or without memory. */
static char *config_home(const char *xdg, const char *home, const char *usual, const char *rest)
{
	char *base, *out;

	if (xdg != NULL && *xdg == '/')
		return text_join(xdg, rest);
	if (home == NULL || *home != '/')
		return NULL;
	base = text_join(home, usual);
	out = base != NULL ? text_join(base, rest) : NULL;
	free(base);
	return out;
}

/* Finds and reads the file that holds for this user. */
static int config_find(struct config *c, const struct config_where *w, struct err *e)
{
	char *own;
	int r;

	if (w->uid != 0) {
		own = config_home(w->xdg_config, w->home, "/.config", "/twokey/twokey.conf");
		r = own != NULL ? config_read(c, own, e) : ERR_MISSING;
		free(own);
		if (r != ERR_MISSING)
			return r;
	}
	r = config_read(c, w->etc, e);
	if (r == 0 && w->uid != 0) {
		/* The machine's state and its keys are root's. */
		free(c->state);
		free(c->aws_credentials);
		c->state = c->aws_credentials = NULL;
	}
	return r == ERR_MISSING ? 0 : r;
}

/* The host name's first label in lower case, if that is a name. */
static void config_host(struct config *c, const char *hostname)
{
	size_t i;

	for (i = 0; i < NAME_MAX_LEN && hostname[i] != '\0' && hostname[i] != '.'; i++)
		c->host[i] = (char)tolower((unsigned char)hostname[i]);
	c->host[i] = '\0';
	if (!text_is_name(c->host))
		c->host[0] = '\0';
}

static int config_defaults(struct config *c, const struct config_where *w, struct err *e)
{
	c->root = w->uid == 0;
	if (c->host[0] == '\0')
		config_host(c, w->hostname);
	if (c->store == NULL)
		c->store = c->root ? strdup("/var/lib/twokey/store")
		    : config_home(w->xdg_data, w->home, "/.local/share", "/twokey");
	if (c->state == NULL)
		c->state = c->root ? strdup("/var/lib/twokey/state")
		    : config_home(w->xdg_state, w->home, "/.local/state", "/twokey");
	if (c->store != NULL && c->state != NULL)
		return 0;
	if (c->root || (w->home != NULL && *w->home == '/'))
		return no_memory(e);
	(void)err_set(e, ERR_CONFIG, "There is no home folder to keep the vault's files in.");
	(void)err_hint(e, "Set HOME, or name \"store\" and \"state\" in a file given with --conf.");
	return ERR_CONFIG;
}

int config_load(struct config *c, const struct config_where *w, const char *conf, struct err *e)
{
	int r;

	memset(c, 0, sizeof(*c));
	if (conf != NULL) {
		r = config_read(c, conf, e);
		if (r == ERR_MISSING)
			r = err_set(e, ERR_CONFIG, "The configuration %s is not there.", conf);
	} else {
		r = config_find(c, w, e);
	}
	if (r == 0)
		r = config_defaults(c, w, e);
	if (r != 0)
		config_free(c);
	return r;
}

void config_where_here(struct config_where *w, char hostname[256])
{
	const struct passwd *pw;

	memset(w, 0, sizeof(*w));
	w->uid = geteuid();
	w->etc = CONFIG_ETC;
	if (gethostname(hostname, 255) != 0)
		hostname[0] = '\0';
	hostname[255] = '\0';
	w->hostname = hostname;
	if (w->uid == 0)
		return;
	w->home = secure_getenv("HOME");
	w->xdg_config = secure_getenv("XDG_CONFIG_HOME");
	w->xdg_data = secure_getenv("XDG_DATA_HOME");
	w->xdg_state = secure_getenv("XDG_STATE_HOME");
	if (w->home == NULL || *w->home != '/') {
		pw = getpwuid(w->uid);
		w->home = pw != NULL ? pw->pw_dir : NULL;
	}
}

int config_load_here(struct config *c, const char *conf, struct err *e)
{
	struct config_where w;
	char hostname[256];

	config_where_here(&w, hostname);
	return config_load(c, &w, conf, e);
}
