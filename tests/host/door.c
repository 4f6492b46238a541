/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door of a stack with many sockets, and those who knock: polite, slow, rude and too many.
 */
#include <bonnet/host.h>

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define SOCKETS     1500
#define ANSWER_MAX  (4 << 20)
#define CLIENTS_MAX 16 /* as host/door.c has it */

static char runtime[] = "/tmp/bonnet-door-XXXXXX";

struct house {
    struct bonnet_loop *loop;
    struct bonnet *bn;
    struct bonnet_door *door;
};

/* A stack with a listener on port 80 and many datagram sockets. */
static struct house house_new(void)
{
    struct house h;
    struct bonnet_config config;
    assert_int_equal(bonnet_host_config(&config), 0);
    assert_int_equal(bonnet_new(&config, &h.bn), 0);
    int s = bonnet_socket(h.bn, BONNET_AF_INET, BONNET_SOCK_STREAM, 0);
    struct bonnet_endpoint at = {.addr = bonnet_ip4(0, 0, 0, 0), .port = 80};
    assert_int_equal(bonnet_bind(h.bn, s, &at), 0);
    assert_int_equal(bonnet_listen(h.bn, s, 5), 0);
    for (int i = 0; i < SOCKETS; i++) {
        s = bonnet_socket(h.bn, BONNET_AF_INET, BONNET_SOCK_DGRAM, 0);
        assert_true(s >= 0);
        at.port = (uint16_t)(1000 + i);
        assert_int_equal(bonnet_bind(h.bn, s, &at), 0);
    }
    assert_int_equal(bonnet_loop_new(BONNET_CLOCK_REAL, &h.loop), 0);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "test", &h.door), 0);
    return h;
}

static void house_free(struct house *h)
{
    bonnet_door_close(h->door);
    bonnet_loop_free(h->loop);
    bonnet_free(h->bn);
}

static struct sockaddr_un place(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/bonnet/%s", runtime, name);
    return at;
}

static int knocks(const char *request)
{
    struct sockaddr_un at = place("test.sock");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* Reads until the door closes or has been quiet for some turns. *closed tells which. */
static char *hears(struct house *h, int fd, bool *closed)
{
    char *text = calloc(1, ANSWER_MAX);
    size_t used = 0;
    assert_non_null(text);
    *closed = false;
    for (int quiet = 0; quiet < 5 && !*closed; quiet++) {
        assert_true(bonnet_loop_step(h->loop, BONNET_MS) >= 0);
        ssize_t n = recv(fd, text + used, ANSWER_MAX - 1 - used, 0);
        *closed = n == 0 || (n < 0 && errno == ECONNRESET);
        if (n <= 0) continue;
        used += (size_t)n;
        quiet = 0;
    }
    return text;
}

/* A reader of JSON that only says yes or no: *p moves behind the value. */
static bool is_json(const char **p);

static bool is_json_text(const char **p)
{
    if (*(*p)++ != '"') return false;
    while (**p && **p != '"')
        *p += **p == '\\' ? 2 : 1;
    return *(*p)++ == '"';
}

static bool is_json_object(const char **p)
{
    if (*(*p)++ != '{') return false;
    for (bool first = true; **p != '}'; first = false) {
        if (!first && *(*p)++ != ',') return false;
        if (!is_json_text(p) || *(*p)++ != ':' || !is_json(p)) return false;
    }
    ++*p;
    return true;
}

static bool is_json(const char **p)
{
    static const char *const words[] = {"true", "false", "null"};
    if (**p == '{') return is_json_object(p);
    if (**p == '"') return is_json_text(p);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(*p, words[i], strlen(words[i]))) continue;
        *p += strlen(words[i]);
        return true;
    }
    const char *begin = *p;
    *p += **p == '-';
    while (isdigit((unsigned char)**p))
        ++*p;
    return *p > begin;
}

/* How many objects are in the answer at *p, which moves behind the empty line that ends it. */
static unsigned answer_lines(const char **p)
{
    unsigned lines = 0;
    for (; **p != '\n'; lines++) {
        assert_int_equal(**p, '{');
        if (!is_json(p)) fail_msg("not JSON: %.100s", *p);
        assert_int_equal(*(*p)++, '\n');
    }
    ++*p;
    return lines;
}

static void each_question_has_its_answer(void **state)
{
    (void)state;
    const struct {
        const char *request;
        unsigned lines;
        const char *contains;
    } rows[] = {
        {"version\n", 1, "{\"version\":\""},
        {"totals\n", 1, "\"listeners\":1,"},
        {"counters\n", BONNET_MIBS_END, "{\"name\":\"TcpInSegs\",\"count\":0}\n"},
        {"reasons\n", BONNET_REASONS_END - 1, "{\"name\":\"paws\",\"kind\":\"drop\",\"count\":0,"},
        {"sockets\n", SOCKETS + 1,
         "\"state\":\"LISTEN\",\"local\":{\"addr\":\"0.0.0.0\",\"port\":80,"},
        {"sockets\n", SOCKETS + 1, "\"kind\":\"datagram\""},
        {"totals\r\n", 1, "\"sockets\":1501,"},
        {"what?\n", 1, "{\"error\":"},
        {"\n", 1, "{\"error\":"},
        {"socketss\n", 1, "{\"error\":"},
    };
    struct house h = house_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool closed;
        int fd = knocks(rows[i].request);
        char *text = hears(&h, fd, &closed);
        const char *p = text;
        assert_int_equal(answer_lines(&p), rows[i].lines);
        if (!strstr(text, rows[i].contains)) fail_msg("%s: %.200s", rows[i].contains, text);
        assert_string_equal(p, "");
        assert_false(closed);
        free(text);
        close(fd);
    }
    house_free(&h);
}

static void questions_are_answered_in_order(void **state)
{
    (void)state;
    struct house h = house_new();
    bool closed;
    int fd = knocks("version\nsockets\ntotals\nver");
    assert_int_equal(send(fd, "sion", 4, 0), 4);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    char *text = hears(&h, fd, &closed);
    const char *p = text;
    assert_int_equal(answer_lines(&p), 1);
    assert_int_equal(answer_lines(&p), SOCKETS + 1);
    assert_memory_equal(p, "{\"now\":", 7);
    assert_int_equal(answer_lines(&p), 1);
    assert_memory_equal(p, "{\"version\":", 11);
    assert_int_equal(answer_lines(&p), 1);
    assert_string_equal(p, "");
    assert_true(closed);
    free(text);
    close(fd);
    house_free(&h);
}

/* More text than any buffer holds, and nobody reads it: the stack goes on, and the answer is whole.
 */
static void slow_reader_is_waited_for(void **state)
{
    (void)state;
    struct house h = house_new();
    bool closed;
    int slow = knocks("sockets\n"), quick = knocks("version\n");
    for (int i = 0; i < 100; i++)
        assert_true(bonnet_loop_step(h.loop, 0) >= 0);
    assert_int_equal(bonnet_loop_step(h.loop, 0), 0);
    char *text = hears(&h, quick, &closed);
    const char *p = text;
    assert_int_equal(answer_lines(&p), 1);
    free(text);
    text = hears(&h, slow, &closed);
    assert_in_range(strlen(text), 600000, ANSWER_MAX - 1);
    p = text;
    assert_int_equal(answer_lines(&p), SOCKETS + 1);
    free(text);
    close(slow);
    close(quick);
    house_free(&h);
}

static void endless_question_is_shown_out(void **state)
{
    (void)state;
    struct house h = house_new();
    char request[1000];
    bool closed;
    memset(request, 'x', sizeof request - 1);
    request[sizeof request - 1] = '\0';
    int fd = knocks(request);
    char *text = hears(&h, fd, &closed);
    assert_true(closed);
    assert_memory_equal(text, "{\"error\":", 9);
    free(text);
    close(fd);
    house_free(&h);
}

static void who_leaves_early_is_forgotten(void **state)
{
    (void)state;
    struct house h = house_new();
    for (int i = 0; i < 3 * CLIENTS_MAX; i++) {
        int fd = knocks("sockets\n");
        assert_true(bonnet_loop_step(h.loop, BONNET_MS) >= 0);
        close(fd);
        for (int k = 0; k < 3; k++)
            assert_true(bonnet_loop_step(h.loop, 0) >= 0);
    }
    bool closed;
    int fd = knocks("version\n");
    char *text = hears(&h, fd, &closed);
    assert_memory_equal(text, "{\"version\":", 11);
    free(text);
    close(fd);
    house_free(&h);
}

static void too_many_are_turned_away(void **state)
{
    (void)state;
    struct house h = house_new();
    int fds[CLIENTS_MAX + 1];
    for (int i = 0; i <= CLIENTS_MAX; i++) {
        bool closed;
        fds[i] = knocks("version\n");
        char *text = hears(&h, fds[i], &closed);
        assert_int_equal(closed, i == CLIENTS_MAX);
        assert_int_equal(text[0], i == CLIENTS_MAX ? '\0' : '{');
        free(text);
    }
    for (int i = 0; i <= CLIENTS_MAX; i++)
        close(fds[i]);
    house_free(&h);
}

static void names_and_places_are_checked(void **state)
{
    (void)state;
    struct house h = house_new();
    struct bonnet_door *second;
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "test", &second), -EADDRINUSE);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "", &second), -EINVAL);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "../test", &second), -EINVAL);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, ".hidden", &second), -EINVAL);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, name, &second), -ENAMETOOLONG);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "second", &second), 0);
    bonnet_door_close(second);
    house_free(&h);
}

static void dead_socket_is_replaced_and_a_file_is_not(void **state)
{
    (void)state;
    struct house h = house_new();
    struct bonnet_door *door;
    struct sockaddr_un at = place("dead.sock");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    close(fd);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "dead", &door), 0);
    bonnet_door_close(door);
    assert_int_equal(access(at.sun_path, F_OK), -1);
    at = place("file.sock");
    FILE *f = fopen(at.sun_path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "file", &door), -EADDRINUSE);
    assert_int_equal(unlink(at.sun_path), 0);
    house_free(&h);
}

static void directory_is_private(void **state)
{
    (void)state;
    struct house h = house_new();
    struct bonnet_door *door;
    struct stat s;
    char path[64];
    snprintf(path, sizeof path, "%s/bonnet", runtime);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    assert_int_equal(chmod(path, 0770), 0);
    assert_int_equal(bonnet_door_open(h.loop, h.bn, "open", &door), -EACCES);
    assert_int_equal(chmod(path, 0700), 0);
    house_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_question_has_its_answer),
        cmocka_unit_test(questions_are_answered_in_order),
        cmocka_unit_test(slow_reader_is_waited_for),
        cmocka_unit_test(endless_question_is_shown_out),
        cmocka_unit_test(who_leaves_early_is_forgotten),
        cmocka_unit_test(too_many_are_turned_away),
        cmocka_unit_test(names_and_places_are_checked),
        cmocka_unit_test(dead_socket_is_replaced_and_a_file_is_not),
        cmocka_unit_test(directory_is_private),
    };
    if (!mkdtemp(runtime) || setenv("XDG_RUNTIME_DIR", runtime, 1) < 0) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[64];
    snprintf(path, sizeof path, "%s/bonnet", runtime);
    rmdir(path);
    rmdir(runtime);
    return failed;
}
