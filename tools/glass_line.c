/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of an answer as an object; the contract is in glass.h. */
#include "glass.h"

#include <json-c/json.h>

struct json_object *glass_parse(const char *line, size_t len)
{
    json_tokener *tokener = json_tokener_new();
    if (!tokener) return NULL;
    json_object *object = json_tokener_parse_ex(tokener, line, (int)len);
    json_tokener_free(tokener);
    if (json_object_is_type(object, json_type_object)) return object;
    json_object_put(object);
    return NULL;
}

const char *glass_text(struct json_object *object, const char *key)
{
    json_object *value;
    const char *s = NULL;
    if (json_object_object_get_ex(object, key, &value)) s = json_object_get_string(value);
    return s ? s : "";
}

uint64_t glass_number(struct json_object *object, const char *key)
{
    json_object *value;
    if (!json_object_object_get_ex(object, key, &value)) return 0;
    if (!json_object_is_type(value, json_type_int)) return (uint64_t)json_object_get_int64(value);
    int64_t number = json_object_get_int64(value); /* what is negative stays so, in its bits */
    return number < 0 ? (uint64_t)number : json_object_get_uint64(value);
}
