/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json_local.h"

/* json-c counts owners in the value itself, so a lent one is cast. */
static json *json_own(const json *j)
{
	return (json *)(uintptr_t)j;
}

void json_free(json **j)
{
	if (*j != NULL)
		(void)json_object_put(*j);
	*j = NULL;
}

json *json_share(const json *j)
{
	return json_object_get(json_own(j));
}

/* The order kept by json_key_at belongs to the original's names: not copied. */
static int json_copy_one(json *src, json *parent, const char *key, size_t index, json **dst)
{
	const int r = json_c_shallow_copy_default(src, parent, key, index, dst);

	return r < 0 ? r : 2;
}

json *json_copy(const json *j)
{
	json *copy = NULL;

	if (j == NULL || json_object_deep_copy(json_own(j), &copy, json_copy_one) != 0)
		return NULL;
	return copy;
}

int json_is_object(const json *j)
{
	return json_object_is_type(j, json_type_object);
}

int json_is_array(const json *j)
{
	return json_object_is_type(j, json_type_array);
}

int json_is_string(const json *j)
{
	return json_object_is_type(j, json_type_string);
}

const json *json_get(const json *obj, const char *name)
{
	json *v = NULL;

	if (!json_is_object(obj) || !json_object_object_get_ex(obj, name, &v))
		return NULL;
	return v;
}

const char *json_text(const json *string)
{
	return json_is_string(string) ? json_object_get_string(json_own(string)) : NULL;
}

const char *json_str(const json *obj, const char *name)
{
	return json_text(json_get(obj, name));
}

int64_t json_int(const json *obj, const char *name)
{
	const json *v = json_get(obj, name);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : -1;
}

int json_bool(const json *obj, const char *name)
{
	const json *v = json_get(obj, name);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

int json_bytes(const json *obj, const char *name, void *out, size_t cap, size_t *outlen)
{
	const char *s = json_str(obj, name);

	*outlen = 0;
	return s != NULL ? base64_decode(out, cap, outlen, s, strlen(s)) : -1;
}

int json_hex(const json *obj, const char *name, void *out, size_t len)
{
	const char *s = json_str(obj, name);

	return s != NULL ? hex_decode(out, len, s, strlen(s)) : -1;
}

int json_hex_is(const json *obj, const char *name, const uint8_t *data, size_t len)
{
	const char *s = json_str(obj, name);
	uint8_t byte;

	if (s == NULL || strlen(s) != 2 * len)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (hex_decode(&byte, 1, s + 2 * i, 2) != 0 || byte != data[i])
			return 0;
	return 1;
}

int64_t json_time(const json *obj, const char *name)
{
	const char *s = json_str(obj, name);
	int64_t t;

	return s != NULL && clock_parse(&t, s) == 0 ? t : -1;
}

size_t json_len(const json *arr_or_obj)
{
	if (json_is_array(arr_or_obj))
		return json_object_array_length(arr_or_obj);
	if (json_is_object(arr_or_obj))
		return (size_t)json_object_object_length(arr_or_obj);
	return 0;
}

const json *json_at(const json *arr, size_t i)
{
	return i < json_len(arr) && json_is_array(arr) ? json_object_array_get_idx(arr, i) : NULL;
}

const char *json_str_at(const json *arr, size_t i)
{
	return json_text(json_at(arr, i));
}

int json_has_str(const json *arr, const char *s)
{
	const size_t n = json_len(arr);
	size_t i;

	for (i = 0; i < n; i++) {
		const char *at = json_str_at(arr, i);

		if (at != NULL && strcmp(at, s) == 0)
			return 1;
	}
	return 0;
}

static int key_compare(const void *a, const void *b)
{
	return json_order(*(const char *const *)a, *(const char *const *)b);
}

static void key_order_free(json *j, void *keys)
{
	(void)j;
	free(keys);
}

/* Whatever changes an object's names drops the order json_key_at made. */
static void key_order_drop(json *obj)
{
	if (json_object_get_userdata(obj) != NULL)
		json_object_set_userdata(obj, NULL, NULL);
}

const char *json_key_at(const json *obj, size_t i)
{
	const size_t n = json_is_object(obj) ? json_len(obj) : 0;
	const struct lh_entry *ent;
	const char **keys;
	size_t k = 0;

	if (i >= n)
		return NULL;
	keys = json_object_get_userdata(json_own(obj));
	if (keys == NULL) {
		keys = reallocarray(NULL, n, sizeof(*keys));
		if (keys == NULL)
			return NULL;
		lh_foreach(json_object_get_object(obj), ent)
			keys[k++] = lh_entry_k(ent);
		qsort(keys, n, sizeof(*keys), key_compare);
		json_object_set_userdata(json_own(obj), keys, key_order_free);
	}
	return keys[i];
}

json *json_new_object(void)
{
	return json_object_new_object();
}

json *json_new_array(void)
{
	return json_object_new_array();
}

json *json_new_str(const char *s)
{
	return s != NULL ? json_object_new_string(s) : NULL;
}

json *json_new_int(int64_t n)
{
	return json_object_new_int64(n);
}

/* Puts value (NULL: null) in obj; frees it when that fails. */
static int json_put(json *obj, const char *name, json *value)
{
	if (json_is_object(obj)) {
		key_order_drop(obj);
		if (json_object_object_add(obj, name, value) == 0)
			return 0;
	}
	json_free(&value);
	return ERR_MEMORY;
}

int json_set(json *obj, const char *name, json *value)
{
	return value != NULL ? json_put(obj, name, value) : ERR_MEMORY;
}

int json_set_null(json *obj, const char *name)
{
	return json_put(obj, name, NULL);
}

int json_set_str(json *obj, const char *name, const char *s)
{
	return s != NULL ? json_set(obj, name, json_new_str(s)) : json_set_null(obj, name);
}

int json_set_int(json *obj, const char *name, int64_t n)
{
	return json_set(obj, name, json_new_int(n));
}

int json_set_bool(json *obj, const char *name, int v)
{
	return json_set(obj, name, json_object_new_boolean(v != 0));
}

int json_set_bytes(json *obj, const char *name, const void *data, size_t len)
{
	char *text = malloc(BASE64_LEN(len) + 1);
	int r;

	if (text == NULL)
		return ERR_MEMORY;
	base64_encode(text, data, len);
	r = json_set_str(obj, name, text);
	free(text);
	return r;
}

int json_set_hex(json *obj, const char *name, const void *data, size_t len)
{
	char *text = malloc(2 * len + 1);
	int r;

	if (text == NULL)
		return ERR_MEMORY;
	hex_encode(text, data, len);
	r = json_set_str(obj, name, text);
	free(text);
	return r;
}

int json_set_time(json *obj, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(text, ms);
	return json_set_str(obj, name, text);
}

int json_remove(json *obj, const char *name)
{
	if (!json_is_object(obj))
		return ERR_INTERNAL;
	key_order_drop(obj);
	json_object_object_del(obj, name);
	return 0;
}

int json_add(json *arr, json *value)
{
	if (value != NULL && json_is_array(arr) && json_object_array_add(arr, value) == 0)
		return 0;
	json_free(&value);
	return ERR_MEMORY;
}

int json_add_str(json *arr, const char *s)
{
	return json_add(arr, json_new_str(s));
}
