/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/net_why.h"

#include <string.h>

#include "base/text.h"

#define SYSTEM_CA "the system's certificates"

/* The proxy's address without a password that may stand in it. */
static int why_proxy(struct err *e, const char *proxy, const char *host, const char *words)
{
	const char *at = proxy == NULL ? NULL : strrchr(proxy, '@');
	const char *from = at != NULL ? at + 1 : proxy == NULL ? "" : proxy;
	char shown[256];

	text_escape(shown, sizeof(shown), from, strlen(from));
	(void)err_set(e, ERR_STORE, "The proxy %s does not lead to %s: %s.", shown, host, words);
	(void)err_hint(e, "Look at the proxy that is configured.");
	return ERR_STORE;
}

static int why_tls(struct err *e, const char *host, const char *ca_file, const char *words)
{
	(void)err_set(e, ERR_STORE, "%s does not prove that it is %s: %s.", host, host, words);
	(void)err_hint(e, "Trusted is %s; a proxy that reads along needs its certificate there "
	    "(\"ca_bundle\").", ca_file != NULL ? ca_file : SYSTEM_CA);
	return ERR_STORE;
}

int net_why_set(struct err *e, enum net_why why, const struct net_request *rq, const char *proxy,
    const char *ca_file, const char *text)
{
	char host[256], words[256];

	net_host(host, sizeof(host), rq->url);
	text_escape(words, sizeof(words), text, strlen(text));
	switch (why) {
	case NET_WHY_NAME:
		(void)err_set(e, ERR_STORE, "The host %s is not known.", host);
		(void)err_hint(e, "Look at the region or address that is configured, and at the "
		    "name service.");
		return ERR_STORE;
	case NET_WHY_PROXY:
		return why_proxy(e, proxy, host, words);
	case NET_WHY_CONNECT:
		(void)err_set(e, ERR_STORE, "There is no connection to %s: %s.", host, words);
		break;
	case NET_WHY_TIMEOUT:
		/* The library's words tell which limit it was. */
		(void)err_set(e, ERR_STORE, "%s did not answer in time: %s.", host,
		    words[0] != '\0' ? words : "not within the limit for all of it");
		break;
	case NET_WHY_TLS:
		return why_tls(e, host, ca_file, words);
	case NET_WHY_CA:
		(void)err_set(e, ERR_CONFIG, "The trusted certificates in %s cannot be used: %s.",
		    ca_file != NULL ? ca_file : SYSTEM_CA, words);
		(void)err_hint(e, "It has to be a PEM file that everybody may read (as root the "
		    "network's helper is nobody).");
		return ERR_CONFIG;
	case NET_WHY_CUT:
		(void)err_set(e, ERR_STORE, "%s ended the connection amid its answer.", host);
		break;
	case NET_WHY_TOO_LONG:
		return err_set(e, ERR_STORE, "%s sends more than the %u bytes that an answer may "
		    "have.", host, rq->answer_max);
	case NET_WHY_ANSWER:
		return err_set(e, ERR_STORE, "%s does not speak %s as it should: %s.", host,
		    rq->mail != NULL ? "SMTP" : "HTTP", words);
	case NET_WHY_FILE:
		return err_set(e, ERR_SPACE, "The answer of %s cannot be written: no space is left "
		    "there.", host);
	case NET_WHY_CANCELLED:
		return err_set(e, ERR_CANCELLED, "Cancelled: the answer of %s was not awaited.", host);
	case NET_WHY_CRASHED:
		(void)err_set(e, ERR_STORE, "The network's helper twokey-net ended early.");
		(void)err_hint(e, "Try again; `twokey doctor` examines the set-up.");
		return ERR_STORE;
	case NET_ANSWERED:
	case NET_WHY_OTHER:
	case NET_WHY_END:
		break;
	}
	if (e != NULL && e->code == ERR_NONE)
		(void)err_set(e, ERR_STORE, "The request to %s failed: %s.", host, words);
	(void)err_hint(e, "Look at the network, the proxy and the address; then try again.");
	return ERR_STORE;
}
