/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "net/net.h"

/* Behind "://": the host's first character and its length, brackets included. */
static const char *url_host(const char *url, size_t *len)
{
	const char *p = strstr(url, "://");

	*len = 0;
	if (p == NULL)
		return NULL;
	p += 3;
	*len = *p == '[' ? strcspn(p, "]/?") + 1 : strcspn(p, ":/?");
	return *len > strlen(p) ? NULL : p;
}

/* A name or an address, a port if any, and nothing else before the path: no user. */
static int url_authority_ok(const char *host, size_t len)
{
	const char *p = host + len;
	size_t i, digits;

	for (i = 0; i < len; i++) {
		const char c = host[i];
		const int alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');

		if (!alnum && c != '.' && c != '-' && c != '_' &&
		    !(host[0] == '[' && (c == ':' || c == '[' || c == ']')))
			return 0;
	}
	if (*p == ':') {
		digits = strspn(p + 1, "0123456789");
		if (digits == 0 || digits > 5)
			return 0;
		p += 1 + digits;
	}
	return len > 0 && len < 254 && (*p == '/' || *p == '?' || *p == '\0');
}

static int url_is_here(const char *host, size_t len)
{
	return (len == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
	    (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

int net_check_url(const char *url, struct err *e)
{
	char shown[128];
	const char *host, *p;
	size_t len;

	text_escape(shown, sizeof(shown), url, strlen(url));
	if (strlen(url) > NET_URL_MAX)
		return err_set(e, ERR_USAGE, "The address %s is longer than %d bytes.", shown,
		    NET_URL_MAX);
	for (p = url; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f || *p == '#' || *p == '\\')
			return err_set(e, ERR_USAGE, "The address %s is not percent-encoded.", shown);
	host = url_host(url, &len);
	if (host == NULL || !url_authority_ok(host, len))
		return err_set(e, ERR_USAGE, "%s is no address: https://HOST[:PORT]/PATH is meant.",
		    shown);
	if (strncmp(url, "https://", 8) == 0)
		return 0;
	if (strncmp(url, "http://", 7) == 0 && url_is_here(host, len))
		return 0;
	return err_set(e, ERR_USAGE, "%s is refused: only https is used, and http to 127.0.0.1 "
	    "and [::1].", shown);
}

int net_check_loopback(const char *url)
{
	size_t len;
	const char *host = url_host(url, &len);

	return host != NULL && url_is_here(host, len);
}

int net_check_mail_url(const char *url, struct err *e)
{
	char shown[128];
	const char *host;
	size_t len;

	text_escape(shown, sizeof(shown), url, strlen(url));
	host = url_host(url, &len);
	if (host != NULL && strlen(url) <= NET_URL_MAX && strpbrk(host, "/?#") == NULL &&
	    url_authority_ok(host, len) &&
	    (strncmp(url, "smtp://", 7) == 0 || strncmp(url, "smtps://", 8) == 0))
		return 0;
	return err_set(e, ERR_USAGE, "%s is no mail server: smtps://HOST[:PORT] or smtp://HOST[:PORT] is meant.",
	    shown);
}

void net_host(char *out, size_t cap, const char *url)
{
	size_t len;
	const char *host = url_host(url, &len);

	text_escape(out, cap, host == NULL ? "" : host, host == NULL ? 0 : len);
}
