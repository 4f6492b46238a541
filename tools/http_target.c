/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what a client asks for to a path inside the served directory, and from a URL to its parts.
 *
 * A target is cut into segments first and decoded then, so that an escaped slash cannot become a
 * separator. The path that comes out never climbs: the file system's own ways out of a directory
 * (symbolic links) are for files.c to refuse.
 */
#include "http.h"

#include <bonnet/netif.h>
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int http_decode(const char *s, size_t len, char *out)
{
    int n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (c == '%') {
            int high = i + 2 < len ? hex_digit(s[i + 1]) : -1;
            int low = i + 2 < len ? hex_digit(s[i + 2]) : -1;
            if (high < 0 || low < 0) return -1;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return -1;
        out[n++] = c;
    }
    out[n] = '\0';
    return n;
}

/* The path under construction: segments joined by '/', without one in front. */
struct path {
    char *p;
    size_t len, max;
};

static int path_push(struct path *path, const char *segment, size_t len)
{
    if (path->len + len + 2 > path->max) return 414;
    memcpy(path->p + path->len, segment, len);
    path->len += len;
    path->p[path->len++] = '/';
    return 0;
}

static int path_pop(struct path *path)
{
    if (path->len == 0) return 403;
    path->len--;
    while (path->len > 0 && path->p[path->len - 1] != '/')
        path->len--;
    return 0;
}

/* One segment; empty ones mean nothing ("//" is "/"). */
static int path_add(struct path *path, const char *encoded, size_t encoded_len)
{
    char segment[HTTP_TARGET_MAX + 1];
    if (encoded_len > HTTP_TARGET_MAX) return 414;
    int len = http_decode(encoded, encoded_len, segment);
    if (len < 0) return 400;
    if (memchr(segment, '/', (size_t)len)) return 404;
    if (len == 0 || strcmp(segment, ".") == 0) return 0;
    if (strcmp(segment, "..") == 0) return path_pop(path);
    return path_push(path, segment, (size_t)len);
}

/* Where the path of a target begins: RFC 9112 3.2.2 has servers take the absolute form, too. */
static const char *path_start(const char *target)
{
    if (strncmp(target, "http://", 7) != 0) return target;
    const char *slash = target + 7 + strcspn(target + 7, "/?");
    return *slash == '/' ? slash : "/";
}

int http_target_path(const char *target, char *path, size_t max)
{
    const char *s = path_start(target);
    if (*s != '/' || max < sizeof("./")) return 400;
    struct path to = {path, 0, max};
    const char *end = s + strcspn(s, "?#");
    bool directory = true; /* does the target end as a directory's name does? */
    while (s < end) {
        s++;
        size_t len = strcspn(s, "/?#");
        size_t before = to.len;
        int status = path_add(&to, s, len);
        if (status) return status;
        directory = to.len <= before;
        s += len;
    }
    if (to.len == 0) {
        memcpy(path, "./", sizeof("./"));
        return 0;
    }
    if (!directory) to.len--;
    path[to.len] = '\0';
    return 0;
}

static bool url_has(const struct http_parser_url *u, enum http_parser_url_fields field)
{
    return (u->field_set & (1 << field)) != 0;
}

static const char *url_host(const char *text, const struct http_parser_url *u, struct http_url *out)
{
    char host[BONNET_ADDR_TEXT];
    size_t len = u->field_data[UF_HOST].len;
    if (len >= sizeof(host))
        return "the host must be a numeric IPv4 address (names are not resolved)";
    memcpy(host, text + u->field_data[UF_HOST].off, len);
    host[len] = '\0';
    if (bonnet_addr_parse(host, &out->host.addr))
        return "the host must be a numeric IPv4 address (names are not resolved)";
    out->host.port = url_has(u, UF_PORT) ? u->port : 80;
    if (out->host.port == 0) return "the port must be 1 to 65535";
    if (out->host.port == 80)
        snprintf(out->host_text, sizeof(out->host_text), "%s", host);
    else
        snprintf(out->host_text, sizeof(out->host_text), "%s:%u", host, (unsigned)out->host.port);
    return NULL;
}

/* Bytes that would end the request line early, or that no URL holds. */
static bool has_bad_bytes(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text == 0x7f) return true;
    return false;
}

const char *http_url_parse(const char *text, struct http_url *out)
{
    struct http_parser_url u;
    http_parser_url_init(&u);
    *out = (struct http_url){.path = ""};
    if (strncmp(text, "http://", 7) != 0) return "a URL begins with http://";
    if (has_bad_bytes(text))
        return "a URL has no blanks, control or non-ASCII characters (use %XX)";
    if (strlen(text) > HTTP_TARGET_MAX || http_parser_parse_url(text, strlen(text), 0, &u))
        return "not a URL (http://ADDRESS[:PORT]/PATH)";
    if (url_has(&u, UF_USERINFO)) return "a user name in a URL is not supported";
    const char *wrong = url_host(text, &u, out);
    if (wrong) return wrong;
    if (url_has(&u, UF_PATH)) {
        out->path = text + u.field_data[UF_PATH].off;
        out->path_len = strcspn(out->path, "#");
    } else if (url_has(&u, UF_QUERY)) {
        return "a query needs a path in front of it (/?...)";
    }
    return NULL;
}

int http_url_file_name(const struct http_url *url, char *name, size_t max)
{
    char decoded[HTTP_TARGET_MAX + 1];
    size_t len = 0;
    while (len < url->path_len && url->path[len] != '?')
        len++;
    size_t start = len;
    while (start > 0 && url->path[start - 1] != '/')
        start--;
    if (http_decode(url->path + start, len - start, decoded) < 0) return -1;
    if (strchr(decoded, '/') || strcmp(decoded, ".") == 0 || strcmp(decoded, "..") == 0) return -1;
    int n = snprintf(name, max, "%s", decoded[0] ? decoded : "index.html");
    return n > 0 && (size_t)n < max ? 0 : -1;
}
