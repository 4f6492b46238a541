/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An intrusive doubly linked ring. A list is a node that links to itself when empty; a node that is
 * in no list has next == NULL, so that membership can be asked and removal twice is harmless.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *next; /* NULL: in no list */
    struct list_node *prev;
};

/* The struct that holds this node. */
#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list_node *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool list_is_empty(const struct list_node *list)
{
    return list->next == list;
}

static inline bool list_holds(const struct list_node *node)
{
    return node->next != NULL;
}

static inline void list_add_tail(struct list_node *list, struct list_node *node)
{
    node->next = list;
    node->prev = list->prev;
    list->prev->next = node;
    list->prev = node;
}

static inline void list_remove(struct list_node *node)
{
    if (!node->next) return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = NULL;
    node->prev = NULL;
}

/* The first node, or NULL. */
static inline struct list_node *list_first(const struct list_node *list)
{
    return list->next == list ? NULL : list->next;
}

/* The node after this one, or NULL. */
static inline struct list_node *list_after(const struct list_node *list,
                                           const struct list_node *node)
{
    return node->next == list ? NULL : node->next;
}

/* The first node, which goes to the end; NULL: the list is empty. */
static inline struct list_node *list_rotate(struct list_node *list)
{
    struct list_node *node = list->next;
    if (node == list) return NULL;
    if (node->next == list) return node; /* it is the last one, too */
    list_remove(node);
    list_add_tail(list, node);
    return node;
}

/* Moves all nodes of from to the tail of to: O(1). */
static inline void list_move_all(struct list_node *to, struct list_node *from)
{
    if (list_is_empty(from)) return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
